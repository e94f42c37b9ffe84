-- What opportunities were, after each change of a column that figures are made of. Written by the opportunity's
-- trigger; nobody changes it, and it goes only with its opportunity. No names and no texts stand in it, and what its
-- ids name may be gone. The columns are those of src/opportunity/history.c.
CREATE TABLE salesopp.opportunity_history (
	organization_id bigint NOT NULL,
	opportunity_id bigint NOT NULL,
	at timestamptz NOT NULL,
	version integer NOT NULL,
	stage_position integer,
	stage_reached integer,
	decision_date date,
	close_date date,
	responsible_id bigint,
	company_id bigint,
	department_id bigint,
	sales_region_id bigint,
	sales_process_id bigint,
	loss_reason_id bigint,
	changed_by bigint,
	status salesopp.opportunity_status NOT NULL,
	origin salesopp.history_origin NOT NULL,
	deleted boolean NOT NULL,
	estimated_revenue numeric(18,2),
	actual_revenue numeric(18,2),
	progress numeric(5,2) NOT NULL,
	forecast_category salesopp.forecast_category,
	PRIMARY KEY (organization_id, opportunity_id, version),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE
);
-- In the order of the feed: one transaction can have changed more opportunities than anybody reads at once.
CREATE INDEX opportunity_history_at ON salesopp.opportunity_history (organization_id, at, opportunity_id);
