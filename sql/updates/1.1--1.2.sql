-- What a database of 1.1 needs beside the parts that replace what is there. Run twice, it does nothing more.

DO $$
BEGIN
	IF to_regtype('salesopp.history_origin') IS NULL THEN
		CREATE TYPE salesopp.history_origin AS ENUM ('recorded', 'baseline', 'reconstructed', 'imported');
	END IF;
END $$;
COMMENT ON TYPE salesopp.history_origin IS
	'How a row of history came to be: recorded with the change, what was there when recording began, made up from what was known then, or brought along';

ALTER TABLE salesopp.opportunity
	ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1,
	ADD COLUMN IF NOT EXISTS stage_position integer,
	ADD COLUMN IF NOT EXISTS stage_reached integer;

CREATE TABLE IF NOT EXISTS salesopp.opportunity_history (
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
	PRIMARY KEY (organization_id, opportunity_id, version),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS opportunity_history_at ON salesopp.opportunity_history (organization_id, at, opportunity_id);
