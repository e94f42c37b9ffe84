-- What the tables are, and what columns mean that need words of their own; column_comments has the rest.

-- An update describes all columns anew.
DO $$
DECLARE
	described record;
BEGIN
	FOR described IN
		SELECT c.oid::regclass AS relation, a.attname
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('r', 'v')
			AND col_description(c.oid, a.attnum) IS NOT NULL
	LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I IS NULL', described.relation, described.attname);
	END LOOP;
END $$;

COMMENT ON TABLE salesopp.organization IS 'A company that uses this database; its rows are invisible to every other';
COMMENT ON TABLE salesopp.department IS 'Department of the organization';
COMMENT ON TABLE salesopp.sales_region IS 'Sales region of the organization';
COMMENT ON TABLE salesopp.employee IS 'Employee of the organization; one who has left is set inactive, not deleted';
COMMENT ON TABLE salesopp.company IS 'Customer';
COMMENT ON TABLE salesopp.contact IS 'Contact person of a customer';
COMMENT ON TABLE salesopp.project IS 'Project, usually of a customer';
COMMENT ON TABLE salesopp.merge_event IS 'Every company and contact that was merged into another, with what became of it; append-only';
COMMENT ON TABLE salesopp.sales_process IS 'Sales process: a named, ordered set of stages to sell by';
COMMENT ON TABLE salesopp.sales_process_stage IS 'Stage of a sales process, in the order of its position';
COMMENT ON TABLE salesopp.loss_reason IS 'Why opportunities are lost: a predefined set, and one''s own';
COMMENT ON TABLE salesopp.competitor IS 'Global list of competitors';
COMMENT ON TABLE salesopp.opportunity IS 'A possible sale; closed (won or lost), its details cannot change until it is reopened';
COMMENT ON TABLE salesopp.stage IS 'An opportunity''s own copy of the stages of its sales process';
COMMENT ON TABLE salesopp.opportunity_competitor IS 'Competitor in one opportunity: from the global list, or typed in';
COMMENT ON TABLE salesopp.status_event IS 'Every closing, reopening and correction of a closing with its facts; append-only';
COMMENT ON TABLE salesopp.opportunity_history IS 'What opportunities were after each change of what figures are made of; append-only';
COMMENT ON TABLE salesopp.bulk_change IS 'Every change of many opportunities at once that changed some, for undo_bulk_change(); append-only';
COMMENT ON TABLE salesopp.bulk_change_opportunity IS 'What a bulk change has changed, and of what it was before that which the history does not keep; append-only';
COMMENT ON TABLE salesopp.quota IS 'What an employee himself, or a department, is to sell in a period; those of one do not overlap';
COMMENT ON TABLE salesopp.employee_manager IS 'Who leads an employee from a day on, until the day of his next row';
COMMENT ON TABLE salesopp.saved_search IS 'Searches that somebody has given a name, for himself or for all';
COMMENT ON TABLE salesopp.forecast_submission IS 'What an employee has said will be sold in a period by himself and his team; append-only';
COMMENT ON TABLE salesopp.quote IS 'Quote made from an opportunity';
COMMENT ON TABLE salesopp.sales_order IS 'Sales order made from an opportunity, directly or from its quote';
COMMENT ON TABLE salesopp.number_series IS 'The last number given to a quote and to a sales order';
COMMENT ON TABLE salesopp.activity IS 'Follow-up: a call, appointment, meeting, task, note, e-mail, document, case or SMS';
COMMENT ON TABLE salesopp.activity_participant IS 'Contact who took part in an activity';
COMMENT ON TABLE salesopp.group_field IS 'User-defined way of grouping opportunities';
COMMENT ON TABLE salesopp.group_value IS 'A group of a group field';
COMMENT ON TABLE salesopp.opportunity_group_value IS 'An opportunity placed in a group';
COMMENT ON TABLE salesopp.custom_field IS 'Definition of a custom field of opportunities';

COMMENT ON COLUMN salesopp.opportunity.progress IS 'Probability of the sale in percent (0 to 100); can be typed only while progress_method is manual';
COMMENT ON COLUMN salesopp.opportunity.version IS 'Counts the changes of the opportunity, for optimistic locking: UPDATE ... WHERE id = ... AND version = ...';
COMMENT ON COLUMN salesopp.opportunity.copied_from_id IS 'The opportunity that this one was made from as a copy';
COMMENT ON COLUMN salesopp.opportunity.deleted_at IS 'When the opportunity was deleted; NULL brings it back';
COMMENT ON COLUMN salesopp.opportunity_history.at IS 'The instant from which this is what the opportunity was';
COMMENT ON COLUMN salesopp.opportunity_history.version IS 'The version of the opportunity; 0 and below: what was before recording began';
COMMENT ON COLUMN salesopp.opportunity_history.origin IS 'How the row came to be: recorded, baseline, reconstructed or imported';
COMMENT ON COLUMN salesopp.opportunity_history.deleted IS 'Whether the opportunity was deleted';
COMMENT ON COLUMN salesopp.opportunity_competitor.is_winner IS 'This competitor won the sale; cleared when the opportunity is reopened';
COMMENT ON COLUMN salesopp.merge_event.kind IS 'What was merged: company or contact';
COMMENT ON COLUMN salesopp.merge_event.kept IS 'Id of the one that was kept';
COMMENT ON COLUMN salesopp.merge_event.merged IS 'Id of the one that was removed';
COMMENT ON COLUMN salesopp.merge_event.merged_row IS 'The row that was removed, as it was';
COMMENT ON COLUMN salesopp.merge_event.moved IS 'How many rows of which table and column were moved to the kept one';
COMMENT ON COLUMN salesopp.merge_event.dropped IS 'Rows that went because the kept one has the same, as they were';
COMMENT ON COLUMN salesopp.bulk_change.at IS 'When it was';
COMMENT ON COLUMN salesopp.bulk_change.changed_by IS 'Employee who did it; NULL: not known';
COMMENT ON COLUMN salesopp.bulk_change.operation IS 'What was done: set_status, delete, restore, reassign or undo';
COMMENT ON COLUMN salesopp.bulk_change.arguments IS 'What was given for it, beside the opportunities';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.bulk_change_id IS 'The bulk change';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.version_before IS 'Version of the opportunity before';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.version_after IS 'Version of the opportunity after';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.closed_before IS 'When it had been closed; NULL: it was open';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.deleted_before IS 'When it had been deleted; NULL: it was not';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.winner_before IS 'Competitor of the opportunity who was marked as its winner before; NULL: none';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.winner_after IS 'Competitor of the opportunity who was marked as its winner after; NULL: none';
COMMENT ON COLUMN salesopp.bulk_change_opportunity.status_note_before IS 'Its status note before';
COMMENT ON COLUMN salesopp.status_event.before IS 'Of a correction: the facts of the closing as they were; NULL of a change of status';
COMMENT ON COLUMN salesopp.opportunity.forecast_category IS 'How it counts in a forecast while it is open; NULL: by its progress, as forecast_category() says';
COMMENT ON COLUMN salesopp.opportunity_history.forecast_category IS 'How it was chosen to count in a forecast; NULL: by its progress';
COMMENT ON COLUMN salesopp.quota.employee_id IS 'Whose it is; NULL: a department''s';
COMMENT ON COLUMN salesopp.quota.department_id IS 'Whose it is; NULL: an employee''s';
COMMENT ON COLUMN salesopp.quota.amount IS 'What is to be won in the period, excluding VAT';
COMMENT ON COLUMN salesopp.employee_manager.employee_id IS 'Who is led';
COMMENT ON COLUMN salesopp.employee_manager.manager_id IS 'Employee who leads him; NULL: nobody from then on';
COMMENT ON COLUMN salesopp.employee_manager.valid_from IS 'The first day of it';
COMMENT ON COLUMN salesopp.forecast_submission.employee_id IS 'Who said it';
COMMENT ON COLUMN salesopp.forecast_submission.amount IS 'What he expects to be won in the period, by himself and his team, excluding VAT';
COMMENT ON COLUMN salesopp.forecast_submission.commit IS 'What he promises of it; NULL: he did not say';
COMMENT ON COLUMN salesopp.forecast_submission.best_case IS 'What it may be when all goes well; NULL: he did not say';
COMMENT ON COLUMN salesopp.saved_search.owner_id IS 'Employee whose it is; NULL: it was saved where no employee was set';
COMMENT ON COLUMN salesopp.saved_search.shared IS 'Whether all in the organization see it';
COMMENT ON COLUMN salesopp.saved_search.criteria IS 'What search() takes as criteria';
COMMENT ON COLUMN salesopp.saved_search.sort IS 'In which order; NULL: last changed first';
COMMENT ON COLUMN salesopp.saved_search.columns IS 'What is shown of each opportunity; NULL: the usual columns';
COMMENT ON COLUMN salesopp.quote.number IS 'Number of the quote, unique in the organization';
COMMENT ON COLUMN salesopp.sales_order.number IS 'Number of the sales order, unique in the organization';
