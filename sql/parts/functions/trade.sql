-- Quotes and sales orders made from opportunities. Their numbers come from the tables' triggers.

CREATE OR REPLACE FUNCTION salesopp.create_quote(opportunity_id bigint, amount numeric DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS salesopp.quote LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	quoted numeric;		-- scalars: a record would take on the typmod of what it was given first
	its_note text;
	made salesopp.quote;
BEGIN
	PERFORM salesopp.lock_opportunity(create_quote.opportunity_id, 'open');
	SELECT COALESCE(create_quote.amount, o.estimated_revenue), COALESCE(create_quote.note, o.note)
	INTO quoted, its_note FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = create_quote.opportunity_id;
	IF quoted IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s has no estimated revenue to quote'), create_quote.opportunity_id),
			HINT = salesopp.message('Pass the amount, or give the opportunity an estimated revenue.');
	END IF;
	INSERT INTO salesopp.quote (organization_id, opportunity_id, amount, note)
	VALUES (organization, create_quote.opportunity_id, quoted, its_note)
	RETURNING * INTO made;
	RETURN made;
END;
$$;
COMMENT ON FUNCTION salesopp.create_quote(bigint, numeric, text) IS
	'Makes a quote from an open opportunity; amount and note are the opportunity''s unless given';

CREATE OR REPLACE FUNCTION salesopp.create_order(opportunity_id bigint, amount numeric DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS salesopp.sales_order LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	ordered numeric;
	its_note text;
	made salesopp.sales_order;
BEGIN
	PERFORM salesopp.lock_opportunity(create_order.opportunity_id, 'open', 'won');
	SELECT COALESCE(create_order.amount, o.actual_revenue, o.estimated_revenue), COALESCE(create_order.note, o.note)
	INTO ordered, its_note FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = create_order.opportunity_id;
	IF ordered IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s has no revenue to order for'), create_order.opportunity_id),
			HINT = salesopp.message('Pass the amount, or give the opportunity an estimated revenue.');
	END IF;
	INSERT INTO salesopp.sales_order (organization_id, opportunity_id, amount, note)
	VALUES (organization, create_order.opportunity_id, ordered, its_note)
	RETURNING * INTO made;
	RETURN made;
END;
$$;
COMMENT ON FUNCTION salesopp.create_order(bigint, numeric, text) IS
	'Makes a sales order from an open or won opportunity; amount and note are the opportunity''s unless given';

CREATE OR REPLACE FUNCTION salesopp.convert_quote(quote_id bigint, mark_won boolean DEFAULT false)
RETURNS salesopp.sales_order LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	converted salesopp.quote;
	order_number bigint;
	made salesopp.sales_order;
BEGIN
	IF convert_quote.quote_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the id of the quote must not be null'),
			HINT = salesopp.message('Pass the id of a row of salesopp.quote.');
	END IF;
	SELECT q.* INTO converted FROM salesopp.quote q
	WHERE q.organization_id = organization AND q.id = convert_quote.quote_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'P0002',
			MESSAGE = format(salesopp.message('no such quote: %s'), convert_quote.quote_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.quote.');
	END IF;
	PERFORM salesopp.lock_opportunity(converted.opportunity_id, 'open', 'won');
	-- it may have changed until the opportunity was locked
	SELECT q.* INTO converted FROM salesopp.quote q
	WHERE q.organization_id = organization AND q.id = convert_quote.quote_id;
	SELECT s.number INTO order_number FROM salesopp.sales_order s
	WHERE s.organization_id = organization AND s.quote_id = convert_quote.quote_id;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '55000',
			MESSAGE = format(salesopp.message('quote %s of opportunity %s is sales order %s already'), converted.number, converted.opportunity_id, order_number),
			HINT = salesopp.message('Make another sales order with salesopp.create_order(), or convert another quote.');
	END IF;
	IF convert_quote.mark_won AND EXISTS (SELECT FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = converted.opportunity_id AND o.status = 'open')
	THEN
		PERFORM salesopp.close_won(converted.opportunity_id, converted.amount);
	END IF;
	INSERT INTO salesopp.sales_order (organization_id, opportunity_id, quote_id, amount, note)
	VALUES (organization, converted.opportunity_id, converted.id, converted.amount, converted.note)
	RETURNING * INTO made;
	RETURN made;
END;
$$;
COMMENT ON FUNCTION salesopp.convert_quote(bigint, boolean) IS
	'Makes a sales order of a quote, once; with mark_won its opportunity is won at the amount of the quote';
