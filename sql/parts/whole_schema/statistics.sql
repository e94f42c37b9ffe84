-- The tables that grow are analyzed after 2 % of their rows has changed, and not only after 10 %: in a
-- large database an organization that is imported is soon in the statistics. Plans do not depend on it.
DO $$
DECLARE
	growing name;
BEGIN
	FOREACH growing IN ARRAY '{opportunity, opportunity_history, bulk_change_opportunity, stage, opportunity_competitor, opportunity_group_value, status_event,
		quote, sales_order, activity, activity_participant, company, contact, project,
		quota, forecast_submission}'::name[]
	LOOP
		EXECUTE format('ALTER TABLE salesopp.%I SET (autovacuum_analyze_scale_factor = 0.02,
			autovacuum_analyze_threshold = 1000)', growing);
	END LOOP;
END $$;
