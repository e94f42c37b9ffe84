-- Quotes and sales orders made from opportunities. Their numbers come from the tables' triggers.

CREATE OR REPLACE FUNCTION salesopp.create_quote(opportunity_id bigint, amount numeric DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS salesopp.quote LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.lock_opportunity(opportunity_id, 'open');
	SELECT salesopp.require(create_quote.amount IS NOT NULL OR EXISTS (
			SELECT FROM salesopp.opportunity o
			WHERE o.organization_id = salesopp.current_organization()
				AND o.id = create_quote.opportunity_id AND o.estimated_revenue IS NOT NULL),
		'22023', format('opportunity %s has no estimated revenue to quote', opportunity_id),
		'Pass the amount, or give the opportunity an estimated revenue.');
	INSERT INTO salesopp.quote (organization_id, opportunity_id, amount, note)
	SELECT o.organization_id, o.id, COALESCE(create_quote.amount, o.estimated_revenue),
		COALESCE(create_quote.note, o.note)
	FROM salesopp.opportunity o
	WHERE o.organization_id = salesopp.current_organization() AND o.id = create_quote.opportunity_id
	RETURNING *;
END;
COMMENT ON FUNCTION salesopp.create_quote(bigint, numeric, text) IS
	'Makes a quote from an open opportunity; amount and note are the opportunity''s unless given';

CREATE OR REPLACE FUNCTION salesopp.create_order(opportunity_id bigint, amount numeric DEFAULT NULL,
	note text DEFAULT NULL)
RETURNS salesopp.sales_order LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.lock_opportunity(opportunity_id, 'open', 'won');
	SELECT salesopp.require(create_order.amount IS NOT NULL OR EXISTS (
			SELECT FROM salesopp.opportunity o
			WHERE o.organization_id = salesopp.current_organization()
				AND o.id = create_order.opportunity_id
				AND COALESCE(o.actual_revenue, o.estimated_revenue) IS NOT NULL),
		'22023', format('opportunity %s has no revenue to order for', opportunity_id),
		'Pass the amount, or give the opportunity an estimated revenue.');
	INSERT INTO salesopp.sales_order (organization_id, opportunity_id, amount, note)
	SELECT o.organization_id, o.id,
		COALESCE(create_order.amount, o.actual_revenue, o.estimated_revenue),
		COALESCE(create_order.note, o.note)
	FROM salesopp.opportunity o
	WHERE o.organization_id = salesopp.current_organization() AND o.id = create_order.opportunity_id
	RETURNING *;
END;
COMMENT ON FUNCTION salesopp.create_order(bigint, numeric, text) IS
	'Makes a sales order from an open or won opportunity; amount and note are the opportunity''s unless given';

CREATE OR REPLACE FUNCTION salesopp.convert_quote(quote_id bigint, mark_won boolean DEFAULT false)
RETURNS salesopp.sales_order LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.require(quote_id IS NOT NULL,
		'22023', 'the id of the quote must not be null', 'Pass the id of a row of salesopp.quote.');
	SELECT salesopp.require(EXISTS (SELECT FROM salesopp.quote q
			WHERE q.organization_id = salesopp.current_organization() AND q.id = convert_quote.quote_id),
		'P0002', format('no such quote: %s', quote_id), 'Pass the id of a row of salesopp.quote.');
	SELECT salesopp.lock_opportunity(q.opportunity_id, 'open', 'won') FROM salesopp.quote q
	WHERE q.organization_id = salesopp.current_organization() AND q.id = convert_quote.quote_id;
	SELECT salesopp.require(s.id IS NULL, '55000',
		format('quote %s of opportunity %s is sales order %s already', q.number, q.opportunity_id, s.number),
		'Make another sales order with salesopp.create_order(), or convert another quote.')
	FROM salesopp.quote q
	LEFT JOIN salesopp.sales_order s ON s.organization_id = q.organization_id AND s.quote_id = q.id
	WHERE q.organization_id = salesopp.current_organization() AND q.id = convert_quote.quote_id;
	SELECT (salesopp.close_won(o.id, q.amount)).id
	FROM salesopp.quote q
	JOIN salesopp.opportunity o ON o.organization_id = q.organization_id AND o.id = q.opportunity_id
	WHERE q.organization_id = salesopp.current_organization() AND q.id = convert_quote.quote_id
		AND convert_quote.mark_won AND o.status = 'open';
	INSERT INTO salesopp.sales_order (organization_id, opportunity_id, quote_id, amount, note)
	SELECT q.organization_id, q.opportunity_id, q.id, q.amount, q.note
	FROM salesopp.quote q
	WHERE q.organization_id = salesopp.current_organization() AND q.id = convert_quote.quote_id
	RETURNING *;
END;
COMMENT ON FUNCTION salesopp.convert_quote(bigint, boolean) IS
	'Makes a sales order of a quote, once; with mark_won its opportunity is won at the amount of the quote';
