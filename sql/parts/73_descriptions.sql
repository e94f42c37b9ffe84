-- What the columns of the views mean. A column that means the same everywhere is described once,
-- here; those that need words of their own have them already.
DO $$
DECLARE
	undescribed record;
BEGIN
	FOR undescribed IN
		SELECT c.oid::regclass AS view_name, a.attname, d.description
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
		LEFT JOIN (VALUES
			('actual_revenue', 'Agreed revenue of a won opportunity, excluding VAT'),
			('amount', 'Sum excluding VAT'),
			('average_days_to_close', 'Days from creation to the close date, on average over the closed ones'),
			('body', 'Text of the follow-up'),
			('changed_at', 'When it was last changed'),
			('changed_by', 'Initials of who changed it last'),
			('changed_by_id', 'Employee who changed it last'),
			('close_date', 'Date on which it was won or lost'),
			('company', 'Name of the customer'),
			('company_email', 'E-mail address of the customer'),
			('company_id', 'The customer'),
			('company_phone', 'Phone number of the customer'),
			('competitor_id', 'Competitor of the global list; NULL: typed in'),
			('completed_stages', 'Number of completed stages'),
			('contact', 'Name of the contact at the customer'),
			('contact_email', 'E-mail address of the contact'),
			('contact_id', 'Contact at the customer'),
			('contact_phone', 'Phone number of the contact: mobile, else direct'),
			('created_at', 'When it was created'),
			('created_by', 'Initials of who created it'),
			('created_by_id', 'Employee who created it'),
			('current_stage', 'Name of the earliest stage that is neither completed nor cancelled'),
			('current_stage_position', 'Position of the current stage'),
			('custom', 'Values of the custom fields, by field name'),
			('decision_color', 'Colour of the decision date: red open and passed, green today, blue within 7 days, else black'),
			('decision_date', 'Estimated date of the decision'),
			('delivery_date', 'Estimated date of delivery'),
			('department', 'Name of the department'),
			('department_id', 'Department; NULL: none'),
			('email', 'E-mail address'),
			('estimated_revenue', 'Estimated revenue, excluding VAT'),
			('first_name', 'First name'),
			('flag', 'Colour of the status flag: yellow open, green won, red lost'),
			('gender', 'Gender mark'),
			('id', 'Its id'),
			('initials', 'Initials of the employee'),
			('is_primary', 'Whether this is the primary contact of the customer'),
			('is_winner', 'Whether this competitor won the sale'),
			('is_your_ref', 'Whether this is the standard "Your ref."'),
			('job_title', 'Job title'),
			('kind', 'Type of the follow-up'),
			('last_name', 'Last name'),
			('loss_reason', 'Name of the reason why it was lost'),
			('loss_reason_id', 'Reason of the loss; NULL: none or unknown'),
			('lost_opportunities', 'Number of lost ones'),
			('lost_revenue', 'Sum of the estimated revenue of the lost ones'),
			('month', 'First day of the month; NULL: no such date'),
			('name', 'Its name'),
			('note', 'Free text'),
			('number', 'Its number, unique in the organization'),
			('occurred_at', 'When it took place'),
			('open_opportunities', 'Number of open ones'),
			('open_pipeline', 'Weighted value of the open ones'),
			('opportunities', 'Number of opportunities'),
			('opportunity_id', 'The opportunity'),
			('order_number', 'Number of the sales order that the quote became'),
			('organization_id', 'The organization'),
			('phone', 'Mobile, else direct phone number'),
			('pipeline', 'Weighted value: won and open together'),
			('position', 'Place in the order of the stages'),
			('priority', 'Priority'),
			('progress', 'Probability of the sale, in percent'),
			('progress_method', 'Whether progress follows the stages or is typed'),
			('project', 'Name of the project'),
			('project_id', 'The project'),
			('quote_number', 'Number of the quote that became the sales order'),
			('rating', 'Rating from 1 to 5'),
			('responsible', 'Initials of the responsible employee'),
			('responsible_id', 'Responsible employee; NULL: nobody'),
			('sales_process', 'Name of the sales process'),
			('sales_process_id', 'Sales process; NULL: none'),
			('sales_region', 'Name of the sales region'),
			('sales_region_id', 'Sales region; NULL: none'),
			('stages', 'Number of stages'),
			('status', 'Its status'),
			('status_note', 'Note on the last closing or reopening'),
			('subject', 'Its subject'),
			('website', 'Website of the competitor'),
			('weighted_value', 'What it adds to the pipeline: revenue times probability'),
			('win_rate', 'Won ones of the closed ones, in percent'),
			('winner', 'Name of the competitor who won'),
			('won_opportunities', 'Number of won ones'),
			('won_revenue', 'Revenue of the won ones')
		) d (column_name, description) ON d.column_name = a.attname
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'v'
			AND col_description(c.oid, a.attnum) IS NULL
	LOOP
		IF undescribed.description IS NULL THEN
			RAISE EXCEPTION 'column %.% has no description', undescribed.view_name, undescribed.attname;
		END IF;
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', undescribed.view_name, undescribed.attname,
			undescribed.description);
	END LOOP;
END $$;
