\echo Use "CREATE EXTENSION salesopp" to load this file. \quit

-- The script makes its own schema: so it belongs to the extension, goes with it, and a schema of
-- that name that somebody planted is refused.
CREATE SCHEMA salesopp;
COMMENT ON SCHEMA salesopp IS 'Sales opportunities: records, pipeline, rules and reports';
CREATE TYPE salesopp.opportunity_status AS ENUM ('open', 'won', 'lost');
COMMENT ON TYPE salesopp.opportunity_status IS 'Outcome of an opportunity; open: not decided yet';

CREATE TYPE salesopp.stage_status AS ENUM ('pending', 'completed', 'cancelled');
COMMENT ON TYPE salesopp.stage_status IS 'How far one stage of an opportunity has come';

CREATE TYPE salesopp.progress_method AS ENUM ('automatic', 'manual');
COMMENT ON TYPE salesopp.progress_method IS 'Whether progress follows the completed stages or is typed';

CREATE TYPE salesopp.priority AS ENUM ('low', 'normal', 'high');
COMMENT ON TYPE salesopp.priority IS 'Priority of an opportunity';

CREATE TYPE salesopp.color AS ENUM ('red', 'yellow', 'green', 'blue', 'black', 'gray');
COMMENT ON TYPE salesopp.color IS 'Colour in which a flag, a date or a stage is shown';

CREATE TYPE salesopp.activity_kind AS ENUM ('call', 'appointment', 'meeting', 'task', 'note',
	'email_in', 'email_out', 'document', 'case', 'sms');
COMMENT ON TYPE salesopp.activity_kind IS 'Type of a follow-up';

CREATE TYPE salesopp.custom_field_type AS ENUM ('text', 'number', 'date', 'boolean', 'choice');
COMMENT ON TYPE salesopp.custom_field_type IS 'Type of the values of a custom field';

CREATE TYPE salesopp.gender AS ENUM ('female', 'male', 'other');
COMMENT ON TYPE salesopp.gender IS 'Gender mark of a contact';

CREATE TYPE salesopp.history_origin AS ENUM ('recorded', 'baseline', 'reconstructed', 'imported');
COMMENT ON TYPE salesopp.history_origin IS
	'How a row of history came to be: recorded with the change, what was there when recording began, made up from what was known then, or brought along';

CREATE TYPE salesopp.forecast_category AS ENUM ('omitted', 'pipeline', 'best_case', 'commit', 'closed');
COMMENT ON TYPE salesopp.forecast_category IS
	'How an opportunity counts in a forecast: not at all, as possible, as likely, as promised, or as won';

CREATE TYPE salesopp.pipeline_totals AS (
	won_opportunities bigint,
	won_estimated_revenue numeric,
	won_pipeline numeric,
	won_highest numeric,
	open_opportunities bigint,
	open_estimated_revenue numeric,
	open_pipeline numeric,
	open_highest numeric,
	lost_opportunities bigint,
	lost_estimated_revenue numeric,
	lost_pipeline numeric,
	lost_highest numeric,
	total_opportunities bigint,
	total_estimated_revenue numeric,
	total_pipeline numeric,
	total_highest numeric
);
COMMENT ON TYPE salesopp.pipeline_totals IS
	'Number, estimated revenue, pipeline and highest sale of won, open, lost and all opportunities';
-- What an update does on which node, where the tables are on several servers.

CREATE OR REPLACE FUNCTION salesopp.is_worker() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF to_regclass('pg_catalog.pg_dist_local_group') IS NULL THEN
		RETURN false;
	END IF;
	RETURN EXISTS (SELECT FROM pg_dist_local_group g WHERE g.groupid <> 0);
END;
$$;
COMMENT ON FUNCTION salesopp.is_worker() IS 'Whether this is a worker of a Citus cluster: a script leaves rows to the coordinator there';

-- It begins on the workers, in a transaction of each: what is then done here Citus brings to the shards there, which need the
-- functions and types that it names. On the workers themselves it is done to all but the shards.
DO $$
DECLARE
	version constant text := (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp');
	step constant text := COALESCE(current_setting('salesopp_update.step', true), '');
BEGIN
	-- a new installation, or an update from a version that could not be distributed
	IF to_regprocedure('salesopp.is_distributed()') IS NULL OR salesopp.is_worker() THEN
		RETURN;
	END IF;
	IF salesopp.is_distributed() THEN
		-- the workers would wait for what this transaction has locked there
		PERFORM salesopp.require(step = '', '0A000', 'tables on several servers are updated to %s and %s one after the other',
			'Name one version after the other in ALTER EXTENSION salesopp UPDATE TO, with SELECT salesopp.complete_nodes() after each.', step, version);
		PERFORM set_config('salesopp_update.step', version, true), set_config('citus.enable_ddl_propagation', 'on', true),
			set_config('citus.enable_unsafe_triggers', 'on', true), set_config('citus.multi_shard_modify_mode', 'sequential', true);
		PERFORM salesopp.run_on_workers(format('DO %L', format('BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true),
			set_config(''lock_timeout'', ''10s'', true); ALTER EXTENSION salesopp UPDATE TO %L; END', version)));
	END IF;
END $$;
-- What belongs to the extension, which is not all that the schema has: users may make tables, views and functions of their own in it.

-- In its scripts, too: what they make belongs to it from then on.
CREATE OR REPLACE FUNCTION salesopp.extension_objects(catalog regclass) RETURNS SETOF oid
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT d.objid
	FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
	WHERE d.classid = catalog AND d.objsubid = 0 AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'salesopp';
END;
$$;
COMMENT ON FUNCTION salesopp.extension_objects(regclass) IS 'Which rows of a catalog are of objects that belong to the extension';
-- What the definitions of tables call.

CREATE OR REPLACE FUNCTION salesopp.is_blank(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_blank(text) IS
	'Whether nothing is seen of a text: white space, control characters and those that are invisible';

CREATE OR REPLACE FUNCTION salesopp.name_key(name text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.name_key(text) IS
	'What is the same of two names that look the same, in any case; a unique index of names is on it';

CREATE OR REPLACE FUNCTION salesopp.composed(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.composed(text) IS
	'A text in the form in which texts are stored: Unicode''s NFC, where the database is in UTF-8';

CREATE OR REPLACE FUNCTION salesopp.composed_json(value jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.composed_json(jsonb) IS 'A value with all its texts as they are stored';

-- Leakproof, so that an index on them can be used under row security.
CREATE OR REPLACE FUNCTION salesopp.has_accents(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_accents(text) IS
	'Whether a text is another without accents, and letters with a stroke or two in one';

CREATE OR REPLACE FUNCTION salesopp.without_accents(value text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.without_accents(text) IS
	'A text as who cannot type accents writes it, letters with a stroke and two in one included';

CREATE OR REPLACE FUNCTION salesopp.is_time_zone(name text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_time_zone(text) IS 'Whether the server knows a time zone of that name';

CREATE OR REPLACE FUNCTION salesopp.current_organization() RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.current_organization() IS
	'The organization that this session works in: the setting salesopp.organization_id, else the only organization there is, else NULL';

CREATE OR REPLACE FUNCTION salesopp.current_employee() RETURNS bigint
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'chosen_employee_id';
COMMENT ON FUNCTION salesopp.current_employee() IS
	'The employee for whom this session works: the setting salesopp.employee_id';
-- Organizations and what their opportunities refer to. Every table starts with organization_id,
-- and so does every key, so that a row can only refer to rows of its own organization and the
-- tables can be distributed by it. Row security, stamps and dump marks are added to all tables
-- at once in whole_schema/security, rules/triggers and whole_schema/dump.

CREATE TABLE salesopp.organization (
	organization_id bigint NOT NULL GENERATED ALWAYS AS (id) STORED,
	id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	time_zone text NOT NULL DEFAULT current_setting('TimeZone'),
	fenced_at timestamptz,
	CONSTRAINT organization_time_zone_known CHECK (salesopp.is_time_zone(time_zone))
);

-- Its value is the last id that organizations get here; those of other servers are beyond it, or before. It is never taken.
CREATE SEQUENCE salesopp.organization_end_of_ids START 9223372036854775807;

CREATE TABLE salesopp.department (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
-- Of names that must not be the same, none may look like another either. (The plain constraint stays for
-- clients' ON CONFLICT (organization_id, name).)
CREATE UNIQUE INDEX department_name_as_seen ON salesopp.department (organization_id, salesopp.name_key(name));

CREATE TABLE salesopp.sales_region (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX sales_region_name_as_seen ON salesopp.sales_region (organization_id, salesopp.name_key(name));

CREATE TABLE salesopp.employee (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	initials text NOT NULL CHECK (NOT salesopp.is_blank(initials)),
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	email text,
	department_id bigint,
	is_active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, initials),
	FOREIGN KEY (organization_id, department_id) REFERENCES salesopp.department
);
CREATE UNIQUE INDEX employee_external_id ON salesopp.employee (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX employee_initials_as_seen ON salesopp.employee (organization_id, salesopp.name_key(initials));

CREATE TABLE salesopp.company (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	phone text,
	email text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX company_external_id ON salesopp.company (organization_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE salesopp.contact (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	company_id bigint NOT NULL,
	first_name text,
	last_name text NOT NULL CHECK (NOT salesopp.is_blank(last_name)),
	gender salesopp.gender,
	job_title text,
	email text,
	mobile text,
	direct_phone text,
	is_primary boolean NOT NULL DEFAULT false,
	is_your_ref boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company
);
CREATE UNIQUE INDEX contact_external_id ON salesopp.contact (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contact_company ON salesopp.contact (organization_id, company_id);
-- One of each at most: rules/triggers.
CREATE INDEX contact_primary ON salesopp.contact (organization_id, company_id) WHERE is_primary;
CREATE INDEX contact_your_ref ON salesopp.contact (organization_id, company_id) WHERE is_your_ref;

CREATE TABLE salesopp.project (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	company_id bigint,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company
);
CREATE UNIQUE INDEX project_external_id ON salesopp.project (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX project_company ON salesopp.project (organization_id, company_id);
CREATE TABLE salesopp.sales_process (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	is_active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX sales_process_name_as_seen ON salesopp.sales_process (organization_id, salesopp.name_key(name));

CREATE TABLE salesopp.sales_process_stage (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	sales_process_id bigint NOT NULL,
	position integer NOT NULL CHECK (position > 0),
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	probability numeric(5,2) NOT NULL CHECK (probability BETWEEN 0 AND 100),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, sales_process_id) REFERENCES salesopp.sales_process ON DELETE CASCADE
);
-- One at a position: rules/triggers.
CREATE INDEX sales_process_stage_position ON salesopp.sales_process_stage (organization_id, sales_process_id, position);
CREATE TABLE salesopp.loss_reason (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	is_predefined boolean NOT NULL DEFAULT false,
	is_active boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX loss_reason_name_as_seen ON salesopp.loss_reason (organization_id, salesopp.name_key(name));

CREATE TABLE salesopp.competitor (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	website text,
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX competitor_name_as_seen ON salesopp.competitor (organization_id, salesopp.name_key(name));

-- Columns in the order of how often they are read: reading one costs what stands before it. First
-- the keys, then what every pipeline aggregate reads, then the fixed-width rest, then the texts.
CREATE TABLE salesopp.opportunity (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	status salesopp.opportunity_status NOT NULL DEFAULT 'open',
	estimated_revenue numeric(18,2),
	actual_revenue numeric(18,2),
	progress numeric(5,2) NOT NULL DEFAULT 0,
	progress_method salesopp.progress_method NOT NULL DEFAULT 'automatic',
	priority salesopp.priority NOT NULL DEFAULT 'normal',
	decision_date date,
	delivery_date date,
	close_date date,
	rating smallint,
	responsible_id bigint,
	company_id bigint,
	contact_id bigint,
	project_id bigint,
	department_id bigint,
	sales_region_id bigint,
	sales_process_id bigint,
	loss_reason_id bigint,
	copied_from_id bigint,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	closed_at timestamptz,
	deleted_at timestamptz,
	subject text NOT NULL,
	note text,
	status_note text,
	custom jsonb NOT NULL DEFAULT '{}',
	version integer NOT NULL DEFAULT 1,
	stage_position integer,
	stage_reached integer,
	forecast_category salesopp.forecast_category,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, responsible_id) REFERENCES salesopp.employee,
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company,
	FOREIGN KEY (organization_id, contact_id) REFERENCES salesopp.contact,
	FOREIGN KEY (organization_id, project_id) REFERENCES salesopp.project,
	FOREIGN KEY (organization_id, department_id) REFERENCES salesopp.department,
	FOREIGN KEY (organization_id, sales_region_id) REFERENCES salesopp.sales_region,
	FOREIGN KEY (organization_id, sales_process_id) REFERENCES salesopp.sales_process,
	FOREIGN KEY (organization_id, loss_reason_id) REFERENCES salesopp.loss_reason,
	FOREIGN KEY (organization_id, copied_from_id) REFERENCES salesopp.opportunity,
	CONSTRAINT opportunity_subject_not_blank CHECK (NOT salesopp.is_blank(subject)),
	CONSTRAINT opportunity_revenue_range CHECK (
		estimated_revenue >= 0 AND estimated_revenue <> 'NaN'
		AND actual_revenue >= 0 AND actual_revenue <> 'NaN'),
	CONSTRAINT opportunity_progress_range CHECK (progress BETWEEN 0 AND 100),
	CONSTRAINT opportunity_rating_range CHECK (rating BETWEEN 1 AND 5),
	CONSTRAINT opportunity_dates_finite CHECK (
		isfinite(decision_date) AND isfinite(delivery_date) AND isfinite(close_date)),
	CONSTRAINT opportunity_custom_is_object CHECK (jsonb_typeof(custom) = 'object'),
	CONSTRAINT opportunity_closing_facts CHECK (CASE status
		WHEN 'open' THEN num_nonnulls(closed_at, close_date, actual_revenue, loss_reason_id) = 0
		WHEN 'won' THEN num_nulls(closed_at, close_date, actual_revenue) = 0 AND loss_reason_id IS NULL
		WHEN 'lost' THEN num_nulls(closed_at, close_date) = 0 AND actual_revenue IS NULL END),
	-- that is what winning makes of it
	CONSTRAINT opportunity_category_not_closed CHECK (forecast_category <> 'closed')
);
CREATE UNIQUE INDEX opportunity_external_id ON salesopp.opportunity (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX opportunity_changed_at ON salesopp.opportunity (organization_id, changed_at, id);
CREATE INDEX opportunity_decision_date ON salesopp.opportunity (organization_id, decision_date, id);
CREATE INDEX opportunity_estimated_revenue ON salesopp.opportunity (organization_id, estimated_revenue, id);
CREATE INDEX opportunity_responsible ON salesopp.opportunity (organization_id, responsible_id);
CREATE INDEX opportunity_company ON salesopp.opportunity (organization_id, company_id);
CREATE INDEX opportunity_contact ON salesopp.opportunity (organization_id, contact_id)
	WHERE contact_id IS NOT NULL;
CREATE INDEX opportunity_project ON salesopp.opportunity (organization_id, project_id)
	WHERE project_id IS NOT NULL;
CREATE INDEX opportunity_copied_from ON salesopp.opportunity (organization_id, copied_from_id)
	WHERE copied_from_id IS NOT NULL;

-- These begin with the organization, too: so a search does not come upon what others have, and no plan
-- tells how much of it there is. Operator classes stand in whatever schema their extension was put.
DO $$
DECLARE
	btree_gin name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'btree_gin');
	pg_trgm name := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
		WHERE e.extname = 'pg_trgm');
BEGIN
	EXECUTE format('CREATE INDEX opportunity_custom ON salesopp.opportunity
		USING gin (organization_id %I.int8_ops, custom)', btree_gin);
	EXECUTE format('CREATE INDEX opportunity_subject_trgm ON salesopp.opportunity
		USING gin (organization_id %I.int8_ops, subject %I.gin_trgm_ops)', btree_gin, pg_trgm);
	EXECUTE format('CREATE INDEX opportunity_note_trgm ON salesopp.opportunity
		USING gin (organization_id %I.int8_ops, note %I.gin_trgm_ops)', btree_gin, pg_trgm);
	-- for searches that ignore accents: a second entry only of texts that have any
	EXECUTE format('CREATE INDEX opportunity_subject_without_accents ON salesopp.opportunity
		USING gin (organization_id %I.int8_ops, salesopp.without_accents(subject) %I.gin_trgm_ops)
		WHERE salesopp.has_accents(subject)', btree_gin, pg_trgm);
	EXECUTE format('CREATE INDEX opportunity_note_without_accents ON salesopp.opportunity
		USING gin (organization_id %I.int8_ops, salesopp.without_accents(note) %I.gin_trgm_ops)
		WHERE salesopp.has_accents(note)', btree_gin, pg_trgm);
END $$;

CREATE TABLE salesopp.stage (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	opportunity_id bigint NOT NULL,
	position integer NOT NULL CHECK (position > 0),
	status salesopp.stage_status NOT NULL DEFAULT 'pending',
	probability numeric(5,2) NOT NULL CHECK (probability BETWEEN 0 AND 100),
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE
);
-- One at a position, and one winner at most: rules/triggers.
CREATE INDEX stage_position ON salesopp.stage (organization_id, opportunity_id, position);

CREATE TABLE salesopp.opportunity_competitor (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	competitor_id bigint,
	name text CHECK (NOT salesopp.is_blank(name)),
	threat smallint NOT NULL DEFAULT 3 CHECK (threat BETWEEN 1 AND 5),
	is_winner boolean NOT NULL DEFAULT false,
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, opportunity_id, competitor_id),
	UNIQUE (organization_id, opportunity_id, name),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE,
	FOREIGN KEY (organization_id, competitor_id) REFERENCES salesopp.competitor,
	CONSTRAINT opportunity_competitor_listed_or_typed CHECK (num_nonnulls(competitor_id, name) = 1)
);
CREATE UNIQUE INDEX opportunity_competitor_name_as_seen
	ON salesopp.opportunity_competitor (organization_id, opportunity_id, salesopp.name_key(name)) WHERE name IS NOT NULL;
CREATE INDEX opportunity_competitor_winner
	ON salesopp.opportunity_competitor (organization_id, opportunity_id) WHERE is_winner;
CREATE INDEX opportunity_competitor_competitor
	ON salesopp.opportunity_competitor (organization_id, competitor_id);

-- Appended to by the opportunity's trigger; nobody changes or removes an event.
CREATE TABLE salesopp.status_event (
	organization_id bigint NOT NULL,
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	from_status salesopp.opportunity_status NOT NULL,
	to_status salesopp.opportunity_status NOT NULL,
	close_date date,
	actual_revenue numeric(18,2),
	delivery_date date,
	loss_reason_id bigint,
	winner text,
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	before jsonb,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity,
	FOREIGN KEY (organization_id, loss_reason_id) REFERENCES salesopp.loss_reason,
	-- a change of status, or the correction of a closing
	CONSTRAINT status_event_kind CHECK (CASE WHEN before IS NULL THEN from_status <> to_status
		ELSE from_status = to_status AND from_status <> 'open' END)
);
CREATE INDEX status_event_opportunity ON salesopp.status_event (organization_id, opportunity_id);
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
-- The account of changes of many opportunities at once, by which they can be undone: written by run_bulk_change(), and
-- nobody changes it. What the history of opportunities keeps is not kept here again. The opportunities of a change go
-- with their rows; a winner's mark may be of a competitor who is gone.
CREATE TABLE salesopp.bulk_change (
	organization_id bigint NOT NULL REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	at timestamptz NOT NULL,
	changed_by bigint,
	operation text NOT NULL,
	arguments jsonb NOT NULL,
	PRIMARY KEY (organization_id, id)
);

CREATE TABLE salesopp.bulk_change_opportunity (
	organization_id bigint NOT NULL,
	bulk_change_id bigint NOT NULL,
	opportunity_id bigint NOT NULL,
	version_before integer NOT NULL,
	version_after integer NOT NULL,
	closed_before timestamptz,
	deleted_before timestamptz,
	winner_before bigint,
	winner_after bigint,
	status_note_before text,
	values_before jsonb,
	PRIMARY KEY (organization_id, bulk_change_id, opportunity_id),
	FOREIGN KEY (organization_id, bulk_change_id) REFERENCES salesopp.bulk_change,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE
);
CREATE INDEX bulk_change_opportunity_opportunity ON salesopp.bulk_change_opportunity (organization_id, opportunity_id);
-- Quotes and sales orders are numbered without gaps, each in its organization: the last number of
-- a series is a row, so that a number that was not used after all is given to the next.
CREATE TABLE salesopp.number_series (
	organization_id bigint NOT NULL REFERENCES salesopp.organization (id),
	name text NOT NULL,
	last_number bigint NOT NULL,
	PRIMARY KEY (organization_id, name)
);

CREATE TABLE salesopp.quote (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	number bigint NOT NULL CHECK (number > 0),
	amount numeric(18,2) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, number),
	UNIQUE (organization_id, opportunity_id, id),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity
);

CREATE TABLE salesopp.sales_order (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	opportunity_id bigint NOT NULL,
	quote_id bigint,
	number bigint NOT NULL CHECK (number > 0),
	amount numeric(18,2) NOT NULL CHECK (amount >= 0 AND amount <> 'NaN'),
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, number),
	UNIQUE (organization_id, quote_id),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity,
	-- A quote becomes an order of its own opportunity, at most once.
	FOREIGN KEY (organization_id, opportunity_id, quote_id)
		REFERENCES salesopp.quote (organization_id, opportunity_id, id)
);
CREATE INDEX sales_order_opportunity ON salesopp.sales_order (organization_id, opportunity_id, id);
CREATE TABLE salesopp.activity (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	kind salesopp.activity_kind NOT NULL,
	subject text NOT NULL CHECK (NOT salesopp.is_blank(subject)),
	body text,
	company_id bigint,
	contact_id bigint,
	project_id bigint,
	opportunity_id bigint,
	occurred_at timestamptz NOT NULL DEFAULT now(),
	responsible_id bigint,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	external_id text CHECK (NOT salesopp.is_blank(external_id)),
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company,
	FOREIGN KEY (organization_id, contact_id) REFERENCES salesopp.contact,
	FOREIGN KEY (organization_id, project_id) REFERENCES salesopp.project,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity,
	FOREIGN KEY (organization_id, responsible_id) REFERENCES salesopp.employee
);
CREATE UNIQUE INDEX activity_external_id ON salesopp.activity (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX activity_company ON salesopp.activity (organization_id, company_id, changed_at);
CREATE INDEX activity_contact ON salesopp.activity (organization_id, contact_id)
	WHERE contact_id IS NOT NULL;
CREATE INDEX activity_project ON salesopp.activity (organization_id, project_id, changed_at)
	WHERE project_id IS NOT NULL;
CREATE INDEX activity_opportunity ON salesopp.activity (organization_id, opportunity_id)
	WHERE opportunity_id IS NOT NULL;
CREATE INDEX activity_responsible ON salesopp.activity (organization_id, responsible_id)
	WHERE responsible_id IS NOT NULL;

CREATE TABLE salesopp.activity_participant (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	activity_id bigint NOT NULL,
	contact_id bigint NOT NULL,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, activity_id, contact_id),
	FOREIGN KEY (organization_id, activity_id) REFERENCES salesopp.activity ON DELETE CASCADE,
	FOREIGN KEY (organization_id, contact_id) REFERENCES salesopp.contact
);
CREATE INDEX activity_participant_contact
	ON salesopp.activity_participant (organization_id, contact_id);
CREATE TABLE salesopp.group_field (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX group_field_name_as_seen ON salesopp.group_field (organization_id, salesopp.name_key(name));

CREATE TABLE salesopp.group_value (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	group_field_id bigint NOT NULL,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, group_field_id, name),
	FOREIGN KEY (organization_id, group_field_id) REFERENCES salesopp.group_field
);
CREATE UNIQUE INDEX group_value_name_as_seen
	ON salesopp.group_value (organization_id, group_field_id, salesopp.name_key(name));

CREATE TABLE salesopp.opportunity_group_value (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	opportunity_id bigint NOT NULL,
	group_value_id bigint NOT NULL,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, opportunity_id, group_value_id),
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES salesopp.opportunity ON DELETE CASCADE,
	FOREIGN KEY (organization_id, group_value_id) REFERENCES salesopp.group_value
);
CREATE INDEX opportunity_group_value_value
	ON salesopp.opportunity_group_value (organization_id, group_value_id);

CREATE TABLE salesopp.custom_field (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	data_type salesopp.custom_field_type NOT NULL,
	choices text[],
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	UNIQUE (organization_id, name),
	CONSTRAINT custom_field_choices CHECK (CASE data_type
		WHEN 'choice' THEN CASE array_ndims(choices) WHEN 1 THEN array_position(choices, NULL) IS NULL ELSE false END
		ELSE choices IS NULL END)
);
CREATE UNIQUE INDEX custom_field_name_as_seen ON salesopp.custom_field (organization_id, salesopp.name_key(name));
-- The account of merged duplicates; nobody changes or removes it. The kept one may itself be merged later.
CREATE TABLE salesopp.merge_event (
	organization_id bigint NOT NULL REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	kind text NOT NULL CHECK (kind IN ('company', 'contact')),
	kept bigint NOT NULL,
	merged bigint NOT NULL,
	merged_row jsonb NOT NULL,
	moved jsonb NOT NULL,
	dropped jsonb NOT NULL,
	created_at timestamptz NOT NULL,
	created_by bigint,
	PRIMARY KEY (organization_id, id)
);
CREATE INDEX merge_event_kept ON salesopp.merge_event (organization_id, kind, kept);
CREATE INDEX merge_event_merged ON salesopp.merge_event (organization_id, kind, merged);
-- What is to be sold, who leads whom, and what was promised (N12).

-- What an employee himself, or a department, is to sell. No two of one overlap: rules/triggers.
CREATE TABLE salesopp.quota (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	employee_id bigint,
	department_id bigint,
	period daterange NOT NULL,
	amount numeric(18,2) NOT NULL,
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, employee_id) REFERENCES salesopp.employee,
	FOREIGN KEY (organization_id, department_id) REFERENCES salesopp.department,
	CONSTRAINT quota_of_one CHECK (num_nonnulls(employee_id, department_id) = 1),
	CONSTRAINT quota_period_has_ends CHECK (isfinite(lower(period)) IS TRUE AND isfinite(upper(period)) IS TRUE),
	CONSTRAINT quota_amount_range CHECK (amount >= 0 AND amount <> 'NaN')
);
CREATE INDEX quota_employee ON salesopp.quota (organization_id, employee_id) WHERE employee_id IS NOT NULL;
CREATE INDEX quota_department ON salesopp.quota (organization_id, department_id) WHERE department_id IS NOT NULL;

-- Who leads an employee from a day on, until the day of his next row; NULL: nobody. Nobody comes to lead himself, whatever
-- the day: rules/triggers.
CREATE TABLE salesopp.employee_manager (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	employee_id bigint NOT NULL,
	manager_id bigint,
	valid_from date NOT NULL,
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, employee_id, valid_from),
	FOREIGN KEY (organization_id, employee_id) REFERENCES salesopp.employee,
	FOREIGN KEY (organization_id, manager_id) REFERENCES salesopp.employee,
	CONSTRAINT employee_manager_is_another CHECK (manager_id <> employee_id),
	CONSTRAINT employee_manager_day_finite CHECK (isfinite(valid_from))
);
CREATE INDEX employee_manager_manager ON salesopp.employee_manager (organization_id, manager_id) WHERE manager_id IS NOT NULL;

-- What an employee has said will be sold in a period, by himself and his team. Nobody changes or removes it; who thinks better of it submits again.
CREATE TABLE salesopp.forecast_submission (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization(),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	employee_id bigint NOT NULL,
	period daterange NOT NULL,
	amount numeric(18,2) NOT NULL,
	commit numeric(18,2),
	best_case numeric(18,2),
	note text,
	created_at timestamptz NOT NULL,
	created_by bigint,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, employee_id) REFERENCES salesopp.employee,
	CONSTRAINT forecast_submission_period_has_ends CHECK (isfinite(lower(period)) IS TRUE AND isfinite(upper(period)) IS TRUE),
	CONSTRAINT forecast_submission_amount_range CHECK (amount >= 0 AND amount <> 'NaN'
		AND commit >= 0 AND commit <> 'NaN' AND best_case >= 0 AND best_case <> 'NaN')
);
CREATE INDEX forecast_submission_employee ON salesopp.forecast_submission (organization_id, employee_id);
-- Searches that somebody has given a name, for himself or for all (issue 15). That they can be made is looked at when
-- they are stored: rules/triggers. Who sees and changes them: whole_schema/security.
CREATE TABLE salesopp.saved_search (
	organization_id bigint NOT NULL DEFAULT salesopp.current_organization()
		REFERENCES salesopp.organization (id),
	id bigint GENERATED BY DEFAULT AS IDENTITY,
	name text NOT NULL CHECK (NOT salesopp.is_blank(name)),
	owner_id bigint DEFAULT salesopp.current_employee(),
	shared boolean NOT NULL DEFAULT false,
	criteria jsonb NOT NULL DEFAULT '{}',
	sort text,
	columns text[],
	created_at timestamptz NOT NULL,
	created_by bigint,
	changed_at timestamptz NOT NULL,
	changed_by bigint,
	PRIMARY KEY (organization_id, id),
	FOREIGN KEY (organization_id, owner_id) REFERENCES salesopp.employee,
	CONSTRAINT saved_search_criteria_is_object CHECK (jsonb_typeof(criteria) = 'object')
);
CREATE UNIQUE INDEX saved_search_name_as_seen
	ON salesopp.saved_search (organization_id, owner_id, salesopp.name_key(name)) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX saved_search_shared_name_as_seen
	ON salesopp.saved_search (organization_id, salesopp.name_key(name)) WHERE shared;
-- What users are told, in the language of lc_messages. The translations are in po/.

CREATE OR REPLACE FUNCTION salesopp.message(english text) RETURNS text
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.message(text) IS
	'A message of this extension in the language of lc_messages, or as it is where there is no translation';

-- The message and the hint are looked up when the error is raised.
CREATE OR REPLACE FUNCTION salesopp.require(condition boolean, sqlstate text, message text, hint text) RETURNS void
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.require(boolean, text, text, text) IS
	'Raises an error unless the condition is true';

CREATE OR REPLACE FUNCTION salesopp.require(condition boolean, sqlstate text, message text, hint text, VARIADIC about "any") RETURNS void
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.require(boolean, text, text, text, "any") IS
	'Raises an error unless the condition is true; what it is about goes into the message as format() does it';
-- The values of custom fields and their definitions.

CREATE OR REPLACE FUNCTION salesopp.is_iso_date(value text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_iso_date(text) IS 'Whether a text is a date that exists, as YYYY-MM-DD';

CREATE OR REPLACE FUNCTION salesopp.custom_problem(organization_id bigint, custom jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (
		SELECT CASE WHEN f.name IS NULL THEN format(salesopp.message('there is no custom field "%s"'), v.key)
				WHEN f.data_type = 'choice' THEN format(salesopp.message('custom field "%s" takes one of %s'), v.key, f.choices)
				ELSE format(salesopp.message('custom field "%s" takes a %s'), v.key, f.data_type) END
		FROM jsonb_each(custom_problem.custom) v
		LEFT JOIN salesopp.custom_field f
			ON f.organization_id = custom_problem.organization_id AND f.name = v.key
		WHERE NOT COALESCE(CASE f.data_type
			WHEN 'text' THEN jsonb_typeof(v.value) = 'string'
			WHEN 'number' THEN jsonb_typeof(v.value) = 'number'
			WHEN 'boolean' THEN jsonb_typeof(v.value) = 'boolean'
			WHEN 'date' THEN jsonb_typeof(v.value) = 'string' AND salesopp.is_iso_date(v.value #>> '{}')
			WHEN 'choice' THEN jsonb_typeof(v.value) = 'string' AND v.value #>> '{}' = ANY (f.choices)
			END, false)
		ORDER BY v.key LIMIT 1);
END;
$$;
COMMENT ON FUNCTION salesopp.custom_problem(bigint, jsonb) IS
	'What is wrong with custom values by the definitions of the custom fields, or NULL';
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
CREATE OR REPLACE FUNCTION salesopp.status_flag(status salesopp.opportunity_status) RETURNS salesopp.color
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
	WHEN status = 'open' THEN salesopp.color 'yellow'
	WHEN status = 'won' THEN salesopp.color 'green'
	ELSE salesopp.color 'red' END;
COMMENT ON FUNCTION salesopp.status_flag(salesopp.opportunity_status) IS
	'Colour of the status flag: yellow open, green won, red lost';

CREATE OR REPLACE FUNCTION salesopp.decision_color(status salesopp.opportunity_status, decision_date date,
	today date DEFAULT CURRENT_DATE) RETURNS salesopp.color
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
	WHEN status IS NULL OR today IS NULL THEN NULL
	WHEN status <> 'open' OR decision_date IS NULL THEN salesopp.color 'black'
	WHEN decision_date < today THEN salesopp.color 'red'
	WHEN decision_date = today THEN salesopp.color 'green'
	WHEN isfinite(decision_date) AND isfinite(today) AND decision_date - today <= 7 THEN salesopp.color 'blue'
	ELSE salesopp.color 'black' END;
COMMENT ON FUNCTION salesopp.decision_color(salesopp.opportunity_status, date, date) IS
	'Colour of the decision date: red open and passed, green open and today, blue open and within the next 7 days, black everything else';
-- What an opportunity is worth (F2.1) is decided in src/pipeline/pipeline.c, for the function and the
-- aggregates alike. The aggregate states are plain bytea: PostgreSQL and a distributed engine can
-- both pass them between processes as they are.

CREATE OR REPLACE FUNCTION salesopp.weighted_value(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.weighted_value(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Revenue times probability: open estimate x progress / 100, won the actual revenue (or the estimate), lost 0; exact';

CREATE OR REPLACE FUNCTION salesopp.forecast_category(status salesopp.opportunity_status, progress numeric,
	chosen salesopp.forecast_category) RETURNS salesopp.forecast_category
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE	-- Citus 13.2 loses what CASE x WHEN compares, where this stands in UPDATE and INSERT
	WHEN status = 'won' THEN 'closed'::salesopp.forecast_category
	WHEN status = 'lost' THEN 'omitted'::salesopp.forecast_category
	WHEN status = 'open' THEN COALESCE(chosen, CASE
		WHEN progress = 0 THEN 'omitted'::salesopp.forecast_category
		WHEN progress < 50 THEN 'pipeline'::salesopp.forecast_category
		WHEN progress < 75 THEN 'best_case'::salesopp.forecast_category
		WHEN progress <= 100 THEN 'commit'::salesopp.forecast_category END)
END;
COMMENT ON FUNCTION salesopp.forecast_category(salesopp.opportunity_status, numeric, salesopp.forecast_category) IS
	'How an opportunity counts in a forecast: closed when it is won, omitted when it is lost; while it is open as was chosen, else by its progress';

CREATE OR REPLACE FUNCTION salesopp.pipeline_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_accum_inv(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.pipeline_value_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.pipeline_value(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.pipeline_accum, STYPE = bytea, SSPACE = 208,
	COMBINEFUNC = salesopp.pipeline_combine, FINALFUNC = salesopp.pipeline_value_final,
	MSFUNC = salesopp.pipeline_accum, MINVFUNC = salesopp.pipeline_accum_inv,
	MSTYPE = bytea, MSSPACE = 208, MFINALFUNC = salesopp.pipeline_value_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.pipeline_value(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Sum of the weighted values: the pipeline; exact, 0.00 over no rows';

CREATE OR REPLACE FUNCTION salesopp.pipeline_summary_final(state bytea) RETURNS salesopp.pipeline_totals
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.pipeline_summary(status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.pipeline_accum, STYPE = bytea, SSPACE = 208,
	COMBINEFUNC = salesopp.pipeline_combine, FINALFUNC = salesopp.pipeline_summary_final,
	MSFUNC = salesopp.pipeline_accum, MINVFUNC = salesopp.pipeline_accum_inv,
	MSTYPE = bytea, MSSPACE = 208, MFINALFUNC = salesopp.pipeline_summary_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.pipeline_summary(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'Number, estimated revenue, pipeline and highest sale, split by won, open, lost and in total, in one pass; exact';

CREATE OR REPLACE FUNCTION salesopp.stage_progress_accum(state bytea, status salesopp.stage_status,
	stage_position integer, probability numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_accum_inv(state bytea, status salesopp.stage_status,
	stage_position integer, probability numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stage_progress_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.stage_progress(status salesopp.stage_status, stage_position integer,
	probability numeric) (
	SFUNC = salesopp.stage_progress_accum, STYPE = bytea, SSPACE = 32,
	COMBINEFUNC = salesopp.stage_progress_combine, FINALFUNC = salesopp.stage_progress_final,
	MSFUNC = salesopp.stage_progress_accum, MINVFUNC = salesopp.stage_progress_accum_inv,
	MSTYPE = bytea, MSSPACE = 32, MFINALFUNC = salesopp.stage_progress_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.stage_progress(salesopp.stage_status, integer, numeric) IS
	'Automatic progress: the probability of the completed stage that stands last, 0.00 if none is completed';
-- The tables protect themselves: whoever writes to them, and how, the same rules hold. They stand in
-- src/opportunity and src/table.

CREATE OR REPLACE FUNCTION salesopp.check_fence() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.stamp() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.verify() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.check_references() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forget_only_organization() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_opportunity() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.follow_opportunity() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.record_history() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_history() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_part() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.follow_stage() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.refuse_event_change() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_unique() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.keep_apart() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.refuse_circle() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';

CREATE OR REPLACE FUNCTION salesopp.assign_number() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.guard_custom_field() RETURNS trigger LANGUAGE C AS 'MODULE_PATHNAME';

-- Which fields there are is known of the current organization alone; and nothing is looked at while a dump is restored.
CREATE OR REPLACE FUNCTION salesopp.check_saved_search() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF current_setting('row_security') = 'on' AND NEW.organization_id = salesopp.current_organization() THEN
		PERFORM salesopp.require(NOT NEW.criteria ? 'saved',
			'22023', 'a saved search cannot name another one', 'Give it the criteria themselves.');
		PERFORM salesopp.search_columns(NEW.criteria, NEW.sort, NEW.columns, 1);
	END IF;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.check_saved_search() IS 'Trigger: a search that is saved can be made';
COMMENT ON FUNCTION salesopp.check_fence() IS 'Trigger: nothing is written of an organization that is fenced';
COMMENT ON FUNCTION salesopp.stamp() IS 'Trigger: who created and last changed a row, and when';
COMMENT ON FUNCTION salesopp.verify() IS 'Trigger: names the row that breaks a constraint; its argument says what it is';
COMMENT ON FUNCTION salesopp.check_references() IS
	'Trigger: what a row refers to is there and of its company, and active in the columns that its other arguments name';
COMMENT ON FUNCTION salesopp.forget_only_organization() IS 'Trigger: the number of organizations has changed';
COMMENT ON FUNCTION salesopp.guard_opportunity() IS 'Trigger: what an opportunity may become, and what follows from it in its row';
COMMENT ON FUNCTION salesopp.follow_opportunity() IS 'Trigger: the stages of an attached process and the event of a closing or reopening';
COMMENT ON FUNCTION salesopp.record_history() IS 'Trigger: each change of what figures are made of becomes a row of history';
COMMENT ON FUNCTION salesopp.keep_history() IS 'Trigger: history is neither changed nor removed, but with its opportunity';
COMMENT ON FUNCTION salesopp.guard_part() IS 'Trigger: what belongs to an opportunity changes only in the statuses that its arguments name';
COMMENT ON FUNCTION salesopp.follow_stage() IS 'Trigger: one stage of an opportunity at a position; automatic progress follows the stages';
COMMENT ON FUNCTION salesopp.keep_unique() IS 'Trigger: among the rows of one parent, one at a position, or one with the mark that its argument names';
COMMENT ON FUNCTION salesopp.keep_apart() IS 'Trigger: the quotas of one employee, or one department, do not overlap';
COMMENT ON FUNCTION salesopp.refuse_circle() IS 'Trigger: nobody comes to lead himself, on any day, by way of others or not';
COMMENT ON FUNCTION salesopp.assign_number() IS 'Trigger: the next number of the series that its argument names, which follows numbers that are given';
COMMENT ON FUNCTION salesopp.guard_custom_field() IS 'Trigger: the definition of a custom field stays true to the values there are, which follow its new names';
COMMENT ON FUNCTION salesopp.refuse_event_change() IS 'Trigger: events are neither changed nor removed';

-- In a block, as a distributed engine wants triggers to be replaced.
DO $$
BEGIN
	CREATE OR REPLACE TRIGGER organization_count AFTER INSERT OR DELETE OR TRUNCATE ON salesopp.organization
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.forget_only_organization();

	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_opportunity();
	CREATE OR REPLACE TRIGGER follow_insert AFTER INSERT ON salesopp.opportunity
		FOR EACH ROW WHEN (NEW.sales_process_id IS NOT NULL OR NEW.status <> 'open')
		EXECUTE FUNCTION salesopp.follow_opportunity();
	CREATE OR REPLACE TRIGGER follow_update AFTER UPDATE ON salesopp.opportunity
		FOR EACH ROW WHEN (OLD.status <> NEW.status
			OR OLD.sales_process_id IS DISTINCT FROM NEW.sales_process_id)
		EXECUTE FUNCTION salesopp.follow_opportunity();

	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.stage
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity_competitor
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.opportunity_group_value
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.quote
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open');
	CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON salesopp.sales_order
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_part('open', 'won');

	CREATE OR REPLACE TRIGGER follow_insert_or_delete AFTER INSERT OR DELETE ON salesopp.stage
		FOR EACH ROW EXECUTE FUNCTION salesopp.follow_stage();
	CREATE OR REPLACE TRIGGER follow_update AFTER UPDATE ON salesopp.stage
		FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.position <> NEW.position
			OR OLD.probability <> NEW.probability)
		EXECUTE FUNCTION salesopp.follow_stage();

	-- After "guard", which has locked the opportunity: the series is always the last to be locked.
	CREATE OR REPLACE TRIGGER number BEFORE INSERT ON salesopp.quote
		FOR EACH ROW EXECUTE FUNCTION salesopp.assign_number('quote');
	CREATE OR REPLACE TRIGGER number BEFORE INSERT ON salesopp.sales_order
		FOR EACH ROW EXECUTE FUNCTION salesopp.assign_number('sales order');
	CREATE OR REPLACE TRIGGER number_update BEFORE UPDATE ON salesopp.quote
		FOR EACH ROW WHEN (OLD.number <> NEW.number) EXECUTE FUNCTION salesopp.assign_number('quote');
	CREATE OR REPLACE TRIGGER number_update BEFORE UPDATE ON salesopp.sales_order
		FOR EACH ROW WHEN (OLD.number <> NEW.number) EXECUTE FUNCTION salesopp.assign_number('sales order');

	CREATE OR REPLACE TRIGGER guard_values AFTER UPDATE OR DELETE ON salesopp.custom_field
		FOR EACH ROW EXECUTE FUNCTION salesopp.guard_custom_field();

	CREATE OR REPLACE TRIGGER search AFTER INSERT OR UPDATE ON salesopp.saved_search
		FOR EACH ROW EXECUTE FUNCTION salesopp.check_saved_search();

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.status_event
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('closing and reopening',
			'Close or reopen the opportunity; that adds an event.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.merge_event
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('merging',
			'Merge duplicates; that adds an event.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.bulk_change
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('bulk changes',
			'Undo it with salesopp.undo_bulk_change(); that adds another.');
	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON salesopp.bulk_change_opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_history();
	CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON salesopp.bulk_change_opportunity
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('bulk changes',
			'Remove an opportunity, and what was changed of it goes with it.');

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON salesopp.forecast_submission
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.refuse_event_change('submitting a forecast',
			'Submit it anew; both are kept.');
	-- these are written by everybody, unlike the events that other triggers add
	CREATE OR REPLACE TRIGGER stamp BEFORE INSERT ON salesopp.forecast_submission
		FOR EACH ROW EXECUTE FUNCTION salesopp.stamp();

	CREATE OR REPLACE TRIGGER apart_insert AFTER INSERT ON salesopp.quota
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_apart();
	CREATE OR REPLACE TRIGGER apart_update AFTER UPDATE ON salesopp.quota
		FOR EACH ROW WHEN (OLD.period <> NEW.period OR OLD.employee_id IS DISTINCT FROM NEW.employee_id
			OR OLD.department_id IS DISTINCT FROM NEW.department_id)
		EXECUTE FUNCTION salesopp.keep_apart();

	CREATE OR REPLACE TRIGGER circle_insert_or_delete AFTER INSERT OR DELETE ON salesopp.employee_manager
		FOR EACH ROW EXECUTE FUNCTION salesopp.refuse_circle();
	CREATE OR REPLACE TRIGGER circle_update AFTER UPDATE ON salesopp.employee_manager
		FOR EACH ROW WHEN (OLD.employee_id <> NEW.employee_id OR OLD.valid_from <> NEW.valid_from
			OR OLD.manager_id IS DISTINCT FROM NEW.manager_id)
		EXECUTE FUNCTION salesopp.refuse_circle();

	CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON salesopp.opportunity_history
		FOR EACH ROW EXECUTE FUNCTION salesopp.keep_history();
	CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON salesopp.opportunity_history
		FOR EACH STATEMENT EXECUTE FUNCTION salesopp.keep_history();
END $$;

-- Tracked is what the history has a column for, but for who changed it.
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE OR REPLACE TRIGGER history_update AFTER UPDATE ON salesopp.opportunity
			FOR EACH ROW WHEN (OLD.deleted_at IS NULL <> (NEW.deleted_at IS NULL) OR %s)
			EXECUTE FUNCTION salesopp.record_history()',
			string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', h.attname), ' OR ' ORDER BY h.attnum))
		FROM pg_attribute h
		JOIN pg_attribute o ON o.attrelid = 'salesopp.opportunity'::regclass AND o.attname = h.attname
		WHERE h.attrelid = 'salesopp.opportunity_history'::regclass AND h.attnum > 0
			AND h.attname NOT IN ('organization_id', 'version', 'changed_by'));
	CREATE OR REPLACE TRIGGER history_insert AFTER INSERT ON salesopp.opportunity
		FOR EACH ROW EXECUTE FUNCTION salesopp.record_history();
END $$;

-- One at most: looked at when the statement has written all its rows, so that they can change places. The
-- positions of an opportunity's stages are looked at by follow_stage().
DO $$
DECLARE
	unique_column record;
BEGIN
	FOR unique_column IN
		SELECT c.name, c.relation, c.parent, is_new, is_other
		FROM (VALUES ('position', 'sales_process_stage', 'sales_process_id'),
			('is_primary', 'contact', 'company_id'),
			('is_your_ref', 'contact', 'company_id'),
			('is_winner', 'opportunity_competitor', 'opportunity_id')) c (name, relation, parent),
			LATERAL (SELECT CASE c.name WHEN 'position' THEN 'true' ELSE format('NEW.%I', c.name) END,
				format('OLD.%1$I <> NEW.%1$I OR OLD.%2$I <> NEW.%2$I', c.name, c.parent)) w (is_new, is_other)
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT ON salesopp.%I FOR EACH ROW
			WHEN (%s) EXECUTE FUNCTION salesopp.keep_unique(%L)',
			'unique_' || unique_column.name || '_insert', unique_column.relation, unique_column.is_new, unique_column.name);
		EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON salesopp.%I FOR EACH ROW
			WHEN ((%s) AND (%s)) EXECUTE FUNCTION salesopp.keep_unique(%L)',
			'unique_' || unique_column.name || '_update', unique_column.relation, unique_column.is_new,
			unique_column.is_other, unique_column.name);
	END LOOP;
END $$;

-- Every other table has stamps and no further rules.
DO $$
DECLARE
	unguarded regclass;
BEGIN
	FOR unguarded IN
		SELECT c.oid FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
			AND NOT EXISTS (SELECT FROM pg_trigger t
				WHERE t.tgrelid = c.oid AND t.tgname IN ('guard', 'keep'))
			AND c.relname <> 'number_series'
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER stamp BEFORE INSERT OR UPDATE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.stamp()', unguarded);
	END LOOP;
END $$;

-- Behind the guards: a session that still has the library of 1.5, which lacks this function, is told so by them.
DO $$
DECLARE
	written regclass;
BEGIN
	FOR written IN
		SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER "zz_fence" BEFORE INSERT OR UPDATE OR DELETE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.check_fence()', written);
		EXECUTE format('CREATE OR REPLACE TRIGGER "zz_fence_all" BEFORE TRUNCATE ON %s
			FOR EACH STATEMENT EXECUTE FUNCTION salesopp.check_fence()', written);
	END LOOP;
END $$;

-- PostgreSQL fires triggers in the order of their names. zz_verify is the last before a row is written, when the
-- others have filled in what they do; only triggers of users may have names behind it. 0_references is the first
-- after it, before those of the foreign keys, whose names begin with RI.
DO $$
DECLARE
	written record;
	arguments text;
BEGIN
	FOR written IN
		SELECT c.oid::regclass AS name, replace(c.relname, '_', ' ') AS kind, (
			SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', a.attname), ' OR ' ORDER BY a.attnum)
			FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname <> 'organization_id' AND EXISTS (
				SELECT FROM pg_constraint k
				WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey))) AS changes
		FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
			-- not the tables that only triggers write to
			AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('guard', 'stamp'))
	LOOP
		EXECUTE format('CREATE OR REPLACE TRIGGER zz_verify BEFORE INSERT OR UPDATE ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.verify(%L)', written.name, written.kind);
		CONTINUE WHEN written.changes IS NULL;
		arguments := quote_literal(written.kind) || CASE written.kind
			WHEN 'opportunity' THEN $text$, 'responsible_id', 'sales_process_id', 'loss_reason_id'$text$
			WHEN 'activity' THEN $text$, 'responsible_id'$text$ ELSE '' END;
		EXECUTE format('CREATE OR REPLACE TRIGGER "0_references_insert" AFTER INSERT ON %s
			FOR EACH ROW EXECUTE FUNCTION salesopp.check_references(%s)', written.name, arguments);
		EXECUTE format('CREATE OR REPLACE TRIGGER "0_references_update" AFTER UPDATE ON %s
			FOR EACH ROW WHEN (%s) EXECUTE FUNCTION salesopp.check_references(%s)',
			written.name, written.changes, arguments);
	END LOOP;
END $$;
-- Organizations on several servers: whose ids are whose, and how one is moved. The rules stand in src/table/fence.c and identity.c.

CREATE OR REPLACE FUNCTION salesopp.reserve_id(relation regclass, id bigint) RETURNS void
LANGUAGE C STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.reserve_id(regclass, bigint) IS 'Sees to it that a table gives no id up to this one any more';

CREATE OR REPLACE FUNCTION salesopp.wait_for_writers(organization_id bigint) RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wait_for_writers(bigint) IS
	'Waits until nobody writes what is of the organization, and keeps them out until the transaction ends';

CREATE OR REPLACE FUNCTION salesopp.require_organization(organization_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(EXISTS (SELECT FROM salesopp.organization o WHERE o.id = require_organization.organization_id),
		'P0002', 'no such organization: %s', 'Pass the id of a row of salesopp.organization.',
		COALESCE(organization_id::text, 'NULL'));
END;
$$;
COMMENT ON FUNCTION salesopp.require_organization(bigint) IS 'Refuses an id that no organization has';

CREATE OR REPLACE FUNCTION salesopp.fence_organization(organization_id bigint) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	instant timestamptz;
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	PERFORM salesopp.wait_for_writers(organization_id);
	instant := clock_timestamp();
	UPDATE salesopp.organization o SET fenced_at = instant
	WHERE o.id = fence_organization.organization_id AND o.fenced_at IS NULL;
	RETURN (SELECT o.fenced_at FROM salesopp.organization o WHERE o.id = fence_organization.organization_id);
END;
$$;
COMMENT ON FUNCTION salesopp.fence_organization(bigint) IS
	'Nothing of the organization is written any more, by nobody; waits for those who are writing, and returns since when. For the owner';

-- Whoever follows the changes may have read all that has come from another server, whose clock may be ahead. What is changed
-- here from now on has to count from later: not from up to a second before it is written, nor from when a transaction that is
-- open already has changed an opportunity of another organization.
CREATE OR REPLACE FUNCTION salesopp.unfence_organization(organization_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	last_change constant timestamptz := (SELECT max(h.at) FROM salesopp.opportunity_history h
		WHERE h.organization_id = unfence_organization.organization_id);
	ahead constant interval := last_change + interval '1 second' - clock_timestamp();
	deadline constant timestamptz := clock_timestamp() + greatest(ahead, interval '0') + interval '10 seconds';
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	-- before it asks what a standby cannot know
	PERFORM salesopp.require(NOT pg_is_in_recovery(), '25006', 'no fence is taken away on a standby', 'Call it on the primary.');
	PERFORM salesopp.require(ahead IS NULL OR ahead <= interval '10 seconds',
		'55000', 'the clock of this server is %s seconds behind the last change of organization %s', 'Set the clock right, or wait as long.',
		ceil(extract(epoch FROM ahead)), organization_id);
	WHILE salesopp.history_settled() < last_change LOOP
		PERFORM salesopp.require(clock_timestamp() < deadline,
			'55000', 'a transaction that is older than the last change of organization %s is changing opportunities',
			'Try again when it has ended; its lock is one of pg_locks, with the objsubid 25193.', organization_id);
		PERFORM pg_sleep(0.02);
	END LOOP;
	UPDATE salesopp.organization o SET fenced_at = NULL
	WHERE o.id = unfence_organization.organization_id AND o.fenced_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.unfence_organization(bigint) IS
	'Opposite of fence_organization(); waits until what is changed from then on counts from later than the organization''s last change. For the owner';

-- Row filters do not hold for TRUNCATE, which would empty the other server's tables for all organizations. Published is what a
-- fence keeps as it is.
CREATE OR REPLACE FUNCTION salesopp.publish_organization(organization_id bigint) RETURNS name
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	publication constant name := 'salesopp_organization_' || organization_id;
BEGIN
	PERFORM salesopp.require_organization(organization_id);
	EXECUTE (
		SELECT format('CREATE PUBLICATION %I FOR TABLE %s WITH (publish = %L)', publication,
			string_agg(format('ONLY %s WHERE (%I = %s)', c.oid::regclass, salesopp.organization_key(c.oid), organization_id), ', ' ORDER BY c.oid),
			'insert, update, delete')
		FROM pg_class c
		WHERE c.relnamespace = 'salesopp'::regnamespace
			AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'zz_fence'));
	RETURN publication;
END;
$$;
COMMENT ON FUNCTION salesopp.publish_organization(bigint) IS
	'Creates a publication of one organization''s rows in all tables, for another server to subscribe to; returns its name. For the owner';

CREATE OR REPLACE FUNCTION salesopp.advance_sequences(organization_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	identity regclass;
	last_id bigint;
BEGIN
	IF organization_id IS NOT NULL THEN
		PERFORM salesopp.require_organization(organization_id);
	END IF;
	FOR identity IN
		SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r' AND a.attidentity <> ''
	LOOP
		IF identity = 'salesopp.organization'::regclass THEN
			last_id := (SELECT max(o.id) FROM salesopp.organization o, salesopp.organization_end_of_ids e
				WHERE o.id <= e.last_value AND (advance_sequences.organization_id IS NULL OR o.id = advance_sequences.organization_id));
		ELSE
			EXECUTE format('SELECT max(l.id) FROM salesopp.organization o
				CROSS JOIN LATERAL (SELECT max(t.id) AS id FROM %s t WHERE t.organization_id = o.id) l
				WHERE $1 IS NULL OR o.id = $1', identity) INTO last_id USING organization_id;
		END IF;
		PERFORM salesopp.reserve_id(identity, last_id);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.advance_sequences(bigint) IS
	'Moves the sequences of ids beyond those that an organization, or NULL: any, has brought along past the triggers. For the owner';

-- The first id is where the sequence stands, and the last is in a sequence of its own, which a dump has, too.
CREATE OR REPLACE FUNCTION salesopp.set_organization_ids(first bigint, last bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ids constant regclass := pg_get_serial_sequence('salesopp.organization', 'id');
	reached bigint;
BEGIN
	PERFORM salesopp.require(first > 0 AND last >= first, '22023', 'not a range of ids: %s to %s',
		'Pass the first and the last id that organizations get on this server.', COALESCE(first::text, 'NULL'), COALESCE(last::text, 'NULL'));
	LOCK TABLE salesopp.organization IN SHARE ROW EXCLUSIVE MODE;
	EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', ids) INTO reached;
	PERFORM salesopp.require(reached <= last, '55000', 'organizations of this server have had ids up to %s already',
		'Choose a range that does not end before that.', reached);
	PERFORM setval('salesopp.organization_end_of_ids', last);
	PERFORM setval(ids, greatest(first, reached + 1,
		(SELECT max(o.id) + 1 FROM salesopp.organization o WHERE o.id BETWEEN first AND last)), false);
END;
$$;
COMMENT ON FUNCTION salesopp.set_organization_ids(bigint, bigint) IS
	'From which ids the organizations that are made on this server get theirs, so that no two servers give the same. For the owner';
-- Conveniences over the tables. Each acts within the current organization, starts by locking the
-- opportunity, and leaves the rules to the tables' triggers.

CREATE OR REPLACE FUNCTION salesopp.lock_opportunity(opportunity_id bigint,
	VARIADIC statuses salesopp.opportunity_status[]) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.lock_opportunity(bigint, salesopp.opportunity_status[]) IS
	'Locks an opportunity for the transaction; an error when it is not there or in none of the statuses';

CREATE OR REPLACE FUNCTION salesopp.close_won(opportunity_id bigint, actual_revenue numeric DEFAULT NULL,
	close_date date DEFAULT CURRENT_DATE, delivery_date date DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(close_won.opportunity_id, 'open');
	UPDATE salesopp.opportunity o SET
		status = 'won',
		actual_revenue = close_won.actual_revenue,
		close_date = close_won.close_date,
		delivery_date = COALESCE(close_won.delivery_date, o.delivery_date),
		status_note = close_won.note
	WHERE o.organization_id = organization AND o.id = close_won.opportunity_id
	RETURNING o.* INTO closed;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.close_won(bigint, numeric, date, date, text) IS
	'Closes an open opportunity as won; the actual revenue is the estimate unless given';

CREATE OR REPLACE FUNCTION salesopp.close_lost(opportunity_id bigint, loss_reason_id bigint DEFAULT NULL,
	winner_id bigint DEFAULT NULL, close_date date DEFAULT CURRENT_DATE,
	delivery_date date DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(close_lost.opportunity_id, 'open');
	IF close_lost.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = close_lost.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason for opportunity %s: %s'), close_lost.opportunity_id, close_lost.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	IF close_lost.winner_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization
			AND c.opportunity_id = close_lost.opportunity_id AND c.id = close_lost.winner_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('winner %s is not a competitor of opportunity %s'), close_lost.winner_id, close_lost.opportunity_id),
			HINT = salesopp.message('Add it to the competitors of the opportunity first, and pass the id that it has there.');
	END IF;
	UPDATE salesopp.opportunity_competitor c SET is_winner = c.id = close_lost.winner_id
	WHERE c.organization_id = organization AND c.opportunity_id = close_lost.opportunity_id
		AND c.is_winner <> (c.id = close_lost.winner_id);
	UPDATE salesopp.opportunity o SET
		status = 'lost',
		loss_reason_id = close_lost.loss_reason_id,
		close_date = close_lost.close_date,
		delivery_date = COALESCE(close_lost.delivery_date, o.delivery_date),
		status_note = close_lost.note
	WHERE o.organization_id = organization AND o.id = close_lost.opportunity_id
	RETURNING o.* INTO closed;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.close_lost(bigint, bigint, bigint, date, date, text) IS
	'Closes an open opportunity as lost, with the reason and the winning one of its competitors where known';

CREATE OR REPLACE FUNCTION salesopp.reopen(opportunity_id bigint, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	opened salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(reopen.opportunity_id, 'won', 'lost');
	UPDATE salesopp.opportunity o SET status = 'open', status_note = reopen.note
	WHERE o.organization_id = organization AND o.id = reopen.opportunity_id
	RETURNING o.* INTO opened;
	RETURN opened;
END;
$$;
COMMENT ON FUNCTION salesopp.reopen(bigint, text) IS
	'Opens a won or lost opportunity again; what was known about its closing stays in status_event';

CREATE OR REPLACE FUNCTION salesopp.correct_closing(opportunity_id bigint, actual_revenue numeric DEFAULT NULL,
	close_date date DEFAULT NULL, delivery_date date DEFAULT NULL, loss_reason_id bigint DEFAULT NULL,
	winner_id bigint DEFAULT NULL, note text DEFAULT NULL)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	closed salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(correct_closing.opportunity_id, 'won', 'lost');
	SELECT o.* INTO closed FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = correct_closing.opportunity_id;
	IF num_nonnulls(correct_closing.actual_revenue, correct_closing.close_date, correct_closing.delivery_date,
		correct_closing.loss_reason_id, correct_closing.winner_id) = 0
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('nothing is given to correct in the closing of opportunity %s'), closed.id),
			HINT = salesopp.message('Pass what changes; a note alone corrects nothing.');
	END IF;
	IF closed.status = 'won' AND num_nonnulls(correct_closing.loss_reason_id, correct_closing.winner_id) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s is won, and has neither a loss reason nor a winning competitor'), closed.id),
			HINT = salesopp.message('Reopen it, and close it as lost, if it was lost.');
	END IF;
	IF closed.status = 'lost' AND correct_closing.actual_revenue IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s is lost, and has no actual revenue'), closed.id),
			HINT = salesopp.message('Reopen it, and close it as won, if it was won.');
	END IF;
	IF correct_closing.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = correct_closing.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason for opportunity %s: %s'), closed.id, correct_closing.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	IF correct_closing.winner_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization AND c.opportunity_id = closed.id AND c.id = correct_closing.winner_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('winner %s is not a competitor of opportunity %s'), correct_closing.winner_id, closed.id),
			HINT = salesopp.message('Pass the id that it has in salesopp.opportunity_competitor.');
	END IF;
	PERFORM salesopp.write_correction(organization, closed.id, correct_closing.actual_revenue,
		correct_closing.close_date, correct_closing.delivery_date, correct_closing.loss_reason_id,
		correct_closing.winner_id, correct_closing.note);
	SELECT o.* INTO closed FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = correct_closing.opportunity_id;
	RETURN closed;
END;
$$;
COMMENT ON FUNCTION salesopp.correct_closing(bigint, numeric, date, date, bigint, bigint, text) IS
	'Sets facts of the closing of a won or lost opportunity right, those that are given; an event keeps them as they were';

CREATE OR REPLACE FUNCTION salesopp.write_correction(organization_id bigint, opportunity_id bigint,
	actual_revenue numeric, close_date date, delivery_date date, loss_reason_id bigint, winner_id bigint, note text)
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.write_correction(bigint, bigint, numeric, date, date, bigint, bigint, text) IS
	'What correct_closing() does when it has looked at its arguments';

CREATE OR REPLACE FUNCTION salesopp.attach_process(opportunity_id bigint, sales_process_id bigint)
RETURNS salesopp.opportunity LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	attached salesopp.opportunity;
BEGIN
	PERFORM salesopp.lock_opportunity(attach_process.opportunity_id, 'open');
	IF NOT EXISTS (SELECT FROM salesopp.sales_process p
		WHERE p.organization_id = organization AND p.id = attach_process.sales_process_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such sales process: %s'), COALESCE(attach_process.sales_process_id::text, 'NULL')),
			HINT = salesopp.message('Pass the id of a row of salesopp.sales_process.');
	END IF;
	-- the trigger refuses that a process is exchanged; taking away the one that is there already is refused alike
	UPDATE salesopp.opportunity o SET sales_process_id = NULLIF(attach_process.sales_process_id, o.sales_process_id)
	WHERE o.organization_id = organization AND o.id = attach_process.opportunity_id
	RETURNING o.* INTO attached;
	RETURN attached;
END;
$$;
COMMENT ON FUNCTION salesopp.attach_process(bigint, bigint) IS
	'Attaches a sales process to an open opportunity that has none, which gets its own copy of the stages';

CREATE OR REPLACE FUNCTION salesopp.set_stage_status(opportunity_id bigint, stage_position integer,
	status salesopp.stage_status)
RETURNS salesopp.stage LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed salesopp.stage;
BEGIN
	PERFORM salesopp.lock_opportunity(set_stage_status.opportunity_id, 'open');
	IF set_stage_status.status IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('the new status of a stage of opportunity %s must not be null'), set_stage_status.opportunity_id),
			HINT = salesopp.message('Pass pending, completed or cancelled.');
	END IF;
	UPDATE salesopp.stage s SET status = set_stage_status.status
	WHERE s.organization_id = organization
		AND s.opportunity_id = set_stage_status.opportunity_id AND s.position = stage_position
	RETURNING s.* INTO changed;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunity %s has no stage at position %s'), set_stage_status.opportunity_id, COALESCE(stage_position::text, 'NULL')),
			HINT = salesopp.message('See the positions of its stages in salesopp.stage_funnel.');
	END IF;
	RETURN changed;
END;
$$;
COMMENT ON FUNCTION salesopp.set_stage_status(bigint, integer, salesopp.stage_status) IS
	'Sets the status of one stage of an open opportunity; automatic progress follows';

CREATE OR REPLACE FUNCTION salesopp.create_organization(name text) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
	process bigint;
BEGIN
	INSERT INTO salesopp.organization (name) VALUES (create_organization.name) RETURNING id INTO made;
	INSERT INTO salesopp.sales_process (organization_id, name) VALUES (made, 'Standard sales process') RETURNING id INTO process;
	INSERT INTO salesopp.sales_process_stage (organization_id, sales_process_id, position, name, probability)
	VALUES (made, process, 1, 'Created', 0),
		(made, process, 2, 'First contact made', 25),
		(made, process, 3, 'Written quote received', 50),
		(made, process, 4, 'Verbally accepted', 75),
		(made, process, 5, 'Contract', 100);
	INSERT INTO salesopp.loss_reason (organization_id, name, is_predefined)
	VALUES (made, 'Price too high', true),
		(made, 'Competitor preferred', true),
		(made, 'Missing functionality', true),
		(made, 'Delivery time too long', true),
		(made, 'No budget', true),
		(made, 'Project cancelled or postponed', true),
		(made, 'No decision made', true),
		(made, 'No longer in contact', true),
		(made, 'Other', true);
	RETURN made;
END;
$$;
COMMENT ON FUNCTION salesopp.create_organization(text) IS
	'Makes an organization with the standard sales process and the predefined loss reasons; returns its id';
-- Operations on many opportunities at once. Rows are locked in the order of their ids, so that two
-- such calls never wait for each other in a circle. Every id that was passed gets its outcome, in
-- the order in which they were passed.
--
-- What an operation does to the opportunities that are locked is a function bulk_...() of two arguments; it returns,
-- by id, why some were refused. run_bulk_change() locks them, has it done, and notes what it has changed, so that
-- it can be undone.

-- run_bulk_change() locks in the same way; this is for statements of one's own.
CREATE OR REPLACE FUNCTION salesopp.lock_opportunities(opportunity_ids bigint[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	locked bigint;
BEGIN
	PERFORM FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)
	ORDER BY o.id FOR NO KEY UPDATE;
	GET DIAGNOSTICS locked = ROW_COUNT;
	RETURN locked;
END;
$$;
COMMENT ON FUNCTION salesopp.lock_opportunities(bigint[]) IS
	'Locks opportunities for the transaction, deleted ones too; returns how many there are';

CREATE OR REPLACE FUNCTION salesopp.bulk_outcomes(opportunity_ids bigint[], found bigint[], changed bigint[],
	refused bigint[], why_unchanged text, why_refused text)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT passed.id,
		CASE WHEN f.id IS NULL THEN 'not found'
			WHEN r.id IS NOT NULL THEN 'refused'
			WHEN c.id IS NOT NULL AND passed.mention = 1 THEN 'changed'
			ELSE 'unchanged' END,
		CASE WHEN passed.id IS NULL THEN salesopp.message('the id is NULL')
			WHEN f.id IS NULL THEN format(salesopp.message('no such opportunity: %s'), passed.id)
			WHEN r.id IS NOT NULL THEN format(why_refused, passed.id)
			WHEN c.id IS NULL THEN format(why_unchanged, passed.id)
			WHEN passed.mention > 1 THEN format(salesopp.message('opportunity %s was passed more than once'), passed.id)
		END
	FROM (
		SELECT p.id, p.ordinal, row_number() OVER (PARTITION BY p.id ORDER BY p.ordinal) AS mention
		FROM unnest(opportunity_ids) WITH ORDINALITY p (id, ordinal)
	) passed
	LEFT JOIN unnest(found) f (id) ON f.id = passed.id
	LEFT JOIN unnest(changed) c (id) ON c.id = passed.id
	LEFT JOIN unnest(refused) r (id) ON r.id = passed.id
	ORDER BY passed.ordinal;
END;
COMMENT ON FUNCTION salesopp.bulk_outcomes(bigint[], bigint[], bigint[], bigint[], text, text) IS
	'What became of each opportunity that was passed to a bulk operation';

CREATE OR REPLACE FUNCTION salesopp.bulk_outcomes(opportunity_ids bigint[], found bigint[], changed bigint[],
	refusals jsonb, why_unchanged text)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT b.opportunity_id, b.outcome, COALESCE(refusals ->> b.opportunity_id::text, b.detail)
	FROM salesopp.bulk_outcomes(opportunity_ids, found, changed,
		ARRAY(SELECT k.id::bigint FROM jsonb_object_keys(refusals) k (id)), why_unchanged, NULL) b;
END;
COMMENT ON FUNCTION salesopp.bulk_outcomes(bigint[], bigint[], bigint[], jsonb, text) IS
	'What became of each opportunity that was passed to a bulk operation, with a reason of its own for each that was refused';

CREATE OR REPLACE FUNCTION salesopp.run_bulk_change(operation text, arguments jsonb, opportunity_ids bigint[],
	OUT changed bigint[], OUT refusals jsonb)
LANGUAGE C STRICT SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.run_bulk_change(text, jsonb, bigint[]) IS
	'Locks opportunities, does to them what the bulk_ function of that name does, and notes what has changed';

CREATE OR REPLACE FUNCTION salesopp.bulk_set_status(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	new_status constant salesopp.opportunity_status := arguments ->> 'status';
	new_note constant text := arguments ->> 'note';
	reason constant bigint := arguments ->> 'loss_reason_id';
	present constant bigint[] := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL);
	marked bigint;
	message text;
	refusals jsonb := '{}';		-- by id, in the words of the trigger
	refused bigint[];
BEGIN
	-- from won to lost, or back, the way leads through open
	UPDATE salesopp.opportunity o SET status = 'open', status_note = new_note
	WHERE o.organization_id = organization AND o.id = ANY (present)
		AND o.status NOT IN ('open', new_status) AND new_status <> 'open';

	-- With a winner's mark, the trigger may refuse to have it won: each is tried for itself, so that the others are
	-- changed all the same.
	FOR marked IN
		SELECT DISTINCT w.opportunity_id FROM salesopp.opportunity_competitor w
		WHERE w.organization_id = organization AND w.opportunity_id = ANY (present) AND w.is_winner
			AND new_status = 'won'
		ORDER BY 1
	LOOP
		BEGIN
			UPDATE salesopp.opportunity o SET status = new_status, status_note = new_note
			WHERE o.organization_id = organization AND o.id = marked AND o.status <> new_status;
		EXCEPTION WHEN check_violation THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
			refusals := refusals || jsonb_build_object(marked, message);
		END;
	END LOOP;
	refused := ARRAY(SELECT k.id::bigint FROM jsonb_object_keys(refusals) k (id));

	UPDATE salesopp.opportunity o SET status = new_status, status_note = new_note,
		loss_reason_id = COALESCE(reason, o.loss_reason_id)
	WHERE o.organization_id = organization AND o.id = ANY (present)
		AND o.status <> new_status AND o.id <> ALL (refused);
	RETURN refusals;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_set_status(bigint[], jsonb) IS
	'What set_status() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	done record;
BEGIN
	IF set_status.status IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the new status must not be null'),
			HINT = salesopp.message('Pass open, won or lost.');
	END IF;
	SELECT r.changed, r.refusals INTO done FROM salesopp.run_bulk_change('set_status',
		jsonb_strip_nulls(jsonb_build_object('status', set_status.status, 'note', set_status.note)), opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o
			WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL),
		done.changed, done.refusals, format(salesopp.message('opportunity %s is %s already'), '%s', set_status.status));
END;
$$;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, text) IS
	'Sets many opportunities to won, lost or open; returns the outcome of each: changed, unchanged, not found or refused';

-- A second function, and not a parameter more of the first: with one more it would be another function, to which
-- the roles that were granted the first, in this database or by a dump, had no right.
CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	loss_reason_id bigint, note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	done record;
BEGIN
	IF set_status.status IS DISTINCT FROM 'lost' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('a loss reason does not go with the status %s'), COALESCE(set_status.status::text, 'NULL')),
			HINT = salesopp.message('Pass lost, or leave the loss reason out.');
	END IF;
	IF set_status.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
		WHERE r.organization_id = organization AND r.id = set_status.loss_reason_id)
	THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such loss reason: %s'), set_status.loss_reason_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.loss_reason, or NULL.');
	END IF;
	SELECT r.changed INTO done FROM salesopp.run_bulk_change('set_status', jsonb_strip_nulls(jsonb_build_object(
		'status', set_status.status, 'loss_reason_id', set_status.loss_reason_id, 'note', set_status.note)), opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o
			WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL),
		done.changed, NULL, salesopp.message('opportunity %s is lost already'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, bigint, text) IS
	'Sets many opportunities to lost with one reason; returns the outcome of each: changed, unchanged or not found';

CREATE OR REPLACE FUNCTION salesopp.bulk_delete(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET deleted_at = now()
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_delete(bigint[], jsonb) IS
	'What delete_opportunities() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.delete_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed bigint[];
BEGIN
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('delete', '{}', opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)),
		changed, NULL, salesopp.message('opportunity %s is deleted already'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.delete_opportunities(bigint[]) IS
	'Deletes opportunities, with all that belongs to them, until they are restored; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.bulk_restore(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET deleted_at = NULL
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids) AND o.deleted_at IS NOT NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_restore(bigint[], jsonb) IS
	'What restore_opportunities() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.restore_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed bigint[];
BEGIN
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('restore', '{}', opportunity_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(opportunity_ids,
		ARRAY(SELECT o.id FROM salesopp.opportunity o WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)),
		changed, NULL, salesopp.message('opportunity %s is not deleted'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.restore_opportunities(bigint[]) IS
	'Brings deleted opportunities back; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.bulk_reassign(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	UPDATE salesopp.opportunity o SET responsible_id = (arguments ->> 'to_employee')::bigint
	WHERE o.organization_id = organization AND o.id = ANY (opportunity_ids)
		-- until it was locked, it may have become another's
		AND o.responsible_id = (arguments ->> 'from_employee')::bigint AND o.status = 'open' AND o.deleted_at IS NULL;
	RETURN NULL;
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_reassign(bigint[], jsonb) IS
	'What reassign() does to the opportunities that it has locked';

CREATE OR REPLACE FUNCTION salesopp.reassign(from_employee bigint, to_employee bigint, criteria jsonb DEFAULT '{}')
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	unknown bigint;
	found_ids bigint[];
	changed bigint[];
BEGIN
	IF num_nulls(from_employee, to_employee) > 0 OR from_employee = to_employee THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('opportunities are handed over from one employee to another'),
			HINT = salesopp.message('Pass the ids of two rows of salesopp.employee.');
	END IF;
	SELECT p.id INTO unknown FROM unnest(ARRAY[from_employee, to_employee]) WITH ORDINALITY p (id, ordinal)
	WHERE NOT EXISTS (SELECT FROM salesopp.employee e WHERE e.organization_id = organization AND e.id = p.id)
	ORDER BY p.ordinal LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such employee: %s'), unknown),
			HINT = salesopp.message('Pass the ids of two rows of salesopp.employee.');
	END IF;
	IF criteria ? 'responsible_id' THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the criteria must not name responsible_id'),
			HINT = salesopp.message('It is the employee whose opportunities are handed over.');
	END IF;
	found_ids := ARRAY(SELECT s.id
		FROM salesopp.search(COALESCE(criteria, '{}') || jsonb_build_object('responsible_id', from_employee), 'id', NULL) s
		WHERE s.status = 'open' ORDER BY s.id);
	SELECT r.changed INTO changed FROM salesopp.run_bulk_change('reassign', jsonb_build_object(
		'from_employee', from_employee, 'to_employee', to_employee, 'criteria', COALESCE(criteria, '{}')), found_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(found_ids, found_ids, changed, NULL,
		salesopp.message('opportunity %s has been closed, deleted or handed over by somebody else meanwhile'), NULL);
END;
$$;
COMMENT ON FUNCTION salesopp.reassign(bigint, bigint, jsonb) IS
	'Makes another employee responsible for the open opportunities of one who leaves, those that meet the criteria; returns the outcome of each: changed or unchanged';
-- Changes of many opportunities, and imports, are taken back: each that has not been changed since becomes what it was. An undo is a
-- change of many itself, so it can be undone.

CREATE OR REPLACE FUNCTION salesopp.changed_since(opportunity_id bigint, changed_by text, changed_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN format(CASE WHEN changed_by IS NULL THEN salesopp.message('opportunity %1$s has been changed since, at %2$s')
	ELSE salesopp.message('opportunity %1$s has been changed since, by %3$s at %2$s') END, opportunity_id, changed_at, changed_by);
COMMENT ON FUNCTION salesopp.changed_since(bigint, text, timestamptz) IS
	'Why what was done to an opportunity is not undone: the initials of who has changed it, or NULL, and when';

CREATE OR REPLACE FUNCTION salesopp.bulk_undo(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	batch constant bigint := arguments ->> 'bulk_change_id';
	item record;
	problem text;
	accepted bigint[] := '{}';
	transitions bigint[] := '{}';
	refused text[] := '{}';
	problems text[] := '{}';
BEGIN
	FOR item IN
		-- what has been undone can be done again, by undoing the undo, and so on: of these, the last one counts
		WITH RECURSIVE undo AS (
			SELECT batch AS id, false AS is_undone
			UNION ALL
			SELECT c.id, NOT u.is_undone
			FROM undo u JOIN salesopp.bulk_change c ON c.organization_id = organization AND c.operation = 'undo'
				AND (c.arguments ->> 'bulk_change_id')::bigint = u.id
		), latest AS (
			SELECT DISTINCT ON (l.opportunity_id) l.opportunity_id, u.is_undone, l.version_after, l.winner_after
			FROM undo u JOIN salesopp.bulk_change_opportunity l ON l.organization_id = organization AND l.bulk_change_id = u.id
			WHERE l.opportunity_id = ANY (opportunity_ids)
			ORDER BY l.opportunity_id, l.version_after DESC
		)
		SELECT o.id, o.changed_at, e.initials AS changed_by,
			was.status AS status_before, was.loss_reason_id, was.responsible_id, b.winner_before,
			was.status IS NULL AS is_unknown, was.status <> o.status AS is_transition,
			was.responsible_id IS DISTINCT FROM o.responsible_id AS is_handover,
			latest.version_after <> o.version AS is_changed, latest.winner_after IS DISTINCT FROM w.id AS is_marked
		FROM latest
		JOIN salesopp.bulk_change_opportunity b ON b.organization_id = organization AND b.bulk_change_id = batch
			AND b.opportunity_id = latest.opportunity_id
		JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = b.opportunity_id
		LEFT JOIN LATERAL (
			SELECT h.* FROM salesopp.opportunity_history h
			WHERE h.organization_id = organization AND h.opportunity_id = b.opportunity_id AND h.version <= b.version_before
			ORDER BY h.version DESC LIMIT 1) was ON true
		LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = organization
			AND w.opportunity_id = b.opportunity_id AND w.is_winner
		LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.id = o.changed_by
		WHERE NOT latest.is_undone
		ORDER BY o.id
	LOOP
		problem := CASE
			WHEN item.is_changed THEN
				salesopp.changed_since(item.id, item.changed_by, item.changed_at)
			WHEN item.is_unknown THEN format(salesopp.message('opportunity %s has no history of what it was before'), item.id)
			WHEN item.is_handover AND item.responsible_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.employee e
				WHERE e.organization_id = organization AND e.id = item.responsible_id)
				THEN format(salesopp.message('opportunity %s belonged to employee %s, who is not there any more'), item.id, item.responsible_id)
			WHEN NOT item.is_transition THEN NULL
			WHEN item.is_marked THEN format(salesopp.message('opportunity %s has got or lost a winner''s mark since'), item.id)
			WHEN item.status_before = 'won' AND item.winner_before IS NOT NULL
				THEN format(salesopp.message('opportunity %s was won while a competitor was marked as its winner, which cannot be any more'), item.id)
			WHEN item.winner_before IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.opportunity_competitor c
				WHERE c.organization_id = organization AND c.opportunity_id = item.id AND c.id = item.winner_before)
				THEN format(salesopp.message('opportunity %s no longer has the competitor who was marked as its winner'), item.id)
			WHEN item.loss_reason_id IS NOT NULL AND NOT EXISTS (SELECT FROM salesopp.loss_reason r
				WHERE r.organization_id = organization AND r.id = item.loss_reason_id)
				THEN format(salesopp.message('opportunity %s was lost for reason %s, which is not there any more'), item.id, item.loss_reason_id) END;
		IF problem IS NOT NULL THEN
			refused := refused || item.id::text;
			problems := problems || problem;
			CONTINUE;
		END IF;
		IF item.is_handover AND NOT has_function_privilege('salesopp.reassign(bigint, bigint, jsonb)', 'EXECUTE') THEN
			RAISE EXCEPTION USING ERRCODE = '42501',
				MESSAGE = format(salesopp.message('opportunity %s was handed over, which only managers can undo'), item.id),
				HINT = salesopp.message('Have a manager call salesopp.undo_bulk_change().');
		END IF;

		accepted := accepted || item.id;
		IF item.is_transition THEN
			transitions := transitions || item.id;
		END IF;
	END LOOP;

	-- a closing is put back by way of the open opportunity, whose winner can be marked
	UPDATE salesopp.opportunity o SET status = 'open', status_note = b.status_note_before
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (transitions)
		AND o.organization_id = organization AND o.id = b.opportunity_id AND o.status <> 'open';
	UPDATE salesopp.opportunity_competitor w SET is_winner = true
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (transitions)
		AND w.organization_id = organization AND w.id = b.winner_before AND NOT w.is_winner;
	UPDATE salesopp.opportunity o SET status = was.status, closed_at = b.closed_before, close_date = was.close_date,
		actual_revenue = was.actual_revenue, loss_reason_id = was.loss_reason_id, status_note = b.status_note_before,
		deleted_at = b.deleted_before, responsible_id = was.responsible_id
	FROM salesopp.bulk_change_opportunity b
	CROSS JOIN LATERAL (
		SELECT h.* FROM salesopp.opportunity_history h
		WHERE h.organization_id = organization AND h.opportunity_id = b.opportunity_id AND h.version <= b.version_before
		ORDER BY h.version DESC LIMIT 1) was
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted)
		AND o.organization_id = organization AND o.id = b.opportunity_id
		AND (o.status, o.deleted_at, o.responsible_id) IS DISTINCT FROM (was.status, b.deleted_before, was.responsible_id);
	RETURN jsonb_object(refused, problems);
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_undo(bigint[], jsonb) IS
	'What undo_bulk_change() does to the opportunities that it has locked';

-- What an import made is deleted, and gives its external id up, so that it can be imported anew. What it changed becomes what it
-- was, but for a sales process that came with it, which stays.
CREATE OR REPLACE FUNCTION salesopp.bulk_undo_import(opportunity_ids bigint[], arguments jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	batch constant bigint := arguments ->> 'bulk_change_id';
	undone constant bigint[] := ARRAY(SELECT l.opportunity_id FROM salesopp.bulk_change c
		JOIN salesopp.bulk_change_opportunity l ON l.organization_id = organization AND l.bulk_change_id = c.id
		WHERE c.organization_id = organization AND c.operation = 'undo_import' AND (c.arguments ->> 'bulk_change_id')::bigint = batch);
	refusals jsonb;
	accepted bigint[];
BEGIN
	SELECT jsonb_object_agg(o.id, salesopp.changed_since(o.id, e.initials, o.changed_at))
			FILTER (WHERE o.version <> b.version_after),
		array_agg(o.id) FILTER (WHERE o.version = b.version_after)
	INTO refusals, accepted
	FROM salesopp.bulk_change_opportunity b
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = b.opportunity_id
	LEFT JOIN salesopp.employee e ON e.organization_id = organization AND e.id = o.changed_by
	WHERE b.organization_id = organization AND b.bulk_change_id = batch
		AND b.opportunity_id = ANY (opportunity_ids) AND b.opportunity_id <> ALL (undone);

	UPDATE salesopp.opportunity o SET deleted_at = now(), external_id = NULL
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before = 0
		AND o.organization_id = organization AND o.id = b.opportunity_id;

	-- what the import has closed is open again before anything else is put back
	UPDATE salesopp.opportunity o SET status = 'open'
	FROM salesopp.bulk_change_opportunity b
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before > 0
		AND o.organization_id = organization AND o.id = b.opportunity_id AND o.status <> 'open';
	UPDATE salesopp.stage s SET status = w.status
	FROM salesopp.bulk_change_opportunity b
	CROSS JOIN (VALUES (salesopp.stage_status 'completed'), (salesopp.stage_status 'pending')) w (status)
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.values_before ? 'stage_reached'
		AND s.organization_id = organization AND s.opportunity_id = b.opportunity_id AND s.status NOT IN ('cancelled', w.status)
		AND (w.status = 'completed') = (s.position <= COALESCE((b.values_before ->> 'stage_reached')::integer, 0));
	UPDATE salesopp.opportunity o SET
		subject = was.subject, company_id = was.company_id, contact_id = was.contact_id, project_id = was.project_id,
		responsible_id = was.responsible_id, department_id = was.department_id, sales_region_id = was.sales_region_id,
		estimated_revenue = was.estimated_revenue, progress_method = was.progress_method,
		progress = CASE WHEN was.progress_method = 'manual' THEN was.progress ELSE o.progress END,
		priority = was.priority, rating = was.rating, forecast_category = was.forecast_category, decision_date = was.decision_date,
		delivery_date = was.delivery_date, note = was.note, custom = was.custom, external_id = was.external_id
	FROM salesopp.bulk_change_opportunity b
	JOIN salesopp.opportunity present ON present.organization_id = organization AND present.id = b.opportunity_id
	CROSS JOIN LATERAL jsonb_populate_record(present, b.values_before) was
	WHERE b.organization_id = organization AND b.bulk_change_id = batch AND b.opportunity_id = ANY (accepted) AND b.version_before > 0
		AND o.organization_id = organization AND o.id = b.opportunity_id;
	RETURN COALESCE(refusals, '{}');
END;
$$;
COMMENT ON FUNCTION salesopp.bulk_undo_import(bigint[], jsonb) IS
	'What undo_bulk_change() does to the opportunities of an import that it has locked';

CREATE OR REPLACE FUNCTION salesopp.undo_bulk_change(batch_id bigint)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	changed_ids constant bigint[] := ARRAY(SELECT b.opportunity_id FROM salesopp.bulk_change_opportunity b
		WHERE b.organization_id = organization AND b.bulk_change_id = batch_id ORDER BY b.opportunity_id);
	operation text;
	done record;
BEGIN
	IF batch_id IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = salesopp.message('the id of the bulk change must not be null'),
			HINT = salesopp.message('Pass the id of a row of salesopp.bulk_change.');
	END IF;
	SELECT CASE c.operation WHEN 'import' THEN 'undo_import' ELSE 'undo' END INTO operation
	FROM salesopp.bulk_change c WHERE c.organization_id = organization AND c.id = batch_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'P0002',
			MESSAGE = format(salesopp.message('no such bulk change: %s'), batch_id),
			HINT = salesopp.message('Pass the id of a row of salesopp.bulk_change; salesopp.last_bulk_change() is your last one.');
	END IF;
	SELECT r.changed, r.refusals INTO done
	FROM salesopp.run_bulk_change(operation, jsonb_build_object('bulk_change_id', batch_id), changed_ids) r;
	RETURN QUERY SELECT * FROM salesopp.bulk_outcomes(changed_ids, changed_ids, done.changed, done.refusals,
		salesopp.message('opportunity %s has been put back already'));
END;
$$;
COMMENT ON FUNCTION salesopp.undo_bulk_change(bigint) IS
	'Puts the opportunities of a bulk change back to what they were; returns the outcome of each: changed, unchanged or refused';

CREATE OR REPLACE FUNCTION salesopp.last_bulk_change() RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	employee constant bigint := salesopp.current_employee();
BEGIN
	RETURN (SELECT c.id FROM salesopp.bulk_change c
		WHERE c.organization_id = organization AND c.changed_by IS NOT DISTINCT FROM employee
		-- by ids only where all are of one server: another gives its own
		ORDER BY c.at DESC, c.id DESC LIMIT 1);
END;
$$;
COMMENT ON FUNCTION salesopp.last_bulk_change() IS
	'The last bulk change by the employee of this session; NULL: none';
-- Opportunities made from others and from calls.

CREATE OR REPLACE FUNCTION salesopp.copy_opportunity(opportunity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	source salesopp.opportunity;
	copied salesopp.opportunity;
	competitor salesopp.opportunity_competitor;
BEGIN
	PERFORM salesopp.lock_opportunity(opportunity_id, 'open', 'won', 'lost');
	SELECT o.* INTO source FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = copy_opportunity.opportunity_id;
	INSERT INTO salesopp.opportunity (organization_id, copied_from_id, estimated_revenue,
		progress, progress_method, priority, decision_date, delivery_date, rating,
		responsible_id, company_id, contact_id, project_id, department_id, sales_region_id,
		sales_process_id, subject, note, custom)
	VALUES (organization, source.id, source.estimated_revenue,
		-- automatic progress comes with the stages
		CASE WHEN source.progress_method = 'manual' THEN source.progress ELSE 0 END,
		source.progress_method, source.priority, source.decision_date, source.delivery_date, source.rating,
		source.responsible_id, source.company_id, source.contact_id, source.project_id, source.department_id,
		source.sales_region_id, source.sales_process_id, source.subject, source.note, source.custom)
	RETURNING * INTO copied;

	-- one by one: on a distributed engine, those under row security cannot insert what a query with ids of its own gives
	FOR competitor IN
		SELECT c.* FROM salesopp.opportunity_competitor c
		WHERE c.organization_id = organization AND c.opportunity_id = copy_opportunity.opportunity_id
		ORDER BY c.id
	LOOP
		INSERT INTO salesopp.opportunity_competitor (organization_id, opportunity_id, competitor_id, name, threat, note)
		VALUES (organization, copied.id, competitor.competitor_id, competitor.name, competitor.threat, competitor.note);
	END LOOP;
	INSERT INTO salesopp.opportunity_group_value (organization_id, opportunity_id, group_value_id)
	SELECT g.organization_id, copied.id, g.group_value_id
	FROM salesopp.opportunity_group_value g
	WHERE g.organization_id = organization AND g.opportunity_id = copy_opportunity.opportunity_id;

	-- with the progress that came with the stages
	SELECT o.* INTO copied FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = copied.id;
	RETURN copied;
END;
$$;
COMMENT ON FUNCTION salesopp.copy_opportunity(bigint) IS
	'A new open opportunity with the same details, competitors, groups, custom fields and stages';

-- Left out is what would be refused by now: a responsible employee who has left, a contact or a project that has
-- gone to another customer.
CREATE OR REPLACE FUNCTION salesopp.create_from_call(activity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	call salesopp.activity;
	contact salesopp.contact;
	project salesopp.project;
	responsible bigint;
	created salesopp.opportunity;
BEGIN
	PERFORM salesopp.require(activity_id IS NOT NULL,
		'22023', 'the id of the call must not be null', 'Pass the id of a row of salesopp.activity of the kind call.');
	SELECT a.* INTO call FROM salesopp.activity a
	WHERE a.organization_id = organization AND a.id = create_from_call.activity_id AND a.kind = 'call'
	FOR NO KEY UPDATE;
	PERFORM salesopp.require(FOUND, 'P0002', 'no such call: %s', 'Pass the id of a row of salesopp.activity of the kind call.', activity_id);

	SELECT c.* INTO contact FROM salesopp.contact c
	WHERE c.organization_id = organization AND c.id = call.contact_id;
	SELECT p.* INTO project FROM salesopp.project p
	WHERE p.organization_id = organization AND p.id = call.project_id;
	call.company_id := COALESCE(call.company_id, contact.company_id, project.company_id);
	SELECT e.id INTO responsible FROM salesopp.employee e
	WHERE e.organization_id = organization AND e.id = call.responsible_id AND e.is_active;

	INSERT INTO salesopp.opportunity (organization_id, subject, company_id, contact_id, project_id,
		note, responsible_id)
	VALUES (organization, call.subject, call.company_id,
		CASE WHEN contact.company_id = call.company_id THEN contact.id END,
		CASE WHEN project.company_id = call.company_id OR project.company_id IS NULL THEN project.id END,
		call.body, responsible)
	RETURNING * INTO created;
	UPDATE salesopp.activity a SET opportunity_id = created.id
	WHERE a.organization_id = organization AND a.id = call.id AND a.opportunity_id IS NULL;
	RETURN created;
END;
$$;
COMMENT ON FUNCTION salesopp.create_from_call(bigint) IS
	'A new opportunity with the subject, company, contact, project, note and responsible of a logged phone call, which is linked to it';
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
-- Duplicates become one. What refers to them is found in the catalog: src/opportunity/merge.c.

CREATE OR REPLACE FUNCTION salesopp.merge_companies(kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.merge_companies(bigint, bigint[]) IS
	'Moves everything that refers to the merged companies to the kept one, and removes them; returns how many rows of which table were moved';

CREATE OR REPLACE FUNCTION salesopp.merge_contacts(kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.merge_contacts(bigint, bigint[]) IS
	'Moves everything that refers to the merged contacts to the kept one, and removes them; returns how many rows of which table were moved';
-- Which rows may be the same company, contact or opportunity: pairs, to look at and to merge.

CREATE OR REPLACE FUNCTION salesopp.plain_name(name text, of_company boolean) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.plain_name(text, boolean) IS
	'What is the same of names that people take for one: without case, accents, punctuation and, of a company, its legal form';

CREATE OR REPLACE FUNCTION salesopp.name_likeness(plain_name text, other text) RETURNS real
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.name_likeness(text, text) IS
	'How alike two plain names are, from 0 to 1: the part of their trigrams that they share, as pg_trgm''s similarity()';

CREATE OR REPLACE FUNCTION salesopp.like_names(ids bigint[], scopes bigint[], plain_names text[], at_least real)
RETURNS TABLE (id bigint, other_id bigint, likeness real)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.like_names(bigint[], bigint[], text[], real) IS
	'Which names are alike, among those of the same scope: pairs of ids, the lower one first; of names that are the same, each with the first';

CREATE OR REPLACE FUNCTION salesopp.find_duplicates(kind text, at_least real DEFAULT 0.6)
RETURNS TABLE (id bigint, name text, other_id bigint, other_name text, likeness real, reasons text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	-- what more than so many have is nobody's own: a switchboard, the mailbox of a building, somebody's provider
	most_sharing constant integer := 10;
	-- that everybody can have a mailbox at: the first part of the domain, whatever the country
	providers constant text[] := '{126,163,aim,aol,att,bellsouth,bigpond,bluewin,bredband,broadpark,btinternet,charter,comcast,comhem,cox,
		earthlink,fastmail,frisurf,freemail,freenet,free,getmail,gmail,gmx,googlemail,hotmail,hushmail,icloud,inbox,interia,juno,laposte,
		libero,live,lycos,lyse,mac,mail,me,msn,naver,ntlworld,o2,online,orange,outlook,passport,pm,posteo,proton,protonmail,qq,rambler,
		rediffmail,rocketmail,sbcglobal,seznam,sfr,shaw,sina,sky,spray,start,sympatico,t-online,talktalk,telenet,telia,tiscali,tuta,
		tutanota,uol,verizon,virgilio,virginmedia,wanadoo,web,wp,yahoo,yandex,yeah,ymail,ziggo,zoho}';
BEGIN
	PERFORM salesopp.require(kind IN ('company', 'contact', 'opportunity'),
		'22023', 'unknown kind of duplicates: %L', 'Pass company, contact or opportunity.', kind);
	PERFORM salesopp.require(at_least BETWEEN 0.3 AND 1,
		'22023', 'names cannot be alike by %s', 'Pass a likeness from 0.3 to 1.', COALESCE(at_least::text, 'NULL'));
	RETURN QUERY
	WITH item AS MATERIALIZED (
		SELECT i.*, salesopp.plain_name(i.name, find_duplicates.kind = 'company') AS plain_name
		FROM (
			SELECT c.id, 0::bigint AS scope, c.name, ARRAY[c.email] AS mails, ARRAY[c.phone] AS phones
			FROM salesopp.company c
			WHERE find_duplicates.kind = 'company' AND c.organization_id = organization
			UNION ALL
			-- people of other companies have the same names
			SELECT c.id, c.company_id, concat_ws(' ', c.first_name, c.last_name), ARRAY[c.email], ARRAY[c.mobile, c.direct_phone]
			FROM salesopp.contact c
			WHERE find_duplicates.kind = 'contact' AND c.organization_id = organization
			UNION ALL
			-- so have things that other companies want, and what was decided counts no more
			SELECT o.id, COALESCE(o.company_id, 0), o.subject, NULL, NULL
			FROM salesopp.opportunity o
			WHERE find_duplicates.kind = 'opportunity' AND o.organization_id = organization AND o.status = 'open' AND o.deleted_at IS NULL
		) i
	), mail AS MATERIALIZED (
		SELECT i.id, lower(substring(given.mail FROM '[^[:space:]<>()",:;]+@[^[:space:]<>()",:;]+')) AS mail
		FROM item i, unnest(i.mails) given (mail)
	), phone AS MATERIALIZED (
		-- the first number that stands there, without what is dialled only from some places
		SELECT i.id, ltrim(regexp_replace(regexp_replace(regexp_replace(digits.digits, '^00|^\+(?=0)', '+'),
			'^(\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])\d)|1(?=\d{10}$))', ''), '\D', '', 'g'), '0') AS phone
		FROM item i, unnest(i.phones) given (phone),
			regexp_replace(substring(given.phone FROM '[+0-9](?:[^[:alpha:]/;,0-9+]*[0-9])*'), '[^0-9+]', '', 'g') digits (digits)
	), value AS (
		SELECT m.id, 'email' AS reason, m.mail AS value FROM mail m WHERE m.mail IS NOT NULL
		UNION ALL
		SELECT m.id, 'domain', split_part(m.mail, '@', 2) FROM mail m
		WHERE find_duplicates.kind = 'company' AND split_part(split_part(m.mail, '@', 2), '.', 1) <> ALL (providers)
		UNION ALL
		-- not what is typed where a number is demanded
		SELECT p.id, 'phone', p.phone FROM phone p
		WHERE length(p.phone) >= 6 AND p.phone !~ '^(\d)\1*$' AND p.phone NOT IN ('123456', '1234567', '12345678', '123456789', '1234567890')
	), pair AS (
		SELECT n.id, n.other_id, CASE find_duplicates.kind WHEN 'opportunity' THEN 'subject' ELSE 'name' END AS reason
		FROM salesopp.like_names(ARRAY(SELECT i.id FROM item i ORDER BY i.id), ARRAY(SELECT i.scope FROM item i ORDER BY i.id),
			ARRAY(SELECT i.plain_name FROM item i ORDER BY i.id), at_least) n
		UNION ALL
		SELECT a.id, b.id, shared.reason
		FROM (
			SELECT v.reason, array_agg(DISTINCT v.id) AS ids
			FROM value v
			GROUP BY v.reason, v.value
			HAVING count(DISTINCT v.id) BETWEEN 2 AND most_sharing
		) shared, unnest(shared.ids) a (id), unnest(shared.ids) b (id)
		WHERE a.id < b.id
	), found AS (
		SELECT p.id, p.other_id, array_agg(DISTINCT p.reason) AS reasons
		FROM pair p
		GROUP BY p.id, p.other_id
	)
	SELECT f.id, i.name, f.other_id, o.name, l.likeness, l.reasons
	FROM found f
	JOIN item i ON i.id = f.id
	JOIN item o ON o.id = f.other_id
	CROSS JOIN LATERAL (
		SELECT CASE WHEN replace(i.plain_name, ' ', '') = replace(o.plain_name, ' ', '') THEN 1
				ELSE salesopp.name_likeness(i.plain_name, o.plain_name) END AS likeness,
			CASE WHEN 'email' = ANY (f.reasons) THEN array_remove(f.reasons, 'domain') ELSE f.reasons END AS reasons) l
	ORDER BY cardinality(l.reasons) DESC, l.likeness DESC, f.id, f.other_id;
END;
$$;
COMMENT ON FUNCTION salesopp.find_duplicates(text, real) IS
	'Pairs of companies, contacts or open opportunities that may be the same, with the reasons: name or subject, email, phone, domain; those with most reasons first';
-- Where the file of another system is read to. The headings are read in src/import/csv_header.c.

-- Without a search path of its own: the table is named in the caller's.
CREATE OR REPLACE FUNCTION salesopp.make_staging(name text, header text) RETURNS regclass
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.make_staging(text, text) IS
	'Makes a table of texts for a CSV file, by its header line; a temporary one, unless the name has a schema';

CREATE OR REPLACE FUNCTION salesopp.load_file(name text, file bytea, encoding text DEFAULT NULL, delimiter text DEFAULT NULL)
RETURNS TABLE (line_number bigint, remark text)
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'load_csv_file';
COMMENT ON FUNCTION salesopp.load_file(text, bytea, text, text) IS
	'Makes a table of texts for a CSV file and fills it with all lines, also of one that COPY refuses; returns what was not as it should be';
-- An organization with everything that belongs to it, as lines of JSON, and an organization made of such lines.

-- The catalog says which tables there are, and in which order: what a table refers to stands before it.
CREATE OR REPLACE FUNCTION salesopp.organization_tables() RETURNS regclass[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	remaining regclass[] := ARRAY(SELECT c.oid FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		ORDER BY c.relname COLLATE "C");
	placed regclass[] := '{}';
	next_ones regclass[];
BEGIN
	IF salesopp.is_distributed() THEN
		remaining := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE NOT relation_is_a_known_shard(r.relation) ORDER BY r.position);
	END IF;
	WHILE remaining <> '{}' LOOP
		next_ones := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE NOT EXISTS (SELECT FROM pg_constraint k
				WHERE k.contype = 'f' AND k.conrelid = r.relation AND k.confrelid <> r.relation AND k.confrelid = ANY (remaining))
			ORDER BY r.position);
		PERFORM salesopp.require(next_ones <> '{}', '0A000', 'foreign keys lead from these tables in a circle: %s',
			'Drop one that you have added.', array_to_string(remaining, ', '));
		placed := placed || next_ones;
		remaining := ARRAY(SELECT r.relation FROM unnest(remaining) WITH ORDINALITY r (relation, position)
			WHERE r.relation <> ALL (next_ones) ORDER BY r.position);
	END LOOP;
	RETURN placed;
END;
$$;
COMMENT ON FUNCTION salesopp.organization_tables() IS
	'The tables that hold rows of organizations; what a table refers to stands before it';

-- What is generated follows from the others.
CREATE OR REPLACE FUNCTION salesopp.organization_columns(relation regclass) RETURNS text[]
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a
		WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)
$$;
COMMENT ON FUNCTION salesopp.organization_columns(regclass) IS 'The columns of a table whose values are stored';

-- What is generated of the id, is not what rows are distributed and published by.
CREATE OR REPLACE FUNCTION salesopp.organization_key(relation regclass) RETURNS name
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE a.attgenerated WHEN '' THEN a.attname ELSE 'id' END
	FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'organization_id'
$$;
COMMENT ON FUNCTION salesopp.organization_key(regclass) IS 'The column of a table that stores of which organization a row is';

CREATE OR REPLACE FUNCTION salesopp.stream_digest_add(digest bytea, line text) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.stream_digest_add(bytea, text) IS 'One line more in a digest of lines';

CREATE OR REPLACE AGGREGATE salesopp.stream_digest(line text) (
	SFUNC = salesopp.stream_digest_add, STYPE = bytea, PARALLEL = SAFE,
	INITCOND = '\x0000000000000000000000000000000000000000000000000000000000000000'
);
COMMENT ON AGGREGATE salesopp.stream_digest(text) IS
	'The sum of the SHA-256 of lines in UTF-8, as numbers of 256 bits: the same in whatever order they come';

-- What a line of a row begins with; it ends with }.
CREATE OR REPLACE FUNCTION salesopp.stream_prefix(relation regclass) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('{"table":%s,"row":', to_json(c.relname)) FROM pg_class c WHERE c.oid = relation
$$;
COMMENT ON FUNCTION salesopp.stream_prefix(regclass) IS 'What the lines of a table begin with in the stream of an organization';

-- Arrays whose first index is not 1, which JSON does not know, are written as PostgreSQL does, in a text: that is read as well.
CREATE OR REPLACE FUNCTION salesopp.stream_query(relation regclass, columns text[]) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('SELECT %L || row_to_json(r)::text || ''}'' FROM (SELECT %s FROM %s o WHERE o.%I = $1) r',
		salesopp.stream_prefix(relation),
		(SELECT string_agg(CASE WHEN t.typcategory = 'A'
				THEN format('CASE WHEN o.%1$I::text LIKE ''[%%'' THEN to_json(o.%1$I::text) ELSE to_json(o.%1$I) END AS %1$I', c.name)
				ELSE format('o.%I', c.name) END, ', ' ORDER BY c.position)
			FROM unnest(columns) WITH ORDINALITY c (name, position)
			JOIN pg_attribute a ON a.attrelid = relation AND a.attname = c.name
			JOIN pg_type t ON t.oid = a.atttypid),
		relation, salesopp.organization_key(relation));
END;
$$;
COMMENT ON FUNCTION salesopp.stream_query(regclass, text[]) IS
	'The query for the lines of a table in the stream of an organization, which is its parameter';

CREATE OR REPLACE FUNCTION salesopp.require_stream_rights() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(pg_has_role((SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp'), 'USAGE'),
		'42501', 'only the owner of the schema salesopp can export and import whole organizations', 'Do it as that role, or as a superuser.');
END;
$$;
COMMENT ON FUNCTION salesopp.require_stream_rights() IS 'Raises an error unless the role may export and import organizations';

-- STABLE, so that all its statements see what the one that calls it does. The settings are part of how values are written.
CREATE OR REPLACE FUNCTION salesopp.export_organization(organization_id bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
	tables regclass[];
	relation regclass;
	line text;
	header_digest bytea;
	no_lines constant bytea := (SELECT salesopp.stream_digest(NULL));
	digest bytea;
	lines bigint;
	counted json[] := '{}';
BEGIN
	PERFORM salesopp.require_stream_rights();
	tables := salesopp.organization_tables();
	SELECT row_to_json(s)::text INTO line
	FROM (SELECT row_to_json(h) AS header
		FROM (SELECT 'salesopp organization' AS format, 1 AS format_version,
				(SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp') AS extension_version,
				o.id AS organization_id, o.name, statement_timestamp() AS exported_at,
				ARRAY(SELECT row_to_json(p) FROM (SELECT c.relname AS table, salesopp.organization_columns(c.oid) AS columns
					FROM unnest(tables) WITH ORDINALITY t (relation, position) JOIN pg_class c ON c.oid = t.relation ORDER BY t.position) p) AS tables
			FROM salesopp.organization o WHERE o.id = export_organization.organization_id) h) s;
	PERFORM salesopp.require(line IS NOT NULL, 'P0002', 'no such organization: %s', 'Pass the id of a row of salesopp.organization.',
		COALESCE(organization_id::text, 'NULL'));
	header_digest := salesopp.stream_digest_add(no_lines, line);
	RETURN NEXT line;

	FOREACH relation IN ARRAY tables LOOP
		digest := no_lines;
		lines := 0;
		FOR line IN EXECUTE salesopp.stream_query(relation, salesopp.organization_columns(relation)) USING organization_id LOOP
			digest := salesopp.stream_digest_add(digest, line);
			lines := lines + 1;
			RETURN NEXT line;
		END LOOP;
		counted := counted || (SELECT row_to_json(t)
			FROM (SELECT c.relname AS table, lines AS rows, encode(digest, 'hex') AS digest FROM pg_class c WHERE c.oid = relation) t);
	END LOOP;
	SELECT row_to_json(s)::text INTO line
	FROM (SELECT row_to_json(e) AS "end" FROM (SELECT encode(header_digest, 'hex') AS header, counted AS tables) e) s;
	RETURN NEXT line;
END;
$$;
COMMENT ON FUNCTION salesopp.export_organization(bigint) IS
	'Everything of an organization as lines of JSON: a header, each row of each table, an end that tells whether it is whole. For the owner';

-- What the lines of a source are: header, end, a row, or none of these.
CREATE OR REPLACE FUNCTION salesopp.stream_parts(source regclass)
RETURNS TABLE (part text, table_name text, lines bigint, digest text, line text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_source constant text[] := ARRAY(SELECT a.attname::text FROM pg_attribute a
		WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype);
BEGIN
	PERFORM salesopp.require(cardinality(of_source) = 1
			AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped) = 1,
		'22023', 'the source %s must have one column, of type text', 'Create a table with one column of type text, and copy the stream into it.',
		COALESCE(source::text, 'NULL'));
	RETURN QUERY EXECUTE format($query$
		SELECT k.part, k.table_name, count(*), encode(salesopp.stream_digest(k.line), 'hex'),
			min(k.line COLLATE "C") FILTER (WHERE k.part IN ('header', 'end'))
		FROM (SELECT l.line, CASE WHEN starts_with(l.line, '{"table":"') THEN 'row' WHEN starts_with(l.line, '{"header":{') THEN 'header'
					WHEN starts_with(l.line, '{"end":{') THEN 'end' ELSE 'other' END AS part,
				CASE WHEN starts_with(l.line, '{"table":"') THEN split_part(left(l.line, 100), '"', 4) END AS table_name
			FROM %2$s s CROSS JOIN LATERAL (SELECT s.%1$I) l (line) WHERE l.line <> '') k
		GROUP BY k.part, k.table_name
	$query$, of_source[1], source);
END;
$$;
COMMENT ON FUNCTION salesopp.stream_parts(regclass) IS 'What the lines of a source are parts of, their number and their digest';

-- Inserts the rows of a table, of this organization alone, with the columns that the stream has; the others take their defaults.
CREATE OR REPLACE FUNCTION salesopp.import_stream_rows(source regclass, relation regclass, columns text[], organization_id bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	prefix constant text := salesopp.stream_prefix(relation);
	inserted bigint;
	last_id bigint;
BEGIN
	-- In one statement, at the end of which foreign keys are looked at: a row may refer to one that comes later.
	EXECUTE format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE
			SELECT %3$s FROM (SELECT json_populate_record(NULL::%1$s, left(substr(s.%4$I, %5$s), -1)::json) AS r
				FROM %6$s s WHERE starts_with(s.%4$I, %7$L) OFFSET 0) p
			WHERE (p.r).%8$I = $1',
		relation, (SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.position) FROM unnest(columns) WITH ORDINALITY c (name, position)),
		(SELECT string_agg(format('(p.r).%I', c.name), ', ' ORDER BY c.position) FROM unnest(columns) WITH ORDINALITY c (name, position)),
		(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped),
		length(prefix) + 1, source, prefix, salesopp.organization_key(relation))
	USING organization_id;
	GET DIAGNOSTICS inserted = ROW_COUNT;

	-- on several servers, complete_nodes() sees to those of all
	IF EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = 'id' AND a.attidentity <> '')
		AND NOT salesopp.is_distributed()
	THEN
		EXECUTE format('SELECT max(o.id) FROM %s o WHERE o.organization_id = $1', relation) INTO last_id USING organization_id;
		PERFORM salesopp.reserve_id(relation, last_id);
	END IF;
	RETURN inserted;
END;
$$;
COMMENT ON FUNCTION salesopp.import_stream_rows(regclass, regclass, text[], bigint) IS
	'Inserts the rows of one table from the stream of an organization; returns their number';

-- Whether it is whole is known before anything that it says is believed. Returns the header, and what the end says of each table.
CREATE OR REPLACE FUNCTION salesopp.read_stream(source regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found jsonb := (SELECT COALESCE(jsonb_agg(p), '[]') FROM salesopp.stream_parts(source) p);
	count_of constant jsonb := (SELECT jsonb_object_agg(k.part, COALESCE((SELECT sum(p.lines)
			FROM jsonb_to_recordset(found) p (part text, lines bigint) WHERE p.part = k.part), 0))
		FROM unnest('{header,end,other}'::text[]) k (part));
	first_line constant jsonb := (SELECT jsonb_object_agg(p.part, to_jsonb(p.*))
		FROM jsonb_to_recordset(found) p (part text, line text, digest text) WHERE p.part IN ('header', 'end'));
	header jsonb;
	ending jsonb;
	differing text;
BEGIN
	PERFORM salesopp.require(count_of ->> 'other' = '0', '22023', 'the source %s has lines that are not of an organization''s stream: %s',
		'Copy into it what salesopp.export_organization() has returned, as it was, and nothing else.', source, count_of ->> 'other');
	PERFORM salesopp.require(count_of ->> 'header' = '1' AND count_of ->> 'end' = '1',
		'22023', 'the source %s is not one whole stream: it has %s headers and %s ends',
		'Copy into it all lines of one stream of salesopp.export_organization().', source, count_of ->> 'header', count_of ->> 'end');
	BEGIN
		header := (first_line #>> '{header,line}')::jsonb -> 'header';
		ending := (first_line #>> '{end,line}')::jsonb -> 'end';
		SELECT min(COALESCE(f.table_name, e."table") COLLATE "C") INTO differing
		FROM (SELECT * FROM jsonb_to_recordset(found) f (part text, table_name text, lines text, digest text) WHERE f.part = 'row') f
		FULL JOIN (SELECT * FROM jsonb_to_recordset(ending -> 'tables') e ("table" text, rows text, digest text) WHERE e.rows <> '0') e
			ON e."table" = f.table_name
		WHERE e.rows IS DISTINCT FROM f.lines OR e.digest IS DISTINCT FROM f.digest;
		IF first_line #>> '{header,digest}' IS DISTINCT FROM ending ->> 'header' THEN
			differing := 'header';
		END IF;
	EXCEPTION WHEN data_exception THEN
		differing := 'end';
	END;
	PERFORM salesopp.require(differing IS NULL, '22000', 'the stream is not as it was exported: it differs in "%s"',
		'It was cut off or altered on its way. Export it again, and copy it as it is.', differing);
	RETURN header || jsonb_build_object('counted', ending -> 'tables');
END;
$$;
COMMENT ON FUNCTION salesopp.read_stream(regclass) IS
	'What the stream of an organization says of itself; an error unless all of it is there, as it was';

-- The tables that a stream has, in the order in which they can be filled; an error unless this version knows them all.
CREATE OR REPLACE FUNCTION salesopp.stream_tables(stream jsonb)
RETURNS TABLE (relation regclass, table_name text, columns text[], rows bigint, digest text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	own_version constant text := (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'salesopp');
	unknown record;
BEGIN
	PERFORM salesopp.require(stream ->> 'format' = 'salesopp organization' AND stream ->> 'format_version' = '1',
		'0A000', 'the format of the stream is not known here: %s, version %s', 'Export it with salesopp.export_organization().',
		stream ->> 'format', stream ->> 'format_version');
	PERFORM salesopp.require(string_to_array(stream ->> 'extension_version', '.')::integer[] <= string_to_array(own_version, '.')::integer[],
		'0A000', 'the stream is of version %s of the extension, and this is %s', 'Update the extension here first.',
		stream ->> 'extension_version', own_version);
	-- a table of which there are rows, or a column of one
	SELECT c."table" AS name, o.relation, k.name AS column_name INTO unknown
	FROM jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint)
	LEFT JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = c."table"
	LEFT JOIN (SELECT o.relation, r.relname FROM unnest(salesopp.organization_tables()) o (relation) JOIN pg_class r ON r.oid = o.relation) o
		ON o.relname = t."table"
	LEFT JOIN LATERAL unnest(t.columns) k (name) ON o.relation IS NOT NULL
	WHERE c.rows > 0 AND (o.relation IS NULL OR k.name <> ALL (salesopp.organization_columns(o.relation)))
	ORDER BY c."table" COLLATE "C", k.name COLLATE "C" LIMIT 1;
	PERFORM salesopp.require(unknown.name IS NULL OR unknown.relation IS NOT NULL,
		'42P01', 'the stream has a table that is not known here: %s', 'Make it here, too, if it is your own, or export without it.',
		unknown.name);
	PERFORM salesopp.require(unknown.name IS NULL,
		'42703', 'table %s of the stream has a column that is not known here: %s', 'Make it here, too, if it is your own, or export without it.',
		unknown.name, unknown.column_name);

	-- without it, a row would be of whatever organization is chosen here
	SELECT t."table" AS name INTO unknown
	FROM jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint)
	JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = c."table"
	WHERE c.rows > 0 AND CASE t."table" WHEN 'organization' THEN 'id' ELSE 'organization_id' END <> ALL (t.columns)
	ORDER BY t."table" COLLATE "C" LIMIT 1;
	PERFORM salesopp.require(unknown.name IS NULL, '22000', 'table %s of the stream does not say of which organization its rows are',
		'Export it with salesopp.export_organization().', unknown.name);

	RETURN QUERY SELECT o.relation, t."table", t.columns, c.rows, c.digest
	FROM unnest(salesopp.organization_tables()) WITH ORDINALITY o (relation, position)
	JOIN pg_class r ON r.oid = o.relation
	JOIN jsonb_to_recordset(stream -> 'tables') t ("table" text, columns text[]) ON t."table" = r.relname
	JOIN jsonb_to_recordset(stream -> 'counted') c ("table" text, rows bigint, digest text) ON c."table" = t."table"
	ORDER BY o.position;
END;
$$;
COMMENT ON FUNCTION salesopp.stream_tables(jsonb) IS
	'The tables of a stream in the order in which they can be filled; an error unless its format, version, tables and columns are known';

-- row_security = off is loading mode: triggers take rows as they are. What has come is written as a stream again, and must be the same.
CREATE OR REPLACE FUNCTION salesopp.import_organization(source regclass) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
#variable_conflict use_column
DECLARE
	stream jsonb;
	organization bigint;
	home record;
	sent record;
	digest text;
BEGIN
	PERFORM salesopp.require_stream_rights();
	stream := salesopp.read_stream(source);
	organization := stream ->> 'organization_id';
	SELECT s.* INTO home FROM salesopp.organization_server(organization) s;
	PERFORM salesopp.require(home.is_here, '0A000', 'organization %s belongs on another server: %s:%s',
		'Connect to that one, copy the stream into a table there, and import it there.', organization, home.host, home.port);
	PERFORM salesopp.stream_tables(stream);
	PERFORM salesopp.require(NOT EXISTS (SELECT FROM salesopp.organization o WHERE o.id = organization),
		'23505', 'organization %s is here already',
		'Import it into another database, or erase the one that is here with salesopp.erase_organization().',
		organization);

	FOR sent IN SELECT * FROM salesopp.stream_tables(stream) LOOP
		IF sent.rows > 0 THEN
			PERFORM salesopp.require(salesopp.import_stream_rows(source, sent.relation, sent.columns, organization) = sent.rows,
				'22000', 'table %s of the stream has rows of another organization than %s',
				'Export it with salesopp.export_organization().', sent.table_name, organization);
		END IF;
		table_name := sent.table_name;
		rows := sent.rows;
		RETURN NEXT;
	END LOOP;

	FOR sent IN SELECT * FROM salesopp.stream_tables(stream) t WHERE t.rows > 0 LOOP
		EXECUTE format('SELECT encode(salesopp.stream_digest(l.line), ''hex'') FROM (%s) l (line)',
			salesopp.stream_query(sent.relation, sent.columns))
		INTO digest USING organization;
		PERFORM salesopp.require(digest = sent.digest, '22000', 'the rows of table %s have not arrived as they were sent',
			'Look for triggers of your own that change new rows, and for texts in the source that are not in composed form.', sent.table_name);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.import_organization(regclass) IS
	'Makes the organization whose stream stands in a table, with its ids, as it was; returns how many rows of each table. For the owner';
-- The end of an organization. There is no way by which a part of it could go: src/table/erasure.c.

CREATE OR REPLACE FUNCTION salesopp.erase_organization(organization_id bigint, name text) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.erase_organization(bigint, text) IS
	'Removes an organization of this name for good, with history and events; returns how many rows of each table. For the owner';
-- Views for reading. They are security_invoker: what row security hides from the reader is not in
-- them, and neither is what has been deleted. The organization comes first in each, for those who
-- see several.

CREATE OR REPLACE VIEW salesopp.opportunity_list WITH (security_invoker = true) AS
SELECT
	o.organization_id,
	o.id,
	o.status,
	salesopp.status_flag(o.status) AS flag,
	o.sales_process_id IS NOT NULL AS has_process,
	o.subject,
	c.name AS company,
	p.name AS project,
	o.estimated_revenue,
	(SELECT q.amount FROM salesopp.quote q
		WHERE q.organization_id = o.organization_id AND q.opportunity_id = o.id
		ORDER BY q.id DESC LIMIT 1) AS quote_sum,
	(SELECT so.amount FROM salesopp.sales_order so
		WHERE so.organization_id = o.organization_id AND so.opportunity_id = o.id
		ORDER BY so.id DESC LIMIT 1) AS order_sum,
	o.progress,
	o.decision_date,
	salesopp.decision_color(o.status, o.decision_date) AS decision_color,
	responsible.initials AS responsible,
	o.changed_at,
	changer.initials AS changed_by,
	o.actual_revenue,
	salesopp.weighted_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS weighted_value,
	o.close_date,
	o.priority,
	o.rating,
	r.name AS sales_region,
	d.name AS department,
	sp.name AS sales_process,
	o.version
FROM salesopp.opportunity o
LEFT JOIN salesopp.company c ON c.organization_id = o.organization_id AND c.id = o.company_id
LEFT JOIN salesopp.project p ON p.organization_id = o.organization_id AND p.id = o.project_id
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = o.organization_id AND responsible.id = o.responsible_id
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = o.organization_id AND changer.id = o.changed_by
LEFT JOIN salesopp.sales_region r ON r.organization_id = o.organization_id AND r.id = o.sales_region_id
LEFT JOIN salesopp.department d ON d.organization_id = o.organization_id AND d.id = o.department_id
LEFT JOIN salesopp.sales_process sp
	ON sp.organization_id = o.organization_id AND sp.id = o.sales_process_id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.opportunity_list IS 'The list of opportunities';
COMMENT ON COLUMN salesopp.opportunity_list.has_process IS 'Whether a sales process is attached (the funnel mark)';
COMMENT ON COLUMN salesopp.opportunity_list.quote_sum IS 'Sum of the last created quote, excluding VAT';
COMMENT ON COLUMN salesopp.opportunity_list.order_sum IS 'Sum of the last created sales order, excluding VAT';

CREATE OR REPLACE VIEW salesopp.stage_funnel WITH (security_invoker = true) AS
SELECT s.organization_id, s.opportunity_id, s.position, s.name, s.probability, s.status,
	s.position IS NOT DISTINCT FROM o.stage_position AS is_current,
	CASE
		WHEN s.position = o.stage_position THEN salesopp.color 'yellow'
		WHEN s.status = 'completed' THEN salesopp.color 'green'
		WHEN s.status = 'cancelled' THEN salesopp.color 'red'
		ELSE salesopp.color 'gray'
	END AS color
FROM salesopp.opportunity o
JOIN salesopp.stage s ON s.organization_id = o.organization_id AND s.opportunity_id = o.id
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.stage_funnel IS 'The stages of opportunities as a funnel, with the colour of each';
COMMENT ON COLUMN salesopp.stage_funnel.is_current IS 'The earliest stage that is neither completed nor cancelled';
COMMENT ON COLUMN salesopp.stage_funnel.color IS 'Yellow current, green completed, red cancelled, gray the rest';

CREATE OR REPLACE VIEW salesopp.competitor_list WITH (security_invoker = true) AS
SELECT oc.organization_id, oc.opportunity_id, oc.id, oc.competitor_id,
	COALESCE(oc.name, c.name) AS name, c.website, oc.threat, oc.is_winner, oc.note
FROM salesopp.opportunity_competitor oc
JOIN salesopp.opportunity o ON o.organization_id = oc.organization_id AND o.id = oc.opportunity_id
LEFT JOIN salesopp.competitor c
	ON c.organization_id = oc.organization_id AND c.id = oc.competitor_id
WHERE o.deleted_at IS NULL
ORDER BY oc.organization_id, oc.opportunity_id, oc.threat DESC, 5, oc.id;
COMMENT ON VIEW salesopp.competitor_list IS 'Competitors of opportunities, the worst first';
COMMENT ON COLUMN salesopp.competitor_list.id IS 'What close_lost() takes as winner_id';

-- One card is read more often than many, and planning a join takes longer than looking up a name: so only what gives several
-- columns is joined, and by whom cards are selected.
CREATE OR REPLACE VIEW salesopp.opportunity_card WITH (security_invoker = true) AS
SELECT o.organization_id, o.id, o.subject, o.status, salesopp.status_flag(o.status) AS flag,
	o.progress_method, o.progress, o.priority, o.rating, o.estimated_revenue, o.actual_revenue,
	salesopp.weighted_value(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS weighted_value,
	o.decision_date, salesopp.decision_color(o.status, o.decision_date) AS decision_color,
	o.delivery_date, o.close_date,
	(SELECT r.name FROM salesopp.loss_reason r WHERE r.organization_id = o.organization_id AND r.id = o.loss_reason_id) AS loss_reason,
	(SELECT COALESCE(w.name, c.name) FROM salesopp.opportunity_competitor w
		LEFT JOIN salesopp.competitor c ON c.organization_id = w.organization_id AND c.id = w.competitor_id
		WHERE w.organization_id = o.organization_id AND w.opportunity_id = o.id AND w.is_winner LIMIT 1) AS winner,
	o.status_note,
	responsible.initials AS responsible,
	(SELECT r.name FROM salesopp.sales_region r WHERE r.organization_id = o.organization_id AND r.id = o.sales_region_id) AS sales_region,
	(SELECT d.name FROM salesopp.department d WHERE d.organization_id = o.organization_id AND d.id = o.department_id) AS department,
	o.note, o.custom,
	o.company_id, c.name AS company, c.phone AS company_phone, c.email AS company_email,
	(SELECT p.name FROM salesopp.project p WHERE p.organization_id = o.organization_id AND p.id = o.project_id) AS project,
	o.contact_id, concat_ws(' ', ct.first_name, ct.last_name) AS contact,
	COALESCE(ct.mobile, ct.direct_phone) AS contact_phone, ct.email AS contact_email,
	(SELECT sp.name FROM salesopp.sales_process sp WHERE sp.organization_id = o.organization_id AND sp.id = o.sales_process_id) AS sales_process,
	current.position AS current_stage_position, current.name AS current_stage,
	process.stages, process.completed_stages,
	o.created_at,
	(SELECT e.initials FROM salesopp.employee e WHERE e.organization_id = o.organization_id AND e.id = o.created_by) AS created_by,
	o.changed_at,
	(SELECT e.initials FROM salesopp.employee e WHERE e.organization_id = o.organization_id AND e.id = o.changed_by) AS changed_by,
	o.version, salesopp.forecast_category(o.status, o.progress, o.forecast_category) AS forecast_category
FROM salesopp.opportunity o
LEFT JOIN salesopp.company c ON c.organization_id = o.organization_id AND c.id = o.company_id
LEFT JOIN salesopp.contact ct ON ct.organization_id = o.organization_id AND ct.id = o.contact_id
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = o.organization_id AND responsible.id = o.responsible_id
CROSS JOIN LATERAL (
	SELECT count(*) AS stages, count(*) FILTER (WHERE s.status = 'completed') AS completed_stages
	FROM salesopp.stage s
	WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id
) process
LEFT JOIN salesopp.stage current ON current.organization_id = o.organization_id
	AND current.opportunity_id = o.id AND current.position = o.stage_position
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.opportunity_card IS 'Summary of an opportunity, its customer and its process';

CREATE OR REPLACE VIEW salesopp.contact_list WITH (security_invoker = true) AS
SELECT c.organization_id, c.company_id, c.id, concat_ws(' ', c.first_name, c.last_name) AS name,
	c.first_name, c.last_name, c.gender, c.is_primary, c.is_your_ref, c.job_title, c.email,
	COALESCE(c.mobile, c.direct_phone) AS phone, c.changed_at, changer.initials AS changed_by
FROM salesopp.contact c
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = c.organization_id AND changer.id = c.changed_by
ORDER BY c.organization_id, c.company_id, c.is_primary DESC, c.last_name, c.first_name, c.id;
COMMENT ON VIEW salesopp.contact_list IS 'Contacts of customers: the primary contact first, the rest by last name';

CREATE OR REPLACE VIEW salesopp.follow_up WITH (security_invoker = true) AS
SELECT a.organization_id, customer.company_id, a.kind, a.id, a.subject, a.body, a.occurred_at,
	a.contact_id, a.project_id, o.id AS opportunity_id, responsible.initials AS responsible,
	a.created_by AS created_by_id, a.changed_at, a.changed_by AS changed_by_id,
	changer.initials AS changed_by
FROM (
	-- an arm for each way that leads from a customer to its follow-ups, so that an index serves each
	SELECT organization_id, id, company_id FROM salesopp.activity WHERE company_id IS NOT NULL
	UNION
	SELECT a.organization_id, a.id, c.company_id
	FROM salesopp.activity a
	JOIN salesopp.contact c ON c.organization_id = a.organization_id AND c.id = a.contact_id
	UNION
	SELECT a.organization_id, a.id, p.company_id
	FROM salesopp.activity a
	JOIN salesopp.project p ON p.organization_id = a.organization_id AND p.id = a.project_id
	WHERE p.company_id IS NOT NULL
	UNION
	SELECT a.organization_id, a.id, o.company_id
	FROM salesopp.activity a
	JOIN salesopp.opportunity o ON o.organization_id = a.organization_id AND o.id = a.opportunity_id
	WHERE o.company_id IS NOT NULL AND o.deleted_at IS NULL
	UNION
	SELECT a.organization_id, a.id, c.company_id
	FROM salesopp.activity a
	JOIN salesopp.activity_participant ap
		ON ap.organization_id = a.organization_id AND ap.activity_id = a.id
	JOIN salesopp.contact c ON c.organization_id = ap.organization_id AND c.id = ap.contact_id
	WHERE a.kind = 'meeting'
) customer
JOIN salesopp.activity a ON a.organization_id = customer.organization_id AND a.id = customer.id
LEFT JOIN salesopp.opportunity o
	ON o.organization_id = a.organization_id AND o.id = a.opportunity_id AND o.deleted_at IS NULL
LEFT JOIN salesopp.employee responsible
	ON responsible.organization_id = a.organization_id AND responsible.id = a.responsible_id
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = a.organization_id AND changer.id = a.changed_by;
COMMENT ON VIEW salesopp.follow_up IS
	'Follow-ups by customer: of the customer, its contacts, projects and opportunities, and meetings that its contacts took part in';

CREATE OR REPLACE VIEW salesopp.quote_list WITH (security_invoker = true) AS
SELECT q.organization_id, q.opportunity_id, q.id, q.number, q.amount, q.note,
	s.number AS order_number, q.created_at, creator.initials AS created_by, q.changed_at,
	changer.initials AS changed_by
FROM salesopp.quote q
JOIN salesopp.opportunity o ON o.organization_id = q.organization_id AND o.id = q.opportunity_id
LEFT JOIN salesopp.sales_order s ON s.organization_id = q.organization_id AND s.quote_id = q.id
LEFT JOIN salesopp.employee creator
	ON creator.organization_id = q.organization_id AND creator.id = q.created_by
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = q.organization_id AND changer.id = q.changed_by
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.quote_list IS 'Quotes made from opportunities';

CREATE OR REPLACE VIEW salesopp.order_list WITH (security_invoker = true) AS
SELECT s.organization_id, s.opportunity_id, s.id, s.number, s.amount, s.note,
	q.number AS quote_number, s.created_at, creator.initials AS created_by, s.changed_at,
	changer.initials AS changed_by
FROM salesopp.sales_order s
JOIN salesopp.opportunity o ON o.organization_id = s.organization_id AND o.id = s.opportunity_id
LEFT JOIN salesopp.quote q ON q.organization_id = s.organization_id AND q.id = s.quote_id
LEFT JOIN salesopp.employee creator
	ON creator.organization_id = s.organization_id AND creator.id = s.created_by
LEFT JOIN salesopp.employee changer
	ON changer.organization_id = s.organization_id AND changer.id = s.changed_by
WHERE o.deleted_at IS NULL;
COMMENT ON VIEW salesopp.order_list IS 'Sales orders made from opportunities';
-- One statement for each question, and the organization known when it is planned: so each reads what
-- belongs to the customer or the project, and nothing else.

CREATE OR REPLACE FUNCTION salesopp.listed_opportunity(opportunity_id bigint) RETURNS salesopp.opportunity
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	found salesopp.opportunity;
BEGIN
	PERFORM salesopp.require(opportunity_id IS NOT NULL,
		'22023', 'the opportunity''s id must not be null', 'Pass the id of a row of salesopp.opportunity_list.');
	SELECT o.* INTO found FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.id = listed_opportunity.opportunity_id AND o.deleted_at IS NULL;
	PERFORM salesopp.require(found.id IS NOT NULL,
		'P0002', 'no such opportunity: %s', 'Pass the id of a row of salesopp.opportunity_list.', opportunity_id);
	RETURN found;
END;
$$;
COMMENT ON FUNCTION salesopp.listed_opportunity(bigint) IS
	'An opportunity that is not deleted; an error when there is none with that id';

CREATE OR REPLACE FUNCTION salesopp.customer_opportunities(opportunity_id bigint)
RETURNS SETOF salesopp.opportunity_list
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
	others constant bigint[] := ARRAY(SELECT o.id FROM salesopp.opportunity o
		WHERE o.organization_id = this.organization_id AND o.company_id = this.company_id AND o.id <> this.id);
BEGIN
	RETURN QUERY
	SELECT l.* FROM salesopp.opportunity_list l
	WHERE l.organization_id = this.organization_id AND l.id = ANY (others)
	ORDER BY l.changed_at DESC, l.id DESC;
END;
$$;
COMMENT ON FUNCTION salesopp.customer_opportunities(bigint) IS
	'All other opportunities of the same customer, the last changed first';

CREATE OR REPLACE FUNCTION salesopp.latest_follow_ups(opportunity_id bigint, scope text DEFAULT 'company',
	mine boolean DEFAULT false)
RETURNS TABLE (kind text, id bigint, subject text, changed_at timestamptz, changed_by text)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
BEGIN
	PERFORM salesopp.require(scope IN ('company', 'project'),
		'22023', 'unknown scope of the follow-ups of opportunity %s: %L', 'Pass company or project.', opportunity_id, scope);
	-- a statement for each: in one, the tables of the other would be planned to be read
	IF scope = 'company' THEN
		RETURN QUERY
		SELECT item.kind, item.id, item.subject, item.changed_at, e.initials
		FROM (
			SELECT f.kind::text, f.id, f.subject, f.created_by_id AS created_by, f.changed_at,
				f.changed_by_id AS changed_by
			FROM salesopp.follow_up f
			WHERE f.organization_id = this.organization_id AND f.company_id = this.company_id
			UNION ALL
			SELECT 'opportunity', o.id, o.subject, o.created_by, o.changed_at, o.changed_by
			FROM salesopp.opportunity o
			WHERE o.organization_id = this.organization_id AND o.company_id = this.company_id
				AND o.deleted_at IS NULL
		) item
		LEFT JOIN salesopp.employee e ON e.organization_id = this.organization_id AND e.id = item.changed_by
		WHERE mine IS NOT TRUE OR salesopp.current_employee() IN (item.created_by, item.changed_by)
		ORDER BY item.changed_at DESC, item.kind, item.id DESC
		LIMIT 30;
	ELSE
		RETURN QUERY
		SELECT item.kind, item.id, item.subject, item.changed_at, e.initials
		FROM (
			SELECT a.kind::text, a.id, a.subject, a.created_by, a.changed_at, a.changed_by
			FROM salesopp.activity a
			WHERE a.organization_id = this.organization_id AND a.project_id = this.project_id
			UNION ALL
			SELECT a.kind::text, a.id, a.subject, a.created_by, a.changed_at, a.changed_by
			FROM salesopp.opportunity o
			JOIN salesopp.activity a ON a.organization_id = o.organization_id AND a.opportunity_id = o.id
			WHERE o.organization_id = this.organization_id AND o.project_id = this.project_id
				AND o.deleted_at IS NULL AND a.project_id IS DISTINCT FROM this.project_id
			UNION ALL
			SELECT 'opportunity', o.id, o.subject, o.created_by, o.changed_at, o.changed_by
			FROM salesopp.opportunity o
			WHERE o.organization_id = this.organization_id AND o.project_id = this.project_id
				AND o.deleted_at IS NULL
		) item
		LEFT JOIN salesopp.employee e ON e.organization_id = this.organization_id AND e.id = item.changed_by
		WHERE mine IS NOT TRUE OR salesopp.current_employee() IN (item.created_by, item.changed_by)
		ORDER BY item.changed_at DESC, item.kind, item.id DESC
		LIMIT 30;
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.latest_follow_ups(bigint, text, boolean) IS
	'The 30 last changed follow-ups and opportunities of the customer, or of the project; with mine only those that the current employee created or changed last';
-- The same for every reader, and never below 0: what is typed in after it was closed took no time.
CREATE OR REPLACE FUNCTION salesopp.days_to_close(created_at timestamptz, close_date date, time_zone text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN close_date IS NOT NULL AND isfinite(created_at)
	THEN greatest(close_date - (created_at AT TIME ZONE time_zone)::date, 0) END;
COMMENT ON FUNCTION salesopp.days_to_close(timestamptz, date, text) IS
	'Days from creation to the close date in a time zone, 0 when it was closed before it was typed in; NULL while it is open';

-- What reports are grouped by: how (of opportunities "o"), with which joins, what they call it (of the groups "g") and the joins
-- for that; then, for the functions, the key of a group, its name, what it is sorted by, and of periods the step from one to the
-- next and the form of the name.
CREATE OR REPLACE FUNCTION salesopp.report_groupings(kind text)
RETURNS TABLE (by text, group_by text, joins text, columns text, name_joins text, key text, name text, sort text,
	step text, form text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH directory (by, id, relation, columns, name) AS (VALUES
		('employee', 'responsible_id', 'employee', 'n.initials, n.name', 'n.initials'),
		('department', 'department_id', 'department', 'n.name', 'n.name'),
		('region', 'sales_region_id', 'sales_region', 'n.name', 'n.name'),
		('process', 'sales_process_id', 'sales_process', 'n.name', 'n.name'),
		('company', 'company_id', 'company', 'n.name', 'n.name'),
		('loss_reason', 'loss_reason_id', 'loss_reason', 'n.name', 'n.name')
	), period (by, step, form) AS (VALUES
		('month', '1 month', 'YYYY-MM'),
		('quarter', '3 months', 'YYYY-"Q"Q'))
	SELECT d.by, 'o.' || d.id, '', format('g.%s, %s', d.id, d.columns),
		format('LEFT JOIN salesopp.%s n ON n.organization_id = g.organization_id AND n.id = g.%s', d.relation, d.id),
		format('g.%s::text', d.id), d.name, d.name, NULL, NULL
	FROM directory d
	UNION ALL
	SELECT p.by, format('m.%I', p.by), format('CROSS JOIN LATERAL (SELECT date_trunc(%L, o.%I::timestamp)::date AS %I) m',
			p.by, CASE report_groupings.kind WHEN 'results' THEN 'close_date' ELSE 'decision_date' END, p.by),
		format('g.%I', p.by), '', format('g.%I::text', p.by), format('to_char(g.%I, %L)', p.by, p.form), format('g.%I', p.by),
		p.step, p.form
	FROM period p
	UNION ALL
	SELECT 'stage', 'o.sales_process_id, f.position, f.name',
		-- in the pipeline, the current ones of stage_funnel; in results, where they stood when they were closed. It is pending, which
		-- is said since of these there are fewer to be hashed.
		format('LEFT JOIN salesopp.stage f ON f.organization_id = o.organization_id AND f.opportunity_id = o.id
			AND f.position = o.stage_position AND f.status = ''pending'' %s',
			CASE report_groupings.kind WHEN 'pipeline' THEN 'AND o.status = ''open''' END),
		'g.sales_process_id, n.name AS sales_process, g.position, g.name',
		'LEFT JOIN salesopp.sales_process n ON n.organization_id = g.organization_id AND n.id = g.sales_process_id',
		'NULLIF(concat_ws(''/'', g.sales_process_id, g.position, g.name), '''')', 'NULLIF(concat_ws('': '', n.name, g.name), '''')',
		'n.name, g.position, g.name', NULL, NULL
	UNION ALL
	SELECT 'competitor', 'w.competitor_id, w.name',
		'LEFT JOIN salesopp.opportunity_competitor w ON w.organization_id = o.organization_id
			AND w.opportunity_id = o.id AND w.is_winner',
		'g.competitor_id, COALESCE(g.name, n.name) AS name',
		'LEFT JOIN salesopp.competitor n ON n.organization_id = g.organization_id AND n.id = g.competitor_id',
		'COALESCE(g.competitor_id::text, g.name)', 'COALESCE(g.name, n.name)', 'COALESCE(g.name, n.name)', NULL, NULL
	UNION ALL
	-- of the field that the parameter $3 of the statement names
	SELECT 'group_field', 'v.group_value_id, v.name',
		'LEFT JOIN (SELECT i.organization_id, i.opportunity_id, i.group_value_id, gv.name
			FROM salesopp.group_field gf
			JOIN salesopp.group_value gv ON gv.organization_id = gf.organization_id AND gv.group_field_id = gf.id
			JOIN salesopp.opportunity_group_value i ON i.organization_id = gv.organization_id AND i.group_value_id = gv.id
			WHERE gf.name = $3) v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id',
		'g.group_value_id, g.name', '', 'g.group_value_id::text', 'g.name', 'g.name', NULL, NULL
	UNION ALL
	SELECT 'custom_field', 'v.value', 'CROSS JOIN LATERAL (SELECT NULLIF(o.custom -> $3, ''null'') AS value) v',
		'g.value', '', 'g.value #>> ''{}''', 'g.value #>> ''{}''', 'g.value', NULL, NULL;
END;
COMMENT ON FUNCTION salesopp.report_groupings(text) IS
	'What reports are grouped by, as pieces of their statements: pipeline, or results';

-- The figures of a kind of report are made from one text, for its views and for its function.
CREATE OR REPLACE FUNCTION salesopp.report_query(kind text, group_by text, joins text, condition text, columns text, name_joins text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format($text$
	SELECT g.organization_id, %1$s, %2$s,
		round(g.days_to_close, 1) AS average_days_to_close
	FROM (
		SELECT o.organization_id, %3$s,
			salesopp.pipeline_summary(o.status, o.estimated_revenue, o.actual_revenue, o.progress) AS s,
			avg(salesopp.days_to_close(o.created_at, o.close_date, here.time_zone)) AS days_to_close
		FROM salesopp.opportunity o
		JOIN salesopp.organization here ON here.id = o.organization_id %4$s
		WHERE o.deleted_at IS NULL %5$s
		GROUP BY o.organization_id, %3$s
	) g %6$s$text$,
	columns,
	CASE kind WHEN 'results' THEN
		'(s).total_opportunities AS opportunities,
		(s).won_opportunities,
		(s).lost_opportunities,
		(s).won_pipeline AS won_revenue,
		(s).lost_estimated_revenue AS lost_revenue,
		round(100.0 * (s).won_opportunities / (s).total_opportunities, 2) AS win_rate'
	ELSE
		'(s).total_opportunities AS opportunities,
		(s).open_opportunities,
		(s).won_opportunities,
		(s).lost_opportunities,
		(s).total_estimated_revenue AS estimated_revenue,
		(s).open_pipeline,
		(s).won_pipeline AS won_revenue,
		(s).total_pipeline AS pipeline,
		round(100.0 * (s).won_opportunities
			/ NULLIF((s).won_opportunities + (s).lost_opportunities, 0), 2) AS win_rate'
	END,
	group_by, joins, CASE kind WHEN 'results' THEN 'AND o.status <> ''open'' ' ELSE '' END || condition, name_joins);
COMMENT ON FUNCTION salesopp.report_query(text, text, text, text, text, text) IS
	'The statement of a report, put together of the pieces that salesopp.report_groupings() has';

DO $$
DECLARE
	report record;
BEGIN
	FOR report IN
		SELECT format('%s_by_%s', v.kind, v.by) AS name,
			salesopp.report_query(v.kind, g.group_by, g.joins, '', g.columns, g.name_joins) AS query
		FROM (VALUES ('pipeline', 'employee'), ('pipeline', 'department'), ('pipeline', 'region'), ('pipeline', 'process'),
			('pipeline', 'stage'), ('pipeline', 'month'), ('results', 'employee'), ('results', 'month'),
			('results', 'loss_reason'), ('results', 'competitor')) v (kind, by),
			LATERAL (SELECT * FROM salesopp.report_groupings(v.kind) r WHERE r.by = v.by) g
	LOOP
		EXECUTE format('CREATE OR REPLACE VIEW salesopp.%I WITH (security_invoker = true) AS %s', report.name, report.query);
	END LOOP;
END $$;

COMMENT ON VIEW salesopp.pipeline_by_employee IS 'Forecast by responsible employee';
COMMENT ON VIEW salesopp.pipeline_by_department IS 'Forecast by department';
COMMENT ON VIEW salesopp.pipeline_by_region IS 'Forecast by sales region';
COMMENT ON VIEW salesopp.pipeline_by_process IS 'Forecast by sales process';
COMMENT ON VIEW salesopp.pipeline_by_stage IS 'Forecast by the current stage of open opportunities; closed ones, and those with all stages done, have none';
COMMENT ON VIEW salesopp.pipeline_by_month IS 'Forecast by the month of the decision date';
COMMENT ON VIEW salesopp.results_by_employee IS 'Wins and losses by responsible employee';
COMMENT ON VIEW salesopp.results_by_month IS 'Wins and losses by the month of closing';
COMMENT ON VIEW salesopp.results_by_loss_reason IS 'Losses by their reason; wins, and losses of unknown reason, have none';
COMMENT ON VIEW salesopp.results_by_competitor IS 'Losses by the competitor who won; wins, and losses to nobody known, have none';
-- The history of opportunities for reading: what was true when, and how long. Unlike all other views, these tell of
-- deleted opportunities as well.

-- What a later version of the same instant hides was never true, so it is not here. The table has it.
CREATE OR REPLACE VIEW salesopp.opportunity_version WITH (security_invoker = true) AS
SELECT h.organization_id, h.opportunity_id, h.version, h.at AS valid_from, h.valid_to, h.status, h.deleted,
	h.stage_position, h.stage_reached, h.estimated_revenue, h.actual_revenue, h.progress, h.decision_date, h.close_date,
	h.responsible_id, h.company_id, h.department_id, h.sales_region_id, h.sales_process_id, h.loss_reason_id,
	h.changed_by AS changed_by_id, h.origin, h.forecast_category
FROM (
	SELECT h.*, lead(h.at) OVER (PARTITION BY h.organization_id, h.opportunity_id ORDER BY h.version) AS valid_to
	FROM salesopp.opportunity_history h
) h
WHERE h.valid_to > h.at OR h.valid_to IS NULL;
COMMENT ON VIEW salesopp.opportunity_version IS 'What opportunities were, and from when until when';
COMMENT ON COLUMN salesopp.opportunity_version.version IS 'The version of the opportunity; 0 and below: what was before recording began';
COMMENT ON COLUMN salesopp.opportunity_version.valid_from IS 'The instant from which this is what the opportunity was';
COMMENT ON COLUMN salesopp.opportunity_version.valid_to IS 'The instant from which it was something else; NULL: it still is this';
COMMENT ON COLUMN salesopp.opportunity_version.deleted IS 'Whether it was deleted';
COMMENT ON COLUMN salesopp.opportunity_version.forecast_category IS 'How it was chosen to count in a forecast; NULL: by its progress';
COMMENT ON COLUMN salesopp.opportunity_version.origin IS 'How this came to be known: recorded, baseline, reconstructed or imported';

-- At which stage it was is not known of states that were made up of stamps and old events: those have versions of 0 and
-- below, or were reconstructed.
CREATE OR REPLACE VIEW salesopp.stage_visits WITH (security_invoker = true) AS
SELECT v.organization_id, v.opportunity_id, v.visit, v.position,
	COALESCE(
		(SELECT s.name FROM salesopp.stage s WHERE s.organization_id = v.organization_id
			AND s.opportunity_id = v.opportunity_id AND s.position = v.position LIMIT 1),
		(SELECT p.name FROM salesopp.sales_process_stage p WHERE p.organization_id = v.organization_id
			AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name,
	v.entered_at, v.left_at, v.duration, v.left_at IS NULL AS is_current, v.ended_by, v.sales_process_id,
	v.duration IS NOT NULL AND v.origin <> 'baseline' AND v.origin = COALESCE(v.origin_of_end, v.origin) AS is_measured
FROM (
	SELECT v.*, CASE WHEN isfinite(v.entered_at) AND isfinite(COALESCE(v.left_at, now()))
		THEN greatest(COALESCE(v.left_at, now()), v.entered_at) - v.entered_at END AS duration
	FROM (
		SELECT change.organization_id, change.opportunity_id, change.position, change.sales_process_id, change.origin,
			count(change.position) OVER in_order AS visit,
			change.valid_from AS entered_at,
			lead(change.valid_from) OVER in_order AS left_at,
			lead(change.reason) OVER in_order AS ended_by,
			lead(change.origin) OVER in_order AS origin_of_end
		FROM (
			SELECT state.*, lag(state.position) OVER (PARTITION BY state.organization_id, state.opportunity_id
				ORDER BY state.version) AS position_before
			FROM (
				SELECT v.organization_id, v.opportunity_id, v.version, v.valid_from, v.sales_process_id, v.origin,
					CASE WHEN v.status = 'open' AND NOT v.deleted AND v.version > 0 AND v.origin <> 'reconstructed'
						THEN v.stage_position END AS position,
					CASE WHEN v.deleted THEN 'deleted' WHEN v.status = 'open' THEN 'stage' ELSE v.status::text END AS reason
				FROM salesopp.opportunity_version v
			) state
		) change
		WHERE change.position IS DISTINCT FROM change.position_before
		WINDOW in_order AS (PARTITION BY change.organization_id, change.opportunity_id ORDER BY change.version)
	) v
	WHERE v.position IS NOT NULL
) v;
COMMENT ON VIEW salesopp.stage_visits IS
	'When an opportunity was at which stage: from when it is open there until it is at another, closed or deleted';
COMMENT ON COLUMN salesopp.stage_visits.visit IS 'Number of the visit in the opportunity, from 1';
COMMENT ON COLUMN salesopp.stage_visits.position IS 'Position of the stage, which was the earliest neither completed nor cancelled';
COMMENT ON COLUMN salesopp.stage_visits.name IS 'Name of the opportunity''s stage at that position, else of its process''s; NULL: there is none any more';
COMMENT ON COLUMN salesopp.stage_visits.entered_at IS 'When the visit began';
COMMENT ON COLUMN salesopp.stage_visits.left_at IS 'When it ended; NULL: it has not';
COMMENT ON COLUMN salesopp.stage_visits.duration IS 'How long it took, or has taken until now; NULL: it began or ended at no finite time';
COMMENT ON COLUMN salesopp.stage_visits.is_current IS 'Whether the opportunity is still there';
COMMENT ON COLUMN salesopp.stage_visits.ended_by IS 'What ended it: stage (another, or none left), won, lost or deleted; NULL: nothing yet';
COMMENT ON COLUMN salesopp.stage_visits.sales_process_id IS 'Sales process that the stage was of; NULL: none';
COMMENT ON COLUMN salesopp.stage_visits.is_measured IS
	'Whether the duration is known: it is finite, and both ends were recorded, or both were brought along';
-- How far long work is that goes on now, in this session or in others. It shows itself as a COPY, in places of its own.

CREATE OR REPLACE FUNCTION salesopp.work_words(operation_number bigint, phase_number bigint, OUT operation text, OUT phase text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.work_words(bigint, bigint) IS
	'What the numbers say with which long work shows how far it is; salesopp.progress reads them';

CREATE OR REPLACE VIEW salesopp.progress WITH (security_invoker = true) AS
SELECT p.param16 AS organization_id, p.pid, w.operation, w.phase, p.param3 AS rows_done, NULLIF(p.param2, 0) AS rows_total
FROM pg_stat_get_progress_info('COPY') p
CROSS JOIN LATERAL salesopp.work_words(p.param17, p.param18) w
WHERE p.datid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
	AND p.param17 > 0 AND p.param16 = salesopp.current_organization();
COMMENT ON VIEW salesopp.progress IS
	'How far imports, changes of many opportunities and exports are that go on now, of the same role''s sessions, or of all with pg_read_all_stats';
COMMENT ON COLUMN salesopp.progress.pid IS 'The process of the session, as in pg_stat_activity';
COMMENT ON COLUMN salesopp.progress.operation IS
	'export, import, import_check, set_status, delete, restore, reassign, undo or undo_import; other: a bulk function of one''s own';
COMMENT ON COLUMN salesopp.progress.phase IS 'reading rows, writing them, or recording history; a phase may come again';
COMMENT ON COLUMN salesopp.progress.rows_done IS 'The rows that the phase has done';
COMMENT ON COLUMN salesopp.progress.rows_total IS 'The rows that it has at most; NULL: not known yet';
-- Finding opportunities. Wildcards stand in src/text/wildcard.c, the criteria in src/search/criteria.c.

CREATE OR REPLACE FUNCTION salesopp.to_like(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.to_like(text) IS 'A search pattern as ILIKE takes it';

CREATE OR REPLACE FUNCTION salesopp.index_pattern(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.index_pattern(text) IS
	'A search pattern as ILIKE takes it with an index of trigrams, which may know fewer letters than the locale';

CREATE OR REPLACE FUNCTION salesopp.wide_index_pattern(pattern text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wide_index_pattern(text) IS
	'The same for an index of texts that need not be composed';

CREATE OR REPLACE FUNCTION salesopp.matches_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.matches_support(internal) IS 'Tells the planner how an index serves matches()';

-- Leakproof: no error in it depends on the value, so it can use an index under row security.
CREATE OR REPLACE FUNCTION salesopp.matches(value text, pattern text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10
SUPPORT salesopp.matches_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.matches(text, text) IS
	'Whether a text matches a search pattern: AS% starts with, %AS ends with, AS contains; in any case and form, \% is a percent sign and \\ a backslash';

CREATE OR REPLACE FUNCTION salesopp.has_custom_values_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_values_support(internal) IS
	'Tells the planner how an index serves has_custom_values()';

CREATE OR REPLACE FUNCTION salesopp.has_custom_values(custom jsonb, wanted jsonb) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.has_custom_values_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_values(jsonb, jsonb) IS
	'Whether custom fields have the values that are wanted';

CREATE OR REPLACE FUNCTION salesopp.has_custom_texts_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_texts_support(internal) IS
	'Tells the planner how an index serves has_custom_texts()';

CREATE OR REPLACE FUNCTION salesopp.has_custom_texts(custom jsonb, fields text[], patterns text[],
	ignore_accents boolean DEFAULT false) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 10
SUPPORT salesopp.has_custom_texts_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.has_custom_texts(jsonb, text[], text[], boolean) IS
	'Whether the texts in custom fields match a pattern each';

CREATE OR REPLACE FUNCTION salesopp.custom_number(custom jsonb, field text) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.custom_number(jsonb, text) IS
	'The number in a custom field; NULL where there is none. An index on it serves ranges and orders';

CREATE OR REPLACE FUNCTION salesopp.custom_date(custom jsonb, field text) RETURNS date
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.custom_date(jsonb, text) IS
	'The date in a custom field; NULL where there is none. An index on it serves ranges and orders';

-- PostgreSQL's comparisons of numerics raise no error, but are not declared leakproof as those of other
-- types are.
CREATE OR REPLACE FUNCTION salesopp.is_at_least_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_at_least_support(internal) IS 'Tells the planner how an index serves is_at_least()';

CREATE OR REPLACE FUNCTION salesopp.is_at_most_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.is_at_most_support(internal) IS 'Tells the planner how an index serves is_at_most()';

CREATE OR REPLACE FUNCTION salesopp.is_at_least(value numeric, bound numeric) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.is_at_least_support AS 'numeric_ge';
COMMENT ON FUNCTION salesopp.is_at_least(numeric, numeric) IS 'value >= bound, with an index also under row security';

CREATE OR REPLACE FUNCTION salesopp.is_at_most(value numeric, bound numeric) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF
SUPPORT salesopp.is_at_most_support AS 'numeric_le';
COMMENT ON FUNCTION salesopp.is_at_most(numeric, numeric) IS 'value <= bound, with an index also under row security';

CREATE OR REPLACE FUNCTION salesopp.initial_letter(subject text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN "left"(upper("left"(subject, 1)), 1) ~ '[[:alpha:]]' THEN "left"(upper("left"(subject, 1)), 1) ELSE '#' END;
COMMENT ON FUNCTION salesopp.initial_letter(text) IS
	'The first letter of a subject in upper case; # for digits and symbols';

CREATE OR REPLACE FUNCTION salesopp.search(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	max_rows integer DEFAULT 100, after bigint DEFAULT NULL)
RETURNS SETOF salesopp.opportunity_list
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search(jsonb, text, integer, bigint) IS
	'A page of the list: opportunities that meet all criteria, sorted by columns that a list can have, behind the one with the id after';

CREATE OR REPLACE FUNCTION salesopp.search_columns(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, max_rows integer DEFAULT NULL, after bigint DEFAULT NULL)
RETURNS SETOF jsonb
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search_columns(jsonb, text, text[], integer, bigint) IS
	'What is asked for of the opportunities that meet all criteria, an object each: columns of the list, further ones, and custom and group fields by name';

CREATE OR REPLACE FUNCTION salesopp.search_saved(name text, max_rows integer DEFAULT NULL, after bigint DEFAULT NULL)
RETURNS SETOF jsonb LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT salesopp.search_columns(jsonb_build_object('saved', name), NULL, NULL, max_rows, after);
END;
$$;
COMMENT ON FUNCTION salesopp.search_saved(text, integer, bigint) IS
	'What a saved search finds, in its order, an object of its columns for each opportunity';

CREATE OR REPLACE FUNCTION salesopp.search_ids(criteria jsonb DEFAULT '{}') RETURNS SETOF bigint
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.search_ids(jsonb) IS
	'The ids of all opportunities that meet the criteria, from the least: what search() would list';

CREATE OR REPLACE FUNCTION salesopp.summary(criteria jsonb DEFAULT '{}')
RETURNS TABLE (status text, opportunities bigint, estimated_revenue numeric, pipeline numeric,
	highest numeric)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 4 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.summary(jsonb) IS
	'The summary under the list: number, estimated revenue, pipeline and highest sale of won, open, lost and all opportunities that meet the criteria';

CREATE OR REPLACE FUNCTION salesopp.letter_index(criteria jsonb DEFAULT '{}')
RETURNS TABLE (letter text, opportunities bigint)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 30 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.letter_index(jsonb) IS
	'How many opportunities that meet the criteria start with each letter; digits and symbols count as #';
-- How long opportunities are at a stage, which of them are there for too long, and which go on (N6). Criteria are those
-- of search(), and find opportunities by what they are now.
--
-- The visits of one opportunity are few and next to each other, so they are read for each that was found, and not for
-- all of the organization. A subquery that is no more than a join would be planned as one: hence OFFSET 0. The names are
-- those of the view stage_visits, looked up once more: a statement about one organization must name it wherever it reads, for
-- those to whom row security does not apply, or several servers refuse it. A view cannot.

CREATE OR REPLACE FUNCTION salesopp.stage_times(criteria jsonb DEFAULT '{}')
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, visits bigint, median interval,
	p80_of_won interval, won_visits bigint)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	RETURN QUERY
	SELECT v.sales_process_id, v.position, v.name, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY v.duration),
		percentile_disc(0.8) WITHIN GROUP (ORDER BY v.duration) FILTER (WHERE v.status = 'won'),
		count(*) FILTER (WHERE v.status = 'won')
	FROM (
		SELECT o.status, v.sales_process_id, v.position, v.duration, COALESCE(
			(SELECT s.name FROM salesopp.stage s
				WHERE s.organization_id = organization AND s.opportunity_id = o.id AND s.position = v.position LIMIT 1),
			(SELECT p.name FROM salesopp.sales_process_stage p
				WHERE p.organization_id = organization AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name
		FROM unnest(ids) found (id)
		JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id
		CROSS JOIN LATERAL (
			SELECT v.* FROM salesopp.stage_visits v WHERE v.organization_id = organization AND v.opportunity_id = o.id OFFSET 0
		) v
		WHERE NOT v.is_current AND v.is_measured
	) v
	GROUP BY v.sales_process_id, v.position, v.name
	ORDER BY v.sales_process_id, v.position, v.name;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_times(jsonb) IS
	'How long finished visits to each stage took: the median, and how long four in five of those of won opportunities took at most';

CREATE OR REPLACE FUNCTION salesopp.stalled(criteria jsonb DEFAULT '{}', quantile numeric DEFAULT 0.8,
	at_least integer DEFAULT 20)
RETURNS TABLE (opportunity_id bigint, subject text, "position" integer, in_stage interval, usual interval,
	compared_with bigint, next_activity_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	PERFORM salesopp.require(quantile BETWEEN 0 AND 1,
		'22023', 'the quantile must be from 0 to 1, not %s',
		'Pass 0.8 for what four in five visits of won opportunities did not exceed.', COALESCE(quantile::text, 'NULL'));
	PERFORM salesopp.require(at_least >= 0,
		'22023', 'at_least must be 0 or more, not %s',
		'Pass the number of visits of won opportunities below which a stage is not judged.', COALESCE(at_least::text, 'NULL'));
	RETURN QUERY
	WITH won AS (
		SELECT v.sales_process_id, v.position, count(*) AS visits,
			percentile_disc(quantile::double precision) WITHIN GROUP (ORDER BY v.duration) AS duration
		FROM salesopp.opportunity o
		JOIN salesopp.stage_visits v ON v.organization_id = o.organization_id AND v.opportunity_id = o.id
		WHERE o.organization_id = organization AND v.organization_id = organization
			AND o.status = 'won' AND o.deleted_at IS NULL AND NOT v.is_current AND v.is_measured
		GROUP BY v.sales_process_id, v.position
		HAVING count(*) >= at_least
	)
	SELECT o.id, o.subject, v.position, v.duration, won.duration, won.visits, (
		SELECT min(a.occurred_at) FROM salesopp.activity a
		WHERE a.organization_id = organization AND a.opportunity_id = o.id AND a.occurred_at > now())
	FROM unnest(ids) found (id)
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id AND o.status = 'open'
	CROSS JOIN LATERAL (
		SELECT v.* FROM salesopp.stage_visits v WHERE v.organization_id = organization AND v.opportunity_id = o.id OFFSET 0
	) v
	JOIN won ON won.sales_process_id = v.sales_process_id AND won.position = v.position
	WHERE v.is_current AND v.duration > won.duration
	ORDER BY v.duration DESC, o.id;
END;
$$;
COMMENT ON FUNCTION salesopp.stalled(jsonb, numeric, integer) IS
	'Open opportunities that have been at their stage for longer than most that were won: the longest first, with their next activity';

-- Each opportunity ends at the stage that stands last of those where it has been: went_on, lost, won and still_there add
-- up to reached.
CREATE OR REPLACE FUNCTION salesopp.stage_conversion(criteria jsonb DEFAULT '{}', reached_since timestamptz DEFAULT NULL)
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, reached bigint, went_on bigint, lost bigint,
	won bigint, still_there bigint)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	ids constant bigint[] := ARRAY(SELECT salesopp.search_ids(criteria));
BEGIN
	RETURN QUERY
	SELECT s.sales_process_id, s.position, s.name, count(*), count(*) FILTER (WHERE s.went_on),
		count(*) FILTER (WHERE o.status = 'lost' AND NOT s.went_on), count(*) FILTER (WHERE o.status = 'won' AND NOT s.went_on),
		count(*) FILTER (WHERE o.status = 'open' AND NOT s.went_on)
	FROM unnest(ids) found (id)
	JOIN salesopp.opportunity o ON o.organization_id = organization AND o.id = found.id
	CROSS JOIN LATERAL (
		SELECT v.sales_process_id, v.position, v.name, min(v.entered_at) AS reached_at,
			v.position < max(max(v.position)) OVER ()
				OR COALESCE(min(v.entered_at) < max(max(v.left_at) FILTER (WHERE v.leaves_none)) OVER (), false) AS went_on
		FROM (
			SELECT v.sales_process_id, v.position, v.entered_at, v.left_at, COALESCE(
				(SELECT s.name FROM salesopp.stage s
					WHERE s.organization_id = organization AND s.opportunity_id = o.id AND s.position = v.position LIMIT 1),
				(SELECT p.name FROM salesopp.sales_process_stage p
					WHERE p.organization_id = organization AND p.sales_process_id = v.sales_process_id AND p.position = v.position LIMIT 1)) AS name,
				v.ended_by = 'stage' AND v.left_at IS DISTINCT FROM lead(v.entered_at) OVER (ORDER BY v.visit) AS leaves_none
			FROM salesopp.stage_visits v
			WHERE v.organization_id = organization AND v.opportunity_id = o.id
		) v
		GROUP BY v.sales_process_id, v.position, v.name
	) s
	WHERE reached_since IS NULL OR s.reached_at >= reached_since
	GROUP BY s.sales_process_id, s.position, s.name
	ORDER BY s.sales_process_id, s.position, s.name;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_conversion(jsonb, timestamptz) IS
	'How many opportunities have been at each stage, and what became of them: they went on, or were lost or won, or are there';
-- Reports of a period and of the opportunities that meet criteria, grouped by whatever is wanted. What they are
-- made of stands in views/reports.

-- The beginning of a statement: the groups as "r", and all periods as "p", so that those of which there is nothing are
-- not missing. Parameters: the organization, the opportunities that meet the criteria, what it is grouped by, the first and the
-- last day of a closing.
CREATE OR REPLACE FUNCTION salesopp.report_statement(kind text, by text, criteria jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	organization constant bigint := salesopp.current_organization();
	fields constant text[] := '{group_field, custom_field}';
	wanted record;
BEGIN
	SELECT g.* INTO wanted
	FROM salesopp.report_groupings(report_statement.kind) g
	WHERE g.by = report_statement.by AND g.by <> ALL (fields)
		OR g.by = 'group_field' AND EXISTS (SELECT FROM salesopp.group_field f
			WHERE f.organization_id = organization AND f.name = report_statement.by)
		OR g.by = 'custom_field' AND EXISTS (SELECT FROM salesopp.custom_field f
			WHERE f.organization_id = organization AND f.name = report_statement.by)
	-- a field may be called like one of the others, which come first
	ORDER BY array_position(fields, g.by) NULLS FIRST
	LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('opportunities cannot be grouped by %s'), COALESCE(quote_literal(report_statement.by), 'NULL')),
			HINT = format(salesopp.message('Group them by %s, or by the name of a group field or a custom field.'),
				(SELECT string_agg(g.by, ', ' ORDER BY g.by) FROM salesopp.report_groupings(report_statement.kind) g
				WHERE g.by <> ALL (fields)));
	END IF;
	RETURN format('WITH r AS (%s), p AS (%s)',
		salesopp.report_query(kind, wanted.group_by, wanted.joins,
			concat('AND o.organization_id = $1 AND ($4 IS NULL OR o.close_date >= $4) AND ($5 IS NULL OR o.close_date <= $5)',
				CASE WHEN criteria <> '{}' THEN ' AND o.id IN (SELECT unnest($2))' END),
			format('%s AS key, %s AS name, row_number() OVER (ORDER BY %s) AS rank', wanted.key, wanted.name, wanted.sort),
			wanted.name_joins),
		CASE WHEN wanted.step IS NULL THEN 'SELECT NULL::text AS key, NULL::text AS name, NULL::date AS day WHERE false'
		ELSE format('SELECT day::date::text AS key, to_char(day, %1$L) AS name, day::date AS day
			FROM (SELECT min(r.key::date) AS first, max(r.key::date) AS last FROM r) found,
				LATERAL (SELECT date_trunc(%2$L, COALESCE($4, found.first)::timestamp) AS first_day) start,
				-- so many, as a year may be mistyped: what lies beyond is there, but not what is empty between
				generate_series(start.first_day, least(COALESCE($5, found.last)::timestamp, start.first_day + 1200 * %3$L::interval), %3$L) day',
			wanted.form, report_statement.by, wanted.step) END);
END;
$$;
COMMENT ON FUNCTION salesopp.report_statement(text, text, jsonb) IS
	'How the statement of a report begins: its groups and periods';

-- All at once, before the statement: on a distributed engine, what joins tables cannot call what looks at others.
CREATE OR REPLACE FUNCTION salesopp.report_ids(criteria jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN criteria <> '{}' THEN ARRAY(SELECT salesopp.search_ids(criteria)) END;
END;
$$;
COMMENT ON FUNCTION salesopp.report_ids(jsonb) IS 'The opportunities that a report is about, or NULL for all';

CREATE OR REPLACE FUNCTION salesopp.pipeline(by text, criteria jsonb DEFAULT '{}')
RETURNS TABLE (key text, name text, opportunities bigint, open_opportunities bigint, won_opportunities bigint,
	lost_opportunities bigint, estimated_revenue numeric, open_pipeline numeric, won_revenue numeric, pipeline numeric,
	win_rate numeric, average_days_to_close numeric)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
BEGIN
	RETURN QUERY EXECUTE salesopp.report_statement('pipeline', salesopp.composed(by), criteria) || '
		SELECT COALESCE(r.key, p.key), COALESCE(r.name, p.name), COALESCE(r.opportunities, 0), COALESCE(r.open_opportunities, 0),
			COALESCE(r.won_opportunities, 0), COALESCE(r.lost_opportunities, 0), COALESCE(r.estimated_revenue, 0.00),
			COALESCE(r.open_pipeline, 0.00), COALESCE(r.won_revenue, 0.00), COALESCE(r.pipeline, 0.00), r.win_rate, r.average_days_to_close
		FROM r FULL JOIN p ON p.key = r.key ORDER BY p.day, r.rank'
	USING salesopp.current_organization(), salesopp.report_ids(criteria), salesopp.composed(by), NULL::date, NULL::date;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline(text, jsonb) IS
	'Forecast by employee, department, region, process, stage, loss_reason, competitor, month, quarter, company, or a field''s name';

CREATE OR REPLACE FUNCTION salesopp.results(by text, "from" date DEFAULT NULL, "to" date DEFAULT NULL, criteria jsonb DEFAULT '{}')
RETURNS TABLE (key text, name text, opportunities bigint, won_opportunities bigint, lost_opportunities bigint,
	won_revenue numeric, lost_revenue numeric, win_rate numeric, average_days_to_close numeric)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD' AS $$
BEGIN
	IF "from" > "to" OR NOT isfinite("from") OR NOT isfinite("to") THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('the period from %s to %s is none'), COALESCE("from"::text, '<NULL>'), COALESCE("to"::text, '<NULL>')),
			HINT = salesopp.message('Pass the first and the last day of a period, or NULL where it is open.');
	END IF;
	RETURN QUERY EXECUTE salesopp.report_statement('results', salesopp.composed(by), criteria) || '
		SELECT COALESCE(r.key, p.key), COALESCE(r.name, p.name), COALESCE(r.opportunities, 0), COALESCE(r.won_opportunities, 0),
			COALESCE(r.lost_opportunities, 0), COALESCE(r.won_revenue, 0.00), COALESCE(r.lost_revenue, 0.00), r.win_rate,
			r.average_days_to_close
		FROM r FULL JOIN p ON p.key = r.key ORDER BY p.day, r.rank'
	USING salesopp.current_organization(), salesopp.report_ids(criteria), salesopp.composed(by), "from", "to";
END;
$$;
COMMENT ON FUNCTION salesopp.results(text, date, date, jsonb) IS
	'Wins and losses that were closed in a period, by employee, department, region, process, stage, loss_reason, competitor, month, quarter, company, or a field''s name';
-- Figures of the past. Which version of an opportunity counts at an instant stands in src/search/history_states.c.

-- It reads the versions by the primary key, backwards: sorting them would take longer and use the disk, whatever statistics say.
-- As many rows as an organization with many opportunities has are expected, so that joins of them are hash joins.
CREATE OR REPLACE FUNCTION salesopp.states_at(instants timestamptz[], criteria jsonb DEFAULT '{}')
RETURNS TABLE (first integer, behind integer, opportunity_id bigint, version integer, status salesopp.opportunity_status,
	origin salesopp.history_origin, deleted boolean, decision_date date, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, in_scope boolean)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_sort = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.states_at(timestamptz[], jsonb) IS
	'The versions of opportunities that count at one of the instants, which ascend: at those from the one numbered first to before the one numbered behind; and whether they meet all criteria';

CREATE OR REPLACE FUNCTION salesopp.opportunities_as_of(at timestamptz)
RETURNS SETOF salesopp.opportunity_history
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	opportunities bigint[];
	versions integer[];
BEGIN
	-- by itself: on a distributed engine, what joins tables cannot call what looks at others
	SELECT array_agg(s.opportunity_id), array_agg(s.version) INTO opportunities, versions
	FROM salesopp.states_at(ARRAY[opportunities_as_of.at]) s WHERE NOT s.deleted;
	-- planned each time, for as many as there are
	RETURN QUERY EXECUTE '
		SELECT h.*
		FROM unnest($2, $3) s (opportunity_id, version)
		JOIN salesopp.opportunity_history h
			ON h.organization_id = $1 AND h.opportunity_id = s.opportunity_id AND h.version = s.version'
	USING organization, opportunities, versions;
END;
$$;
COMMENT ON FUNCTION salesopp.opportunities_as_of(timestamptz) IS
	'What each opportunity was at an instant, without those that were deleted then';

CREATE OR REPLACE FUNCTION salesopp.pipeline_as_of(at timestamptz, criteria jsonb DEFAULT '{}')
RETURNS TABLE (status text, opportunities bigint, estimated_revenue numeric, pipeline numeric, highest numeric,
	reconstructed bigint)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT line.*
	FROM (
		SELECT salesopp.pipeline_summary(s.status, s.estimated_revenue, s.actual_revenue, s.progress) AS t,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'won') AS won,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'open') AS open,
			count(*) FILTER (WHERE s.origin = 'reconstructed' AND s.status = 'lost') AS lost
		FROM salesopp.states_at(ARRAY[pipeline_as_of.at], pipeline_as_of.criteria) s
		WHERE s.in_scope AND NOT s.deleted
	) f, LATERAL (VALUES
		('won', (f.t).won_opportunities, (f.t).won_estimated_revenue, (f.t).won_pipeline, (f.t).won_highest, f.won),
		('open', (f.t).open_opportunities, (f.t).open_estimated_revenue, (f.t).open_pipeline, (f.t).open_highest, f.open),
		('lost', (f.t).lost_opportunities, (f.t).lost_estimated_revenue, (f.t).lost_pipeline, (f.t).lost_highest, f.lost),
		('total', (f.t).total_opportunities, (f.t).total_estimated_revenue, (f.t).total_pipeline, (f.t).total_highest,
			f.won + f.open + f.lost)
	) line;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_as_of(timestamptz, jsonb) IS
	'The summary as it was at an instant; and how many of the opportunities were made up from what was known when recording began';

-- What moved between two instants. A value is an estimate at a percentage: 100 when estimates are measured, so that
-- nothing becomes more likely then.
CREATE OR REPLACE FUNCTION salesopp.pipeline_moves(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue')
RETURNS TABLE (opportunity_id bigint, bucket text, before numeric, after numeric, amount numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(COALESCE(since, 'infinity') <= COALESCE(until, 'infinity'),
		'22023', 'the period ends at %s, before it begins at %s', 'Pass since and until in this order; NULL is the present.',
		COALESCE(until::text, salesopp.message('the present')), COALESCE(since::text, salesopp.message('the present')));
	PERFORM salesopp.require(decision_from <= decision_to OR decision_from IS NULL OR decision_to IS NULL,
		'22023', 'the decision dates end on %s, before they begin on %s',
		'Pass decision_from and decision_to in this order, both inclusive; NULL for no bound.', decision_to, decision_from);
	PERFORM salesopp.require(measure IN ('estimated_revenue', 'weighted'),
		'22023', 'unknown measure of the pipeline: %L', 'Pass estimated_revenue or weighted.', measure);
	RETURN QUERY
	WITH state AS MATERIALIZED (
		SELECT s.*, p.in_period, s.in_scope AND p.in_period AND s.status = 'open' AND NOT s.deleted AS is_member,
			COALESCE(s.estimated_revenue, 0) AS estimate, CASE measure WHEN 'weighted' THEN s.progress ELSE 100 END AS percent
		FROM salesopp.states_at(ARRAY[since, until], pipeline_moves.criteria) s,
			LATERAL (SELECT ((decision_from IS NULL OR s.decision_date >= decision_from)
				AND (decision_to IS NULL OR s.decision_date <= decision_to)) IS TRUE AS in_period) p
	), opportunity AS MATERIALIZED (
		-- what was there at the first instant is there at the second
		SELECT s2.opportunity_id AS id, s1.is_member IS TRUE AS was_member, s2.is_member, s1.opportunity_id IS NOT NULL AS was_there,
			s1.deleted AS was_deleted, s1.status AS status1, s1.in_period AS was_in_period, s1.estimate AS estimate1, s1.percent AS percent1,
			s2.deleted, s2.status AS status2, s2.in_period, s2.in_scope, s2.estimate AS estimate2, s2.percent AS percent2, s2.actual_revenue,
			CASE WHEN s1.is_member THEN salesopp.weighted_value('open', s1.estimate, NULL, s1.percent) END AS value1,
			CASE WHEN s2.is_member THEN salesopp.weighted_value('open', s2.estimate, NULL, s2.percent) END AS value2
		FROM state s2
		LEFT JOIN state s1 ON s1.opportunity_id = s2.opportunity_id AND s1.first = 1
		WHERE s2.behind = 3
	)
	SELECT o.id, 'start', o.value1, o.value2, o.value1 FROM opportunity o WHERE o.was_member
	UNION ALL
	SELECT o.id, CASE
			WHEN NOT o.was_there THEN 'new'
			WHEN o.was_deleted THEN 'restored'
			WHEN o.status1 <> 'open' THEN 'reopened'
			WHEN NOT o.was_in_period THEN 'moved_in'
			ELSE 'transferred_in' END, o.value1, o.value2, o.value2
	FROM opportunity o WHERE o.is_member AND NOT o.was_member
	UNION ALL
	SELECT o.id, CASE WHEN o.estimate1 < o.estimate2 THEN 'increased' ELSE 'decreased' END, o.value1, o.value2,
		salesopp.weighted_value('open', o.estimate2 - o.estimate1, NULL, o.percent1)
	FROM opportunity o WHERE o.was_member AND o.is_member AND o.estimate1 <> o.estimate2
	UNION ALL
	SELECT o.id, CASE WHEN o.percent1 < o.percent2 THEN 'more_likely' ELSE 'less_likely' END, o.value1, o.value2,
		salesopp.weighted_value('open', o.estimate2, NULL, o.percent2 - o.percent1)
	FROM opportunity o WHERE o.was_member AND o.is_member AND o.percent1 <> o.percent2
	UNION ALL
	SELECT o.id, CASE
			WHEN o.deleted THEN 'deleted'
			WHEN o.status2 <> 'open' THEN o.status2::text
			WHEN NOT o.in_period THEN 'moved_out'
			ELSE 'transferred_out' END, o.value1, o.value2, -o.value1
	FROM opportunity o WHERE o.was_member AND NOT o.is_member
	UNION ALL
	SELECT o.id, 'end', o.value1, o.value2, o.value2 FROM opportunity o WHERE o.is_member
	UNION ALL
	SELECT o.id, 'won_at', o.value1, o.value2, o.actual_revenue
	FROM opportunity o WHERE o.was_member AND o.status2 = 'won' AND NOT o.deleted
	UNION ALL
	SELECT o.id, o.status2 || '_new', o.value1, o.value2, CASE o.status2
			WHEN 'won' THEN o.actual_revenue
			ELSE salesopp.weighted_value('open', o.estimate2, NULL, o.percent2) END
	FROM opportunity o
	WHERE NOT o.was_there AND o.status2 <> 'open' AND NOT o.deleted AND o.in_scope AND o.in_period;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_moves(timestamptz, timestamptz, date, date, jsonb, text) IS
	'What each opportunity has to do with the change of the open pipeline between two instants: a row for each bucket of pipeline_change() that it counts in';

-- Sums are those of the pipeline: exact, with at least two decimals. So an amount stands there as a value that is certain.
CREATE OR REPLACE FUNCTION salesopp.pipeline_change(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue')
RETURNS TABLE ("position" integer, bucket text, opportunities bigint, amount numeric)
LANGUAGE plpgsql STABLE ROWS 19 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT b.position::integer, b.name, count(m.bucket), salesopp.pipeline_value('open', m.amount, NULL, 100)
	FROM unnest('{start, new, restored, reopened, moved_in, transferred_in, increased, decreased, more_likely, less_likely,
		won, lost, moved_out, transferred_out, deleted, end, won_at, won_new, lost_new}'::text[]) WITH ORDINALITY b (name, position)
	LEFT JOIN salesopp.pipeline_moves(since, until, decision_from, decision_to, pipeline_change.criteria, measure) m ON m.bucket = b.name
	GROUP BY b.position, b.name
	ORDER BY b.position;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_change(timestamptz, timestamptz, date, date, jsonb, text) IS
	'What the open pipeline was at an instant, what it was at a later one, and what happened between: the first and all that happened add up to the second, to the cent';

CREATE OR REPLACE FUNCTION salesopp.pipeline_series(since timestamptz, until timestamptz, step interval, criteria jsonb DEFAULT '{}')
RETURNS TABLE (at timestamptz, open_opportunities bigint, estimated_revenue numeric, pipeline numeric, won_revenue numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most constant integer := 10000;
	present constant timestamptz := clock_timestamp();
	start constant timestamptz := COALESCE(NULLIF(since, 'infinity'), present);
	stop constant timestamptz := LEAST(until, present);
	instants timestamptz[] := ARRAY[start];
	instant timestamptz;
BEGIN
	PERFORM salesopp.require(COALESCE(since, 'infinity') <= COALESCE(until, 'infinity'),
		'22023', 'the series ends at %s, before it begins at %s', 'Pass since and until in this order; NULL is the present.',
		COALESCE(until::text, salesopp.message('the present')), COALESCE(since::text, salesopp.message('the present')));
	PERFORM salesopp.require(isfinite(start), '22023', 'a series must begin at an instant', 'Pass when it begins as since.');
	PERFORM salesopp.require(isfinite(step) AND step > '0', '22023',
		'the step of a series must be positive: %s', 'Pass an interval such as 1 week.', COALESCE(step::text, 'NULL'));
	LOOP
		-- steps are counted from the start, so that the last of a month stays the last; a longer one would leave the calendar
		instant := start + cardinality(instants) * LEAST(step, '10000 years');
		EXIT WHEN instant > stop;
		PERFORM salesopp.require(cardinality(instants) < most, '22023',
			'a series of more than %s instants from %s to %s', 'Take a longer step, or a shorter period.', most, start, stop);
		instants := instants || instant;
	END LOOP;
	RETURN QUERY
	WITH counted AS MATERIALIZED (
		SELECT s.first, s.behind,
			salesopp.pipeline_summary(s.status, s.estimated_revenue, s.actual_revenue, s.progress) AS t
		FROM salesopp.states_at(instants, pipeline_series.criteria) s
		WHERE s.in_scope AND NOT s.deleted
		GROUP BY GROUPING SETS ((s.first), (s.behind))
	)
	-- what begins to count at an instant comes in there, what counts no more goes out
	SELECT i.at, (sum(COALESCE((c.t).open_opportunities, 0) - COALESCE((g.t).open_opportunities, 0)) OVER so_far)::bigint,
		salesopp.pipeline_value('open', COALESCE((c.t).open_estimated_revenue, 0) - COALESCE((g.t).open_estimated_revenue, 0), NULL, 100) OVER so_far,
		salesopp.pipeline_value('open', COALESCE((c.t).open_pipeline, 0) - COALESCE((g.t).open_pipeline, 0), NULL, 100) OVER so_far,
		salesopp.pipeline_value('open', COALESCE((c.t).won_pipeline, 0) - COALESCE((g.t).won_pipeline, 0), NULL, 100) OVER so_far
	FROM unnest(instants) WITH ORDINALITY i (at, number)
	LEFT JOIN counted c ON c.first = i.number
	LEFT JOIN counted g ON g.behind = i.number
	WINDOW so_far AS (ORDER BY i.number)
	ORDER BY i.number;
END;
$$;
COMMENT ON FUNCTION salesopp.pipeline_series(timestamptz, timestamptz, interval, jsonb) IS
	'What pipeline_as_of() says of open and won ones at each instant from since to until, a step apart, and not beyond now';
-- How far the history reaches and what of it is final, whether it is whole, and what keeps it so.

CREATE OR REPLACE FUNCTION salesopp.history_settled() RETURNS timestamptz
LANGUAGE C STABLE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.history_settled() IS
	'The instant up to which, and including which, the history is final: no transaction that is still open, or begins later, adds to it';

CREATE OR REPLACE FUNCTION salesopp.history_begins() RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	RETURN (SELECT min(h.at) FROM salesopp.opportunity_history h WHERE h.organization_id = organization);
END;
$$;
COMMENT ON FUNCTION salesopp.history_begins() IS
	'The instant of the first row of the organization''s history; NULL: it has none';

-- The settings are part of how its rows are written as text.
CREATE OR REPLACE FUNCTION salesopp.history_digest(until timestamptz) RETURNS text
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET "TimeZone" = 'UTC' SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.history_digest(timestamptz) IS
	'SHA-256 of the organization''s history up to and including an instant that is settled: kept elsewhere, it shows later whether anything of it was changed';

-- Which columns are compared, the catalog says: those that both tables have. An opportunity's version, and who changed it, may
-- have moved on without a row of history, by a change of what is not tracked.
CREATE OR REPLACE FUNCTION salesopp.history_problems() RETURNS TABLE (opportunity_id bigint, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	differing text;
BEGIN
	SELECT string_agg(format('CASE WHEN o.%1$I IS DISTINCT FROM h.%1$I THEN %1$L END', c.attname), ', ' ORDER BY c.attnum)
	INTO differing
	FROM pg_attribute c
	JOIN pg_attribute a ON a.attrelid = 'salesopp.opportunity'::regclass AND a.attname = c.attname AND NOT a.attisdropped
	WHERE c.attrelid = 'salesopp.opportunity_history'::regclass AND c.attnum > 0 AND NOT c.attisdropped
		AND c.attname NOT IN ('organization_id', 'version', 'changed_by');

	RETURN QUERY EXECUTE format($query$
		WITH history AS (
			SELECT h.*, row_number() OVER (PARTITION BY h.opportunity_id ORDER BY h.version DESC) AS from_last,
				lag(h.at) OVER (PARTITION BY h.opportunity_id ORDER BY h.version) AS at_before
			FROM salesopp.opportunity_history h WHERE h.organization_id = $1
		), compared AS (
			SELECT o.id, o.version, h.version AS last_version, concat_ws(', ', %s,
				CASE WHEN o.deleted_at IS NULL = h.deleted THEN 'deleted' END) AS differing
			FROM salesopp.opportunity o
			LEFT JOIN history h ON h.opportunity_id = o.id AND h.from_last = 1
			WHERE o.organization_id = $1
		), found AS (
			SELECT c.id, NULL::integer AS version, 'it has no history' AS problem FROM compared c WHERE c.last_version IS NULL
			UNION ALL
			SELECT c.id, c.last_version, format('version %%s of its history is above its own, %%s', c.last_version, c.version)
			FROM compared c WHERE c.last_version > c.version
			UNION ALL
			SELECT c.id, c.last_version, format('it differs from the last version of its history, %%s, in %%s', c.last_version, c.differing)
			FROM compared c WHERE c.last_version IS NOT NULL AND c.differing <> ''
			UNION ALL
			SELECT h.opportunity_id, h.version, format('version %%s of its history counts from before the one before it', h.version)
			FROM history h WHERE h.at < h.at_before
		)
		SELECT f.id, f.problem FROM found f ORDER BY f.id, f.version, f.problem COLLATE "C"
	$query$, differing) USING organization;
END;
$$;
COMMENT ON FUNCTION salesopp.history_problems() IS
	'Where the history does not go with the opportunities, as after an import or a change past the triggers; no rows: all is well';

CREATE OR REPLACE FUNCTION salesopp.complete_history() RETURNS bigint
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.complete_history() IS
	'Gives each opportunity that has no history a first row: how it stands, since it was last changed; returns their number. For the owner';

CREATE OR REPLACE FUNCTION salesopp.trim_history(before timestamptz) RETURNS bigint
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.trim_history(timestamptz) IS
	'Removes what was before an instant, but for how each opportunity stood at it; returns the number of rows. For the owner';
-- What has changed, for those who follow it. Without sorting there is one plan, which reads a page from the index; with it,
-- what statistics do not know of yet, as all of a new customer's, would be read and sorted for each page.

CREATE OR REPLACE FUNCTION salesopp.changes_since(cursor text DEFAULT NULL, max_rows integer DEFAULT 1000)
RETURNS TABLE (cursor text, opportunity_id bigint, version integer, at timestamptz, changed_by bigint, kind text,
	before salesopp.opportunity_history, after salesopp.opportunity_history)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET enable_sort = off AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.changes_since(text, integer) IS
	'The changes of opportunities behind a cursor, in the order of time, as far as they are settled; each has the cursor to go on from';
-- What opportunities may come to, with which chance (N3). It is computed in src/forecast; the states of the
-- aggregates are plain bytea, as those of the pipeline are.

-- A database that is updated has no such type yet, or has it from being updated before.
DO $$
BEGIN
	IF to_regtype('salesopp.forecast_range') IS NULL THEN
		CREATE TYPE salesopp.forecast_range AS (
			opportunities bigint,
			certain numeric,
			possible numeric,
			mean numeric,
			standard_deviation numeric,
			p10 numeric,
			p50 numeric,
			p90 numeric,
			chance double precision,
			error numeric,
			chance_error double precision
		);
	END IF;
END $$;
COMMENT ON TYPE salesopp.forecast_range IS
	'What opportunities may come to: what is certain, the most, mean, standard deviation, the amounts that are reached with a chance of 90, 50 and 10 %, the chance of a quota, and how far off these may be';

CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quota numeric) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quota numeric, correlation double precision)
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quantile double precision) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_accum(state bytea, status salesopp.opportunity_status,
	estimated_revenue numeric, actual_revenue numeric, progress numeric, quantile double precision, correlation double precision)
RETURNS bytea LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_range_final(state bytea) RETURNS salesopp.forecast_range
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_quantile_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.forecast_chance_final(state bytea) RETURNS double precision
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

CREATE OR REPLACE AGGREGATE salesopp.forecast_range(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_range(salesopp.opportunity_status, numeric, numeric, numeric) IS
	'What opportunities may come to, if each is decided and none depends on another: exact, or with an error that is said';

CREATE OR REPLACE AGGREGATE salesopp.forecast_range(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric, correlation double precision) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_range_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_range(salesopp.opportunity_status, numeric, numeric, numeric, numeric, double precision) IS
	'The same with the chance of a quota, and for opportunities that go well or badly together; both are the same in all rows';

CREATE OR REPLACE AGGREGATE salesopp.forecast_quantile(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quantile double precision) (
	SFUNC = salesopp.forecast_quantile_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_quantile(salesopp.opportunity_status, numeric, numeric, numeric, double precision) IS
	'The least amount that opportunities do not exceed with a chance of so much, from 0 to 1: 0.1 is pessimistic';

CREATE OR REPLACE AGGREGATE salesopp.forecast_quantile(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quantile double precision, correlation double precision) (
	SFUNC = salesopp.forecast_quantile_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_quantile_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_quantile(salesopp.opportunity_status, numeric, numeric, numeric, double precision, double precision) IS
	'The same for opportunities that go well or badly together';

CREATE OR REPLACE AGGREGATE salesopp.forecast_chance(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_chance_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_chance(salesopp.opportunity_status, numeric, numeric, numeric, numeric) IS
	'The chance that opportunities come to a quota or more';

CREATE OR REPLACE AGGREGATE salesopp.forecast_chance(status salesopp.opportunity_status, estimated_revenue numeric,
	actual_revenue numeric, progress numeric, quota numeric, correlation double precision) (
	SFUNC = salesopp.forecast_accum, STYPE = bytea, SSPACE = 1024,
	COMBINEFUNC = salesopp.forecast_combine, FINALFUNC = salesopp.forecast_chance_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.forecast_chance(salesopp.opportunity_status, numeric, numeric, numeric, numeric, double precision) IS
	'The same for opportunities that go well or badly together';

CREATE OR REPLACE FUNCTION salesopp.forecast(criteria jsonb DEFAULT '{}', quota numeric DEFAULT NULL,
	correlation double precision DEFAULT 0) RETURNS salesopp.forecast_range
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast(jsonb, numeric, double precision) IS
	'What the opportunities that meet the criteria may come to, with the chance of a quota';

CREATE OR REPLACE FUNCTION salesopp.forecast_curve(criteria jsonb DEFAULT '{}', points integer DEFAULT 100,
	correlation double precision DEFAULT 0) RETURNS TABLE (amount numeric, chance_at_least double precision)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast_curve(jsonb, integer, double precision) IS
	'With which chance the opportunities that meet the criteria come to an amount or more, at amounts an even step apart';

CREATE OR REPLACE FUNCTION salesopp.forecast_svg(criteria jsonb DEFAULT '{}', quota numeric DEFAULT NULL, language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.forecast_svg(jsonb, numeric, text) IS
	'An SVG picture of what the opportunities that meet the criteria may come to, with the chance of a quota';
-- Measured chances (N4): what becomes of those who reach a stage, and whether what was said came true. Rates and chances are
-- parts of 1, as those of intervals are; a probability that somebody has stated is in percent, as everywhere.

-- ---------- Intervals, and the estimates that the functions below are made of

CREATE OR REPLACE FUNCTION salesopp.wilson(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
	OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.wilson(bigint, bigint, double precision) IS
	'Wilson''s interval of a rate of which so many successes in so many trials are known';

CREATE OR REPLACE FUNCTION salesopp.jeffreys(successes bigint, trials bigint, confidence double precision DEFAULT 0.95,
	OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.jeffreys(bigint, bigint, double precision) IS
	'Jeffreys'' interval of a rate of which so many successes in so many trials are known; from 0 where there is none, to 1 where all are';

CREATE OR REPLACE FUNCTION salesopp.weighted_wilson(rate double precision, trials double precision,
	confidence double precision DEFAULT 0.95, OUT lower double precision, OUT upper double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.weighted_wilson(double precision, double precision, double precision) IS
	'Wilson''s interval of a rate that is known by trials that count for more or less, and need not be whole';

CREATE OR REPLACE FUNCTION salesopp.brier_accum(state bytea, probability numeric, won boolean) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.brier_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.brier_final(state bytea) RETURNS numeric
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE AGGREGATE salesopp.brier_score(probability numeric, won boolean) (
	SFUNC = salesopp.brier_accum, STYPE = bytea, SSPACE = 32,
	COMBINEFUNC = salesopp.brier_combine, FINALFUNC = salesopp.brier_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.brier_score(numeric, boolean) IS
	'Mean square of how far probabilities that were stated, in percent, are from what came: 0 is perfect, 0.25 is what 50 % for everything gets; NULL over no rows';

CREATE OR REPLACE FUNCTION salesopp.incidence_accum(state bytea, duration interval, outcome salesopp.opportunity_status) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.incidence_combine(state bytea, other bytea) RETURNS bytea
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE FUNCTION salesopp.incidence_final(state bytea) RETURNS double precision[]
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
CREATE OR REPLACE AGGREGATE salesopp.incidence(duration interval, outcome salesopp.opportunity_status) (
	SFUNC = salesopp.incidence_accum, STYPE = bytea, SSPACE = 10000,
	COMBINEFUNC = salesopp.incidence_combine, FINALFUNC = salesopp.incidence_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE salesopp.incidence(interval, salesopp.opportunity_status) IS
	'What part is won, lost and open in the end, when some have been watched for a shorter time than others: {won, lost, open} by Aalen and Johansen';

CREATE OR REPLACE FUNCTION salesopp.stage_entries(criteria jsonb DEFAULT '{}')
RETURNS TABLE (opportunity_id bigint, sales_process_id bigint, above integer, reached integer, reached_at timestamptz,
	status salesopp.opportunity_status, status_since timestamptz)
LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100000 SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.stage_entries(jsonb) IS
	'When opportunities first had completed a stage behind the position above, up to the one reached (NULL: it is not known when), and what has become of them since when';

-- ---------- What becomes of those who reach a stage

CREATE OR REPLACE FUNCTION salesopp.stage_win_rates(criteria jsonb DEFAULT '{}', reached_since date DEFAULT NULL,
	within interval DEFAULT NULL)
RETURNS TABLE (sales_process_id bigint, "position" integer, name text, probability numeric, reached bigint, won bigint, lost bigint,
	open bigint, win_rate numeric, lower double precision, upper double precision, incidence double precision)
LANGUAGE plpgsql STABLE ROWS 30 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	-- by themselves: on a distributed engine, what joins tables cannot call what looks at others
	stages constant salesopp.sales_process_stage[] := ARRAY(SELECT s FROM salesopp.sales_process_stage s WHERE s.organization_id = organization);
BEGIN
	PERFORM salesopp.require(reached_since IS NULL OR (isfinite(reached_since) AND reached_since <= (now() AT TIME ZONE time_zone)::date),
		'22023', 'no stage has been reached since %s yet', 'Pass a date up to today, or NULL for all.', reached_since);
	PERFORM salesopp.require(within IS NULL OR (within > '0' AND within <= '1000 years'),
		'22023', 'the time in which they are won must be positive, and no more than 1000 years: %s',
		'Pass an interval such as 90 days, or NULL for all the time that they were watched.', within);
	RETURN QUERY
	SELECT c.sales_process_id, c.position, s.name, s.probability, c.reached, c.won, c.lost, c.reached - c.won - c.lost,
		trim_scale(c.won::numeric / NULLIF(c.won + c.lost, 0)), i.lower, i.upper, c.parts[1]
	FROM (
		SELECT s.sales_process_id, s.position, count(*) AS reached, count(*) FILTER (WHERE e.status = 'won') AS won,
			count(*) FILTER (WHERE e.status = 'lost') AS lost,
			salesopp.incidence(greatest(w.left_at, e.reached_at) - e.reached_at, CASE WHEN w.left_at < t.left_at THEN 'open' ELSE e.status END)
				FILTER (WHERE isfinite(e.reached_at) AND isfinite(w.left_at)) AS parts
		FROM salesopp.stage_entries(stage_win_rates.criteria) e
		JOIN unnest(stages) s ON s.sales_process_id = e.sales_process_id
			AND s.position > e.above AND s.position <= e.reached
		CROSS JOIN LATERAL (SELECT CASE e.status WHEN 'open' THEN now() ELSE e.status_since END AS left_at) t
		CROSS JOIN LATERAL (SELECT CASE WHEN within IS NULL THEN t.left_at
			ELSE least(t.left_at, (e.reached_at AT TIME ZONE time_zone + within) AT TIME ZONE time_zone) END AS left_at) w
		WHERE reached_since IS NULL OR e.reached_at >= reached_since::timestamp AT TIME ZONE time_zone
		GROUP BY s.sales_process_id, s.position
	) c
	JOIN unnest(stages) s ON s.sales_process_id = c.sales_process_id AND s.position = c.position
	CROSS JOIN LATERAL salesopp.wilson(c.won, c.won + c.lost) i
	ORDER BY c.sales_process_id, c.position;
END;
$$;
COMMENT ON FUNCTION salesopp.stage_win_rates(jsonb, date, interval) IS
	'What has become of those who reached each stage, beside the probability of the stage; and what part of them is won in the end, or within a time, when those who are open still are reckoned with';

-- ---------- Whether what was said came true

CREATE OR REPLACE FUNCTION salesopp.bin_of(probability numeric, bins integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN probability = 100 THEN bins - 1 ELSE floor(probability * bins / 100) END;
COMMENT ON FUNCTION salesopp.bin_of(numeric, integer) IS
	'In which of so many equal parts of the scale from 0 to 100 a probability is, from 0 on; 100 is in the last';

-- All that was said of one opportunity comes true, or not, at once: so it counts for one trial in the interval, or for less
-- where others were spoken of more often.
CREATE OR REPLACE FUNCTION salesopp.calibration(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT NULL)
RETURNS TABLE (probability numeric, forecasts bigint, won bigint, win_rate numeric, lower double precision, upper double precision)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most constant integer := 10000;
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := (SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization);
	begins constant timestamptz := (SELECT min(h.at) FROM salesopp.opportunity_history h
		WHERE h.organization_id = organization AND h.at > '-infinity');
	start constant timestamp := date_trunc('month', begins AT TIME ZONE time_zone);
	instants timestamptz[] := '{}';
	instant timestamptz;
	decided bigint[];
	are_won boolean[];
BEGIN
	PERFORM salesopp.require(every > '0', '22023', 'the time between two looks at what was said must be positive: %s',
		'Pass an interval such as 1 month.', COALESCE(every::text, 'NULL'));
	PERFORM salesopp.require(bins >= 1 OR bins IS NULL, '22023', 'there must be at least one bin: %s',
		'Pass how many equal parts the scale from 0 to 100 is cut into, or NULL for each probability by itself.', bins);
	LOOP
		-- a longer step would leave the calendar
		instant := (start + cardinality(instants) * LEAST(every, '10000 years')) AT TIME ZONE time_zone;
		EXIT WHEN instant IS NULL OR instant > now();
		PERFORM salesopp.require(cardinality(instants) < most, '22023',
			'more than %s instants at which to look at what was said, since %s', 'Take a longer step.', most, start);
		instants := instants || instant;
	END LOOP;
	-- by itself: on a distributed engine, what joins tables cannot call what looks at others
	SELECT array_agg(o.id), array_agg(o.status = 'won') INTO decided, are_won
	FROM salesopp.opportunity o
	WHERE o.organization_id = organization AND o.status <> 'open' AND o.deleted_at IS NULL;
	RETURN QUERY
	WITH said AS (
		-- what was made up of stamps and old events was not said then (as in the view stage_visits)
		SELECT s.opportunity_id, s.progress, salesopp.bin_of(s.progress, calibration.bins) AS bin,
			o.is_won, sum(s.behind - s.first) AS times
		FROM salesopp.states_at(instants, calibration.criteria) s
		JOIN unnest(decided, are_won) o (id, is_won) ON o.id = s.opportunity_id
		WHERE s.in_scope AND NOT s.deleted AND s.status = 'open' AND s.version > 0 AND s.origin <> 'reconstructed'
		GROUP BY s.opportunity_id, s.progress, o.is_won
	), opportunity AS (
		SELECT CASE WHEN s.bin IS NULL THEN s.progress END AS progress, s.bin, s.is_won, sum(s.times) AS times, sum(s.progress * s.times) AS percent
		FROM said s
		GROUP BY s.opportunity_id, 1, s.bin, s.is_won
	), rate AS (
		SELECT COALESCE(o.progress, trim_scale(sum(o.percent) / sum(o.times))) AS probability, sum(o.times) AS forecasts,
			COALESCE(sum(o.times) FILTER (WHERE o.is_won), 0) AS won, sum(o.times) * sum(o.times) / sum(o.times * o.times) AS trials
		FROM opportunity o
		GROUP BY o.progress, o.bin
	)
	SELECT r.probability, r.forecasts::bigint, r.won::bigint, trim_scale(r.won / r.forecasts), i.lower, i.upper
	FROM rate r
	CROSS JOIN LATERAL salesopp.weighted_wilson((r.won / r.forecasts)::double precision, r.trials::double precision) i
	ORDER BY r.probability;
END;
$$;
COMMENT ON FUNCTION salesopp.calibration(jsonb, interval, integer) IS
	'How many of those of which a probability was said, at each instant, were won in the end: beside the probability, when what is said is true';

-- The uncertainty takes what rounding leaves, so that the parts add up to the last digit: it is 0 only where the others are exact.
CREATE OR REPLACE FUNCTION salesopp.calibration_score(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT NULL)
RETURNS TABLE (forecasts bigint, brier numeric, reliability numeric, resolution numeric, uncertainty numeric, skill numeric)
LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT s.number, trim_scale(s.brier), trim_scale(s.reliability), trim_scale(s.resolution), trim_scale(u.uncertainty),
		trim_scale(round(1 - s.brier / NULLIF(u.uncertainty, 0), 16))
	FROM (
		SELECT COALESCE(sum(c.forecasts), 0)::bigint AS number,
			round(round(sum(c.won * m.to_won * m.to_won + (c.forecasts - c.won) * c.probability * c.probability), 40) / (sum(c.forecasts) * 10000), 16) AS brier,
			round(sum(round(m.too_many * m.too_many, 40) / c.forecasts) / (sum(c.forecasts) * 10000), 16) AS reliability,
			round((sum(round(m.won * m.won, 40) / c.forecasts) - round(sum(m.won) * sum(m.won), 40) / sum(c.forecasts)) / sum(c.forecasts), 16) AS resolution
		FROM salesopp.calibration(calibration_score.criteria, calibration_score.every, calibration_score.bins) c
		CROSS JOIN LATERAL (SELECT c.won::numeric AS won, 100 - c.probability AS to_won, c.forecasts * c.probability - c.won * 100 AS too_many) m
	) s, LATERAL (SELECT s.brier - s.reliability + s.resolution AS uncertainty) u;
END;
$$;
COMMENT ON FUNCTION salesopp.calibration_score(jsonb, interval, integer) IS
	'Brier''s score of all that was said, and its parts: reliability (how far it is from what came) - resolution (how well it tells apart) + uncertainty (how hard to tell it was)';

CREATE OR REPLACE FUNCTION salesopp.calibration_svg(criteria jsonb DEFAULT '{}', every interval DEFAULT '1 month', bins integer DEFAULT 5,
	language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.calibration_svg(jsonb, interval, integer, text) IS
	'An SVG picture of what was said against what came, with how sure that is';

-- ---------- The chance of one

CREATE OR REPLACE FUNCTION salesopp.chance_by(opportunity_id bigint, by date) RETURNS double precision
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	this constant salesopp.opportunity := salesopp.listed_opportunity(opportunity_id);
	organization constant bigint := this.organization_id;
	time_zone constant text := (SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization);
	waited interval;
	waits interval;
BEGIN
	PERFORM salesopp.require(isfinite(by) AND by >= (now() AT TIME ZONE time_zone)::date AND by <= '9999-12-31',
		'22023', 'a chance is of a date from today on, not of %s', 'Pass today or a later date.', COALESCE(by::text, 'NULL'));
	IF this.status <> 'open' THEN
		RETURN CASE this.status WHEN 'won' THEN 1 ELSE 0 END;
	END IF;
	waited := (SELECT greatest(now() - e.reached_at, '0') FROM salesopp.stage_entries(jsonb_build_object('id', this.id)) e
		WHERE this.stage_reached > e.above AND this.stage_reached <= e.reached AND isfinite(e.reached_at));
	waits := ((by + 1)::timestamp AT TIME ZONE time_zone) - now();
	IF waited IS NULL OR this.sales_process_id IS NULL THEN
		RETURN NULL;
	END IF;
	-- those of whom it is known what came after as long a time
	RETURN (
		SELECT (salesopp.incidence(LEAST(d.duration, waited + waits), CASE WHEN d.duration > waited + waits THEN 'open' ELSE e.status END))[1]
		FROM salesopp.stage_entries() e
		CROSS JOIN LATERAL (SELECT CASE e.status WHEN 'open' THEN now() ELSE e.status_since END - e.reached_at AS duration) d
		WHERE e.sales_process_id = this.sales_process_id AND this.stage_reached > e.above AND this.stage_reached <= e.reached
			AND isfinite(e.reached_at) AND isfinite(e.status_since) AND d.duration > waited);
END;
$$;
COMMENT ON FUNCTION salesopp.chance_by(bigint, date) IS
	'The chance that an open opportunity is won by the end of a date: what part of those who had reached its stage, and were still open after as long a time, were won within as long a time again; NULL where none is known';
-- Quotas and what has come of them, by who leads whom and by department; and what was submitted against what came (N12).

-- ---------- Who leads whom

-- In the order of a tree. Who leads somebody else comes before those, and what is below him is where his id is in the path.
CREATE OR REPLACE FUNCTION salesopp.team(of date DEFAULT CURRENT_DATE)
RETURNS TABLE (employee_id bigint, initials text, manager_id bigint, depth integer, path bigint[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	PERFORM salesopp.require(isfinite(of), '22023', 'a team is of a day, not of %s',
		'Pass a date, such as CURRENT_DATE.', COALESCE(of::text, 'NULL'));
	RETURN QUERY
	WITH RECURSIVE led AS MATERIALIZED (
		SELECT e.id, e.initials, m.manager_id
		FROM salesopp.employee e
		LEFT JOIN (
			SELECT DISTINCT ON (l.employee_id) l.employee_id, l.manager_id
			FROM salesopp.employee_manager l
			WHERE l.organization_id = organization AND l.valid_from <= of
			ORDER BY l.employee_id, l.valid_from DESC
		) m ON m.employee_id = e.id
		WHERE e.organization_id = organization
	), tree AS (
		SELECT l.id, l.initials, l.manager_id, ARRAY[l.id] AS path, ARRAY[l.initials] AS names
		FROM led l
		WHERE l.manager_id IS NULL
		UNION ALL
		SELECT l.id, l.initials, l.manager_id, t.path || l.id, t.names || l.initials
		FROM tree t
		JOIN led l ON l.manager_id = t.id
	)
	SELECT t.id, t.initials, t.manager_id, cardinality(t.path) - 1, t.path
	FROM tree t
	ORDER BY t.names;
END;
$$;
COMMENT ON FUNCTION salesopp.team(date) IS
	'Who leads whom on a day: each employee with how many are above him, and the path of these to him';

-- ---------- Quotas

CREATE OR REPLACE FUNCTION salesopp.require_period(period daterange) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(isfinite(lower(period)) AND isfinite(upper(period)), '22023',
		'a period has a first day and a last one, unlike %s',
		'Pass a range of dates, such as daterange(''2026-01-01'', ''2026-04-01''), whose end is the day after the last.',
		COALESCE(period::text, 'NULL'));
END;
$$;
COMMENT ON FUNCTION salesopp.require_period(daterange) IS
	'Raises an error unless the days of a period can be counted';

-- The figures of attainment() and department_attainment(). A member's quotas and opportunities count in the row of each holder that
-- he is of: himself and who leads him, or the department. What is of no member comes last, with the holder NULL.
CREATE OR REPLACE FUNCTION salesopp.attained(period daterange, of date, by_department boolean)
RETURNS TABLE (holder_id bigint, quota numeric, won numeric, open_pipeline numeric, commit numeric, best_case numeric,
	attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	today constant date := (now() AT TIME ZONE time_zone)::date;
	first_day constant date := lower(period);
	next_day constant date := upper(period);
	-- today is the present, wherever the session is
	instant constant timestamptz := CASE WHEN of < LEAST(today, CURRENT_DATE)
		THEN (GREATEST(of, '0001-01-01') + 1)::timestamp AT TIME ZONE time_zone - interval '1 microsecond' END;
	-- by themselves: on a distributed engine, what joins tables cannot call what looks at others
	departments constant bigint[] := ARRAY(SELECT d.id FROM salesopp.department d WHERE d.organization_id = organization AND by_department);
	quotas constant salesopp.quota[] := ARRAY(SELECT q FROM salesopp.quota q
		WHERE q.organization_id = organization AND q.period && attained.period AND (q.department_id IS NOT NULL) = by_department);
BEGIN
	PERFORM salesopp.require_period(period);
	PERFORM salesopp.require(isfinite(of) AND of <= GREATEST(today, CURRENT_DATE), '22023',
		'attainment is of a day up to today, not of %s', 'Pass CURRENT_DATE, or a day of the past.', COALESCE(of::text, 'NULL'));
	RETURN QUERY
	WITH member AS MATERIALIZED (
		SELECT t.employee_id AS id, unnest(t.path) AS holder FROM salesopp.team(of) t WHERE NOT by_department
		UNION ALL
		SELECT d.id, d.id FROM unnest(departments) d (id)
	), deal AS MATERIALIZED (
		SELECT CASE WHEN by_department THEN o.department_id ELSE o.responsible_id END AS id,
			o.status, o.estimated_revenue, o.actual_revenue, o.progress, c.category
		FROM salesopp.opportunities_as_of(instant) o
		CROSS JOIN LATERAL (SELECT salesopp.forecast_category(o.status, o.progress, o.forecast_category) AS category) c
		WHERE CASE o.status WHEN 'won' THEN o.close_date ELSE o.decision_date END <@ attained.period AND c.category <> 'omitted'
	), counted AS (
		-- a quota counts by its days, and so that those of periods that adjoin add up to it
		SELECT CASE WHEN by_department THEN q.department_id ELSE q.employee_id END AS id,
			round(q.amount * (LEAST(upper(q.period), next_day) - lower(q.period)) / (upper(q.period) - lower(q.period)), 2)
				- round(q.amount * (GREATEST(lower(q.period), first_day) - lower(q.period)) / (upper(q.period) - lower(q.period)), 2) AS quota,
			0.00 AS won, 0.00 AS open, 0.00 AS commit, 0.00 AS best_case
		FROM unnest(quotas) q
		UNION ALL
		SELECT d.id, NULL, sum(d.actual_revenue) FILTER (WHERE d.category = 'closed'), sum(d.estimated_revenue) FILTER (WHERE d.category <> 'closed'),
			sum(d.estimated_revenue) FILTER (WHERE d.category = 'commit'), sum(d.estimated_revenue) FILTER (WHERE d.category = 'best_case')
		FROM deal d
		GROUP BY d.id
		UNION ALL
		-- who leads somebody has a row, whatever there is in it
		SELECT m.holder, NULL, 0.00, 0.00, 0.00, 0.00 FROM member m WHERE m.holder <> m.id GROUP BY m.holder
	), total AS MATERIALIZED (
		SELECT m.holder, sum(c.quota) AS quota, COALESCE(sum(c.won), 0.00) AS won, COALESCE(sum(c.open), 0.00) AS open,
			COALESCE(sum(c.commit), 0.00) AS commit, COALESCE(sum(c.best_case), 0.00) AS best_case
		FROM counted c
		LEFT JOIN member m ON m.id = c.id
		GROUP BY m.holder
	), likely AS (
		SELECT t.holder, salesopp.forecast_chance(d.status, d.estimated_revenue, d.actual_revenue, d.progress, t.quota) AS chance
		FROM total t
		LEFT JOIN (member m JOIN deal d ON d.id = m.id) ON m.holder = t.holder
		WHERE t.quota IS NOT NULL
		GROUP BY t.holder
	)
	SELECT t.holder, t.quota, t.won, t.open, t.won + t.commit, t.won + t.commit + t.best_case, trim_scale(t.won / NULLIF(t.quota, 0)),
		CASE WHEN t.won < t.quota THEN trim_scale(t.open / (t.quota - t.won)) END, l.chance
	FROM total t
	LEFT JOIN likely l ON l.holder = t.holder;
END;
$$;
COMMENT ON FUNCTION salesopp.attained(daterange, date, boolean) IS
	'The figures of attainment() and department_attainment(), by the id of the employee or the department';

CREATE OR REPLACE FUNCTION salesopp.attainment(period daterange, of date DEFAULT CURRENT_DATE)
RETURNS TABLE (employee_id bigint, initials text, depth integer, quota numeric, won numeric, open_pipeline numeric, commit numeric,
	best_case numeric, attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY
	SELECT a.holder_id, t.initials, COALESCE(t.depth, 0), a.quota, a.won, a.open_pipeline, a.commit, a.best_case, a.attainment, a.coverage, a.chance
	FROM salesopp.attained(period, of, false) a
	LEFT JOIN salesopp.team(of) WITH ORDINALITY t (employee_id, initials, manager_id, depth, path, place) ON t.employee_id = a.holder_id
	ORDER BY t.place;
END;
$$;
COMMENT ON FUNCTION salesopp.attainment(daterange, date) IS
	'What employees, each with all whom he leads, have won in a period and may still win, against their quotas, as it was on a day';

CREATE OR REPLACE FUNCTION salesopp.department_attainment(period daterange, of date DEFAULT CURRENT_DATE)
RETURNS TABLE (department_id bigint, department text, quota numeric, won numeric, open_pipeline numeric, commit numeric,
	best_case numeric, attainment numeric, coverage numeric, chance double precision)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	departments constant salesopp.department[] := ARRAY(SELECT d FROM salesopp.department d WHERE d.organization_id = organization);
BEGIN
	RETURN QUERY
	SELECT a.holder_id, d.name, a.quota, a.won, a.open_pipeline, a.commit, a.best_case, a.attainment, a.coverage, a.chance
	FROM salesopp.attained(period, of, true) a
	LEFT JOIN unnest(departments) d ON d.id = a.holder_id
	ORDER BY d.name;
END;
$$;
COMMENT ON FUNCTION salesopp.department_attainment(daterange, date) IS
	'What departments have won in a period and may still win, against their quotas, as it was on a day';

-- ---------- Submissions

-- What came is what is known of it now: a sale that is registered after the last day came, too. Where statistics know only a few
-- submissions yet, comparing each with each would look cheap.
CREATE OR REPLACE FUNCTION salesopp.submission_accuracy(within daterange)
RETURNS TABLE (employee_id bigint, initials text, submission_id bigint, period daterange, submitted_at timestamptz, days_before_end integer,
	amount numeric, commit numeric, best_case numeric, came numeric, deviation numeric, deviation_percent numeric, is_over boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
	time_zone constant text := COALESCE((SELECT o.time_zone FROM salesopp.organization o WHERE o.id = organization), 'UTC');
	today constant date := (now() AT TIME ZONE time_zone)::date;
BEGIN
	PERFORM salesopp.require_period(within);
	RETURN QUERY
	WITH said AS MATERIALIZED (
		SELECT s.*, upper(s.period) - 1 AS last_day
		FROM salesopp.forecast_submission s
		WHERE s.organization_id = organization AND s.period <@ within
	), asked AS MATERIALIZED (
		SELECT DISTINCT s.employee_id, s.period, LEAST(s.last_day, today) AS of FROM said s
	), won AS MATERIALIZED (
		SELECT p.period, o.responsible_id, sum(o.actual_revenue) AS amount
		FROM (SELECT DISTINCT a.period FROM asked a) p
		JOIN salesopp.opportunity o ON o.close_date <@ p.period
		WHERE o.organization_id = organization AND o.status = 'won' AND o.deleted_at IS NULL
		GROUP BY p.period, o.responsible_id
	), member AS MATERIALIZED (
		SELECT d.of, t.employee_id AS id, unnest(t.path) AS holder
		FROM (SELECT DISTINCT a.of FROM asked a) d
		CROSS JOIN LATERAL salesopp.team(d.of) t
	), result AS (
		SELECT a.employee_id, a.period, sum(w.amount) AS amount
		FROM asked a
		JOIN member m ON m.of = a.of AND m.holder = a.employee_id
		JOIN won w ON w.period = a.period AND w.responsible_id = m.id
		GROUP BY a.employee_id, a.period
	)
	SELECT s.employee_id, e.initials, s.id, s.period, s.created_at, CASE WHEN isfinite(s.created_at) THEN s.last_day - (s.created_at AT TIME ZONE time_zone)::date END,
		s.amount, s.commit, s.best_case, c.came, s.amount - c.came, trim_scale(100 * (s.amount - c.came) / NULLIF(c.came, 0)), s.last_day < today
	FROM said s
	JOIN salesopp.employee e ON e.organization_id = organization AND e.id = s.employee_id
	LEFT JOIN result r ON r.employee_id = s.employee_id AND r.period = s.period
	CROSS JOIN LATERAL (SELECT COALESCE(r.amount, 0.00) AS came) c
	ORDER BY s.period, e.initials, s.created_at, s.id;
END;
$$;
COMMENT ON FUNCTION salesopp.submission_accuracy(daterange) IS
	'What was submitted for periods within the one that is given, against what the employee and his team have won in them';
-- What the columns of tables and views mean. A column that means the same everywhere is described once, here;
-- those that need words of their own have them already. Where views have a name, tables have an id.
DO $$
DECLARE
	undescribed record;
BEGIN
	FOR undescribed IN
		SELECT c.oid::regclass AS relation, a.attname, d.description
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN (VALUES
			('activity_id', 'The follow-up', ''),
			('actual_revenue', 'Agreed revenue of a won opportunity, excluding VAT', ''),
			('amount', 'Sum excluding VAT', ''),
			('average_days_to_close', 'Days from creation to the close date, on average over the closed ones', ''),
			('body', 'Text of the follow-up', ''),
			('changed_at', 'When it was last changed', ''),
			('changed_by', 'Employee who changed it last; NULL: not known', 'r'),
			('changed_by', 'Initials of who changed it last', 'v'),
			('changed_by_id', 'Employee who changed it last', ''),
			('choices', 'What may be chosen, for a field of the type choice', ''),
			('close_date', 'Date on which it was won or lost', ''),
			('closed_at', 'When it was closed; NULL while it is open', ''),
			('company', 'Name of the customer', ''),
			('company_email', 'E-mail address of the customer', ''),
			('company_id', 'The customer', ''),
			('company_phone', 'Phone number of the customer', ''),
			('competitor_id', 'Competitor of the global list; NULL: typed in', ''),
			('completed_stages', 'Number of completed stages', ''),
			('contact', 'Name of the contact at the customer', ''),
			('contact_email', 'E-mail address of the contact', ''),
			('contact_id', 'Contact at the customer', ''),
			('contact_phone', 'Phone number of the contact: mobile, else direct', ''),
			('created_at', 'When it was created', ''),
			('created_by', 'Employee who created it; NULL: not known', 'r'),
			('created_by', 'Initials of who created it', 'v'),
			('created_by_id', 'Employee who created it', ''),
			('current_stage', 'Name of the earliest stage that is neither completed nor cancelled', ''),
			('current_stage_position', 'Position of the current stage', ''),
			('custom', 'Values of the custom fields, by field name', ''),
			('data_type', 'Type of the values', ''),
			('decision_color', 'Colour of the decision date: red open and passed, green today, blue within 7 days, else black', ''),
			('decision_date', 'Estimated date of the decision', ''),
			('deleted_at', 'When it was deleted; NULL: it is not', ''),
			('delivery_date', 'Estimated date of delivery', ''),
			('department', 'Name of the department', ''),
			('department_id', 'Department; NULL: none', ''),
			('direct_phone', 'Direct phone number', ''),
			('email', 'E-mail address', ''),
			('estimated_revenue', 'Estimated revenue, excluding VAT', ''),
			('external_id', 'What another system, from which it was imported, calls it', ''),
			('first_name', 'First name', ''),
			('flag', 'Colour of the status flag: yellow open, green won, red lost', ''),
			('forecast_category', 'How it counts in a forecast', ''),
			('from_status', 'Status before', ''),
			('gender', 'Gender mark', ''),
			('group_field_id', 'The group field', ''),
			('group_value_id', 'The group', ''),
			('id', 'Its id', ''),
			('initials', 'Initials of the employee', ''),
			('is_active', 'Whether it can be chosen anew; what has it keeps it', ''),
			('is_predefined', 'Whether it came with the organization', ''),
			('is_primary', 'Whether this is the primary contact of the customer', ''),
			('is_winner', 'Whether this competitor won the sale', ''),
			('is_your_ref', 'Whether this is the standard "Your ref."', ''),
			('job_title', 'Job title', ''),
			('kind', 'Type of the follow-up', ''),
			('last_name', 'Last name', ''),
			('last_number', 'The last number that was given', ''),
			('loss_reason', 'Name of the reason why it was lost', ''),
			('loss_reason_id', 'Reason of the loss; NULL: none or unknown', ''),
			('lost_opportunities', 'Number of lost ones', ''),
			('lost_revenue', 'Sum of the estimated revenue of the lost ones', ''),
			('mobile', 'Mobile phone number', ''),
			('month', 'First day of the month; NULL: no such date', ''),
			('name', 'Its name', ''),
			('note', 'Free text', ''),
			('number', 'Its number, unique in the organization', ''),
			('occurred_at', 'When it took place', ''),
			('open_opportunities', 'Number of open ones', ''),
			('open_pipeline', 'Weighted value of the open ones', ''),
			('opportunities', 'Number of opportunities', ''),
			('opportunity_id', 'The opportunity', ''),
			('order_number', 'Number of the sales order that the quote became', ''),
			('organization_id', 'The organization', ''),
			('period', 'The days that it is for', ''),
			('phone', 'Mobile, else direct phone number', ''),
			('pipeline', 'Weighted value: won and open together', ''),
			('position', 'Place in the order of the stages', ''),
			('priority', 'Priority', ''),
			('probability', 'Probability of the sale in percent (0 to 100) once the stage is completed', ''),
			('progress', 'Probability of the sale, in percent', ''),
			('progress_method', 'Whether progress follows the stages or is typed', ''),
			('project', 'Name of the project', ''),
			('project_id', 'The project', ''),
			('quote_id', 'The quote that became the sales order; NULL: made directly', ''),
			('quote_number', 'Number of the quote that became the sales order', ''),
			('rating', 'Rating from 1 to 5', ''),
			('responsible', 'Initials of the responsible employee', ''),
			('responsible_id', 'Responsible employee; NULL: nobody', ''),
			('sales_process', 'Name of the sales process', ''),
			('sales_process_id', 'Sales process; NULL: none', ''),
			('sales_region', 'Name of the sales region', ''),
			('sales_region_id', 'Sales region; NULL: none', ''),
			('stage_position', 'Position of the earliest stage that is neither completed nor cancelled; NULL: none', ''),
			('stage_reached', 'Position of the completed stage that stands last; NULL: none', ''),
			('stages', 'Number of stages', ''),
			('status', 'Its status', ''),
			('status_note', 'Note on the last closing or reopening', ''),
			('subject', 'Its subject', ''),
			('threat', 'Assessment from 1 (harmless) to 5 (worst)', ''),
			('fenced_at', 'Since when nothing of the organization is written, as it is being moved; NULL: it is not fenced', ''),
			('time_zone', 'Time zone in which reports count the days of the organization', ''),
			('to_status', 'Status after', ''),
			('version', 'Counts the changes of the opportunity, for optimistic locking', ''),
			('website', 'Website of the competitor', ''),
			('values_before', 'What an import has changed of it, as it was; NULL: nothing was imported, or all of it', ''),
			('weighted_value', 'What it adds to the pipeline: revenue times probability', ''),
			('win_rate', 'Won ones of the closed ones, in percent', ''),
			('winner', 'Name of the competitor who won', ''),
			('won_opportunities', 'Number of won ones', ''),
			('won_revenue', 'Revenue of the won ones', '')
		) d (column_name, description, relkind) ON d.column_name = a.attname AND d.relkind IN (c.relkind, '')
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('r', 'v')
			AND col_description(c.oid, a.attnum) IS NULL
	LOOP
		IF undescribed.description IS NULL THEN
			RAISE EXCEPTION 'column %.% has no description', undescribed.relation, undescribed.attname;
		END IF;
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', undescribed.relation, undescribed.attname,
			undescribed.description);
	END LOOP;
END $$;
-- The list as a file. Words stand in src/text/language.c, the rows come from src/export/list_export.c. JIT is
-- off, since compiling the statement takes longer than it saves.

CREATE OR REPLACE FUNCTION salesopp.export_csv(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL, bom boolean DEFAULT false)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_csv(jsonb, text, text[], text, boolean) IS
	'The list, as searched and sorted, as a CSV file in UTF-8; with bom it begins with a byte-order mark';

CREATE OR REPLACE FUNCTION salesopp.export_excel_csv(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_excel_csv(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as a CSV file that Excel of the language opens right';

CREATE OR REPLACE FUNCTION salesopp.export_xlsx(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_xlsx(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as an Excel workbook with the summary and its chart on a second sheet';

CREATE OR REPLACE FUNCTION salesopp.funnel_svg(opportunity_id bigint, language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.funnel_svg(bigint, text) IS
	'An SVG picture of the opportunity''s sales process: its stages as bars that form a funnel';

CREATE OR REPLACE FUNCTION salesopp.pipeline_svg(criteria jsonb DEFAULT '{}', language text DEFAULT NULL) RETURNS text
LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.pipeline_svg(jsonb, text) IS
	'An SVG picture of the weighted pipeline by decision month, won and open, of the opportunities that meet the criteria';

CREATE OR REPLACE FUNCTION salesopp.export_pdf(criteria jsonb DEFAULT '{}', sort text DEFAULT NULL,
	columns text[] DEFAULT NULL, language text DEFAULT NULL)
RETURNS bytea LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.export_pdf(jsonb, text, text[], text) IS
	'The list, as searched and sorted, as a PDF document to print: A4 landscape, with the summary and a chart at the end';

CREATE OR REPLACE FUNCTION salesopp.change_svg(since timestamptz, until timestamptz DEFAULT now(), decision_from date DEFAULT NULL,
	decision_to date DEFAULT NULL, criteria jsonb DEFAULT '{}', measure text DEFAULT 'estimated_revenue', language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.change_svg(timestamptz, timestamptz, date, date, jsonb, text, text) IS
	'An SVG picture of what became of the pipeline between two instants, step by step';

CREATE OR REPLACE FUNCTION salesopp.series_svg(since timestamptz, until timestamptz DEFAULT now(), step interval DEFAULT '1 week',
	criteria jsonb DEFAULT '{}', language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.series_svg(timestamptz, timestamptz, interval, jsonb, text) IS
	'An SVG picture of the pipeline over time, estimated and weighted';
-- The weekly sales meeting on one page. It is put together in src/report.

CREATE OR REPLACE FUNCTION salesopp.report_html(criteria jsonb DEFAULT '{}', since timestamptz DEFAULT now() - interval '7 days',
	quota numeric DEFAULT NULL, language text DEFAULT NULL)
RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.report_html(jsonb, timestamptz, numeric, text) IS
	'The weekly sales meeting as one page of HTML: summary, change, forecast, stages, stalls, decisions, wins and losses of the opportunities that meet the criteria';
-- Import of rows that other systems have exported, most often from a staging table of texts.

CREATE OR REPLACE FUNCTION salesopp.import_columns(source regclass, record text DEFAULT 'opportunity')
RETURNS TABLE (source_column text, target text, sample text[], note text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_columns(regclass, text) IS
	'What each column of a source is imported as, by its heading: a field of the record, or none';

-- The settings are part of how values that are no texts become texts, and have rows come in the order in which they were filled in.
CREATE OR REPLACE FUNCTION salesopp.import_check(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}',
	record text DEFAULT 'opportunity')
RETURNS TABLE (row_number bigint, column_name text, value text, severity text, problem text, hint text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_check(regclass, jsonb, jsonb, text) IS
	'Every problem of every row of a source, without importing it: errors keep a row out, warnings tell what becomes of it otherwise than it says';

CREATE OR REPLACE FUNCTION salesopp.import_opportunities(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, opportunity_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_opportunities(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as opportunities, all or, with the option partial, the good ones; returns what became of each: created, updated, unchanged or refused';

CREATE OR REPLACE FUNCTION salesopp.import_companies(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, company_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_companies(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as companies, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_contacts(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, contact_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_contacts(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as contacts, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_employees(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, employee_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_employees(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as employees, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_projects(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, project_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_projects(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as projects, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.import_activities(source regclass, mapping jsonb DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (row_number bigint, outcome text, activity_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp SET synchronize_seqscans = off SET "DateStyle" = 'ISO, YMD' AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_activities(regclass, jsonb, jsonb) IS
	'Imports the rows of a source as activities, as import_opportunities() does';

CREATE OR REPLACE FUNCTION salesopp.undo_import(batch_id bigint)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	organization constant bigint := salesopp.current_organization();
BEGIN
	PERFORM salesopp.require(NOT EXISTS (SELECT FROM salesopp.bulk_change c
			WHERE c.organization_id = organization AND c.id = batch_id AND c.operation <> 'import'),
		'22023', 'bulk change %s is no import', 'Undo it with salesopp.undo_bulk_change().', batch_id);
	RETURN QUERY SELECT * FROM salesopp.undo_bulk_change(batch_id);
END;
$$;
COMMENT ON FUNCTION salesopp.undo_import(bigint) IS
	'Deletes the opportunities that an import made, and puts back what it changed; returns the outcome of each: changed, unchanged or refused';
-- The API as programs describe it to each other: an OpenAPI document, made from the catalog. Paths are those of REST layers that
-- call functions as POST /rpc/name, with an object of named arguments, and read and write relations as /name (PostgREST).

-- What a value of the type is in JSON.
CREATE OR REPLACE FUNCTION salesopp.json_schema(type regtype, is_nullable boolean DEFAULT true) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t record;
	name text;
	format text;
BEGIN
	SELECT y.typtype, y.typcategory, y.typelem, y.typbasetype, y.typname, y.typrelid INTO t FROM pg_type y WHERE y.oid = type;
	IF t.typbasetype <> 0 THEN
		RETURN salesopp.json_schema(t.typbasetype, is_nullable);
	ELSIF t.typcategory = 'A' THEN
		RETURN jsonb_build_object('type', CASE WHEN is_nullable THEN '["array", "null"]'::jsonb ELSE '"array"' END,
			'items', salesopp.json_schema(t.typelem));
	ELSIF t.typrelid <> 0 AND is_nullable THEN
		RETURN jsonb_build_object('anyOf', jsonb_build_array(salesopp.json_schema(type, false), '{"type": "null"}'::jsonb));
	ELSIF t.typrelid <> 0 THEN
		RETURN jsonb_build_object('$ref', format('#/components/schemas/%s', t.typname));
	ELSIF t.typname IN ('json', 'jsonb') THEN
		RETURN '{}';
	END IF;
	SELECT v.name, v.format INTO name, format
	FROM (VALUES ('bool', 'boolean', NULL), ('int2', 'integer', 'int32'), ('int4', 'integer', 'int32'), ('int8', 'integer', 'int64'),
		('numeric', 'number', NULL), ('float4', 'number', 'float'), ('float8', 'number', 'double'), ('date', 'string', 'date'),
		('timestamptz', 'string', 'date-time')) v (type, name, format)
	WHERE v.type = t.typname;
	name := COALESCE(name, 'string');
	RETURN jsonb_strip_nulls(jsonb_build_object(
		'type', CASE WHEN is_nullable THEN jsonb_build_array(name, 'null') ELSE to_jsonb(name) END,
		'format', COALESCE(format, CASE WHEN name = 'string' AND t.typtype <> 'e' AND t.typcategory <> 'S' THEN t.typname END)))
		|| COALESCE((SELECT jsonb_build_object('enum', jsonb_agg(e.label ORDER BY e.position)) FROM (
			SELECT to_jsonb(l.enumlabel) AS label, l.enumsortorder AS position FROM pg_enum l WHERE l.enumtypid = type
			UNION ALL SELECT 'null', 'infinity' WHERE is_nullable AND t.typtype = 'e') e HAVING count(*) > 0), '{}');
END;
$$;
COMMENT ON FUNCTION salesopp.json_schema(regtype, boolean) IS 'What a value of a type is in JSON, as a schema of OpenAPI 3.1';

-- Relations and row types: their columns by name.
CREATE OR REPLACE FUNCTION salesopp.row_schema(relation regclass) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT jsonb_strip_nulls(jsonb_build_object('type', 'object', 'description', obj_description(relation, 'pg_class'),
			'properties', jsonb_object_agg(a.attname, salesopp.json_schema(a.atttypid, NOT a.attnotnull)
				|| jsonb_strip_nulls(jsonb_build_object('description', col_description(relation, a.attnum))))))
		FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped);
END;
$$;
COMMENT ON FUNCTION salesopp.row_schema(regclass) IS 'What a row of a relation is in JSON, as a schema of OpenAPI 3.1';

-- What a call passes, and what it gets.
CREATE OR REPLACE FUNCTION salesopp.call_schema(called regprocedure, OUT request jsonb, OUT response jsonb)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	result jsonb;
BEGIN
	SELECT p.proretset, p.prorettype, p.pronargs, p.pronargdefaults,
		COALESCE(p.proallargtypes, p.proargtypes::oid[]) AS types, p.proargmodes AS modes, p.proargnames AS names
	INTO f FROM pg_proc p WHERE p.oid = called;
	SELECT jsonb_build_object('type', 'object', 'additionalProperties', false,
			'properties', COALESCE(jsonb_object_agg(a.name, salesopp.json_schema(a.type)) FILTER (WHERE a.is_input), '{}'),
			'required', COALESCE(jsonb_agg(a.name ORDER BY a.position) FILTER (WHERE a.is_input AND a.position <= f.pronargs - f.pronargdefaults), '[]')),
		jsonb_build_object('type', 'object', 'properties', jsonb_object_agg(a.name, salesopp.json_schema(a.type)) FILTER (WHERE NOT a.is_input))
	INTO request, result
	FROM (
		SELECT t.type, t.position, COALESCE(f.names[t.position], format('$%s', t.position)) AS name,
			COALESCE(f.modes[t.position] IN ('i', 'v'), true) AS is_input
		FROM unnest(f.types) WITH ORDINALITY t (type, position)) a;
	IF f.prorettype = 'void'::regtype THEN
		RETURN;
	ELSIF f.prorettype <> 'record'::regtype THEN
		-- whole rows are there
		result := salesopp.json_schema(f.prorettype, NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = f.prorettype AND t.typrelid <> 0));
	END IF;
	response := CASE WHEN f.proretset THEN jsonb_build_object('type', 'array', 'items', result) ELSE result END;
END;
$$;
COMMENT ON FUNCTION salesopp.call_schema(regprocedure) IS
	'What a call of a function passes and gets in JSON, as schemas of OpenAPI 3.1; the response is NULL where it gets nothing';

-- What the SQLSTATEs of the API's own errors mean to a program.
CREATE OR REPLACE FUNCTION salesopp.error_schema() RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('type', 'object', 'required', '["code", "message"]'::jsonb, 'properties', jsonb_build_object(
		'code', jsonb_build_object('description', 'SQLSTATE', 'anyOf', (
			SELECT jsonb_agg(jsonb_build_object('const', e.code, 'description', e.meaning) ORDER BY e.code COLLATE "C")
			FROM (VALUES
				('55000', 'not in the state that it takes: closed, open or deleted'), ('22023', 'an argument that cannot be'), ('P0002', 'no such opportunity'),
				('23514', 'a rule on values is broken'), ('42501', 'not permitted'), ('23502', 'a required value is missing'),
				('23503', 'a reference to nothing, or to what is referred to'), ('23P01', 'periods overlap'), ('23505', 'taken already'),
				('22003', 'an amount is too large'), ('0A000', 'not supported'), ('22P03', 'not a state of the aggregate'),
				('55P03', 'being changed: try again'), ('25006', 'being moved to another server: try again later'), ('2200H', 'no id of this server is left'),
				('40001', 'try the transaction again'), ('40P01', 'try the transaction again'),
				('54000', 'too large: ask for less'), ('53100', 'the disk is full'), ('53400', 'temp_file_limit is reached'), ('54011', 'too many columns'),
				('3F000', 'no such schema'), ('42602', 'no name'), ('42P07', 'the name is taken'), ('42704', 'no such role'), ('42809', 'not a table or view'),
				('22021', 'not in that encoding'), ('22P05', 'not in the encoding of the database'),
				('22000', 'a stream was cut off or altered'), ('42P01', 'no such table'), ('42703', 'no such column')) e (code, meaning)) || '{"type": "string"}'::jsonb),
		'message', '{"type": "string"}'::jsonb, 'details', '{"type": ["string", "null"]}'::jsonb,
		'hint', '{"type": ["string", "null"], "description": "What to do"}'::jsonb));
$$;
COMMENT ON FUNCTION salesopp.error_schema() IS 'What an error is in JSON, as a schema of OpenAPI 3.1, with the SQLSTATEs of the API';

-- Functions that others call, and that say nothing to a program.
CREATE OR REPLACE FUNCTION salesopp.is_inner_function(name name) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT name IN ('attained', 'bin_of', 'bulk_delete', 'bulk_outcomes', 'bulk_reassign', 'bulk_restore', 'bulk_set_status', 'bulk_undo', 'bulk_undo_import',
		'call_schema', 'changed_since', 'composed', 'composed_json', 'custom_problem', 'days_to_close', 'error_schema', 'extension_objects', 'function_paths', 'has_accents', 'has_custom_texts', 'index_pattern',
		'import_stream_rows', 'initial_letter', 'is_at_least', 'is_at_most', 'is_blank', 'is_inner_function', 'is_iso_date', 'is_time_zone', 'json_schema', 'like_names',
		'listed_opportunity', 'message', 'name_key', 'name_likeness', 'organization_columns', 'organization_key', 'organization_tables', 'plain_name', 'read_stream', 'relation_paths',
		'report_groupings', 'report_ids', 'report_query', 'report_statement', 'require', 'require_organization', 'require_period', 'require_stream_rights', 'reserve_id', 'row_schema',
		'run_bulk_change', 'stream_parts', 'stream_prefix', 'stream_query', 'stream_tables', 'to_like', 'wait_for_writers', 'weighted_wilson', 'wide_index_pattern',
		'work_words', 'write_correction', 'run_on_workers', 'tell_planner', 'grant_inner_rights', 'repeat_grants', 'bring_rights_to_workers', 'spread_ids', 'send_functions', 'distribute_tables', 'is_worker', 'require_permissive_policies',
		'run_bulk_change_of', 'merge_companies_of', 'merge_contacts_of', 'trim_history_of', 'import_check_of', 'import_records_of');
$$;
COMMENT ON FUNCTION salesopp.is_inner_function(name) IS 'Whether a function is there for others to call, and no part of the API that openapi() describes';

-- Those that the role may call. Functions of one name are one path, whose request is that of one of them.
CREATE OR REPLACE FUNCTION salesopp.function_paths() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT COALESCE(jsonb_object_agg(format('/rpc/%s', f.proname), jsonb_build_object('post', jsonb_build_object(
			'operationId', f.proname, 'tags', jsonb_build_array('functions'), 'summary', f.summary,
			'requestBody', jsonb_build_object('required', f.is_required, 'content', jsonb_build_object('application/json', jsonb_build_object('schema',
				CASE WHEN jsonb_array_length(f.requests) = 1 THEN f.requests -> 0 ELSE jsonb_build_object('anyOf', f.requests) END))),
			'responses', jsonb_build_object(
				CASE WHEN f.response IS NULL THEN '204' ELSE '200' END, jsonb_strip_nulls(jsonb_build_object('description', 'done',
					'content', CASE WHEN f.response IS NOT NULL THEN jsonb_build_object('application/json', jsonb_build_object('schema', f.response)) END)),
				'default', '{"$ref": "#/components/responses/error"}'::jsonb)))), '{}')
		FROM (
			SELECT p.proname, string_agg(obj_description(p.oid, 'pg_proc'), '; ' ORDER BY p.oid) AS summary,
				bool_and(p.pronargs > p.pronargdefaults) AS is_required, jsonb_agg(s.request ORDER BY p.oid) AS requests,
				(array_agg(s.response ORDER BY p.oid))[1] AS response
			FROM pg_proc p CROSS JOIN LATERAL salesopp.call_schema(p.oid) s
			WHERE p.pronamespace = 'salesopp'::regnamespace AND p.prokind = 'f' AND NOT salesopp.is_inner_function(p.proname)
				AND has_function_privilege(p.oid, 'EXECUTE')
				AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typtype = 'p' AND t.typname NOT IN ('void', 'record')
					AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes::oid[])))
				AND (p.pronargs = 0 OR p.proargtypes[0] <> 'bytea'::regtype)
			GROUP BY p.proname) f);
END;
$$;
COMMENT ON FUNCTION salesopp.function_paths() IS 'The functions that the role may call, as paths of OpenAPI 3.1';

-- Tables and views that the role may read, and what else it may do to them.
CREATE OR REPLACE FUNCTION salesopp.relation_paths() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT COALESCE(jsonb_object_agg(format('/%s', r.relname), r.operations), '{}')
		FROM (
			SELECT c.relname, jsonb_object_agg(o.method, jsonb_strip_nulls(jsonb_build_object(
				'operationId', format('%s_%s', o.verb, c.relname), 'tags', jsonb_build_array(CASE c.relkind WHEN 'v' THEN 'views' ELSE 'tables' END),
				'summary', obj_description(c.oid, 'pg_class'),
				'parameters', CASE WHEN o.method <> 'post' THEN jsonb_build_array('{"$ref": "#/components/parameters/filter"}'::jsonb)
					|| CASE WHEN o.method = 'get' THEN '[{"$ref": "#/components/parameters/select"}, {"$ref": "#/components/parameters/order"},
						{"$ref": "#/components/parameters/limit"}, {"$ref": "#/components/parameters/offset"}]'::jsonb ELSE '[]' END END,
				'requestBody', CASE WHEN o.method IN ('post', 'patch') THEN jsonb_build_object('required', true, 'content',
					jsonb_build_object('application/json', jsonb_build_object('schema', jsonb_build_object('type', 'object')))) END,
				'responses', jsonb_build_object(
					o.status, CASE o.status WHEN '200' THEN jsonb_build_object('description', 'rows', 'content', jsonb_build_object('application/json', jsonb_build_object('schema',
						jsonb_build_object('type', 'array', 'items', jsonb_build_object('$ref', format('#/components/schemas/%s', c.relname))))))
						ELSE '{"description": "done"}'::jsonb END,
					'default', '{"$ref": "#/components/responses/error"}'::jsonb)))) AS operations
			FROM pg_class c
			CROSS JOIN (VALUES ('get', 'read', 'SELECT', '200'), ('post', 'add', 'INSERT', '201'), ('patch', 'change', 'UPDATE', '204'), ('delete', 'remove', 'DELETE', '204'))
				o (method, verb, privilege, status)
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v')
				AND CASE o.privilege WHEN 'DELETE' THEN has_table_privilege(c.oid, 'DELETE') ELSE has_any_column_privilege(c.oid, o.privilege) END
				AND (c.relkind = 'r' OR o.method = 'get')
			GROUP BY c.oid, c.relname) r);
END;
$$;
COMMENT ON FUNCTION salesopp.relation_paths() IS 'The tables and views that the role may read or write, as paths of OpenAPI 3.1';

CREATE OR REPLACE FUNCTION salesopp.openapi() RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN jsonb_build_object('openapi', '3.1.0',
		'info', (SELECT jsonb_build_object('title', 'salesopp', 'version', e.extversion, 'description', obj_description(e.oid, 'pg_extension'))
			FROM pg_extension e WHERE e.extname = 'salesopp'),
		'servers', '[{"url": "/"}]'::jsonb,
		'paths', salesopp.function_paths() || salesopp.relation_paths(),
		'components', jsonb_build_object(
			'schemas', (SELECT jsonb_object_agg(c.relname, salesopp.row_schema(c.oid)) FROM pg_class c
				WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v', 'c')) || jsonb_build_object('error', salesopp.error_schema()),
			'responses', '{"error": {"description": "It is refused, and nothing has changed",
				"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}}}'::jsonb,
			'parameters', '{
				"filter": {"name": "filter", "in": "query", "style": "form", "explode": true, "description": "Columns with an operator and a value: id=eq.7",
					"schema": {"type": "object", "additionalProperties": {"type": "string"}}},
				"select": {"name": "select", "in": "query", "description": "Columns, with commas between them", "schema": {"type": "string"}},
				"order": {"name": "order", "in": "query", "description": "Columns, each perhaps with .desc", "schema": {"type": "string"}},
				"limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0}},
				"offset": {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}}}'::jsonb));
END;
$$;
COMMENT ON FUNCTION salesopp.openapi() IS 'The functions, tables and views that the role may use, as an OpenAPI 3.1 document';
-- What functions call on the server that has the rows of the organization, where tables are on several: see
-- src/call_elsewhere.c. The organization is there for Citus, which looks at it to know where to.

CREATE OR REPLACE FUNCTION salesopp.run_bulk_change_of(organization_id bigint, operation text, arguments jsonb, opportunity_ids bigint[],
	OUT changed bigint[], OUT refusals jsonb)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT r.changed, r.refusals INTO changed, refusals FROM salesopp.run_bulk_change(operation, arguments, opportunity_ids) r;
END;
$$;
COMMENT ON FUNCTION salesopp.run_bulk_change_of(bigint, text, jsonb, bigint[]) IS
	'run_bulk_change() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.merge_companies_of(organization_id bigint, kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM salesopp.merge_companies(kept, merged);
END;
$$;
COMMENT ON FUNCTION salesopp.merge_companies_of(bigint, bigint, bigint[]) IS 'merge_companies() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.merge_contacts_of(organization_id bigint, kept bigint, merged bigint[])
RETURNS TABLE (relation text, moved_rows bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM salesopp.merge_contacts(kept, merged);
END;
$$;
COMMENT ON FUNCTION salesopp.merge_contacts_of(bigint, bigint, bigint[]) IS 'merge_contacts() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.trim_history_of(organization_id bigint, before timestamptz) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN salesopp.trim_history(before);
END;
$$;
COMMENT ON FUNCTION salesopp.trim_history_of(bigint, timestamptz) IS 'trim_history() on the server that has the organization';

-- What is imported from is sent along as texts: all cells, row by row.
CREATE OR REPLACE FUNCTION salesopp.import_check_of(organization_id bigint, source text, headings text[], typed_headings text[], cells text[],
	mapping jsonb, options jsonb, record text)
RETURNS TABLE (row_number bigint, column_name text, value text, severity text, problem text, hint text)
LANGUAGE C STABLE SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_check_of(bigint, text, text[], text[], text[], jsonb, jsonb, text) IS
	'import_check() on the server that has the organization';

CREATE OR REPLACE FUNCTION salesopp.import_records_of(organization_id bigint, source text, headings text[], typed_headings text[], cells text[],
	mapping jsonb, options jsonb, record text)
RETURNS TABLE (row_number bigint, outcome text, record_id bigint, detail text)
LANGUAGE C SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.import_records_of(bigint, text, text[], text[], text[], jsonb, jsonb, text) IS
	'import_opportunities() and the like on the server that has the organization';
-- The tables on several servers, by Citus. What Citus has is named in PL/pgSQL only, which looks for it when it is needed.

CREATE OR REPLACE FUNCTION salesopp.is_distributed() RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tables_are_distributed';
COMMENT ON FUNCTION salesopp.is_distributed() IS 'Whether the tables are on several servers';

-- Also of one that is not there yet.
CREATE OR REPLACE FUNCTION salesopp.organization_server(organization_id bigint, OUT host text, OUT port integer, OUT is_here boolean)
LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF salesopp.is_distributed() THEN
		SELECT n.nodename, n.nodeport, n.groupid = l.groupid INTO host, port, is_here
		FROM pg_dist_placement p JOIN pg_dist_node n ON n.groupid = p.groupid CROSS JOIN pg_dist_local_group l
		WHERE p.shardid = get_shard_id_for_distribution_column('salesopp.organization', organization_id);
	ELSE
		is_here := true;
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.organization_server(bigint) IS
	'Which of several servers has an organization, or will have it, and whether this is it; without others, this is it, and has no address';

CREATE OR REPLACE FUNCTION salesopp.current_organization_support(internal) RETURNS internal
LANGUAGE C STRICT AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION salesopp.current_organization_support(internal) IS
	'Planner support for current_organization: on several servers, statements are sent to the one that has the organization';

-- On one server the planner is not told: its plans stay when another organization is chosen.
CREATE OR REPLACE FUNCTION salesopp.tell_planner() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	propagates constant text := current_setting('citus.enable_ddl_propagation');
BEGIN
	PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
	ALTER FUNCTION salesopp.current_organization() SUPPORT salesopp.current_organization_support;
	PERFORM set_config('citus.enable_ddl_propagation', propagates, true);
END;
$$;
COMMENT ON FUNCTION salesopp.tell_planner() IS 'Lets the planner of this node know which organization is chosen';

-- An update has defined the function anew.
DO $$
BEGIN
	IF salesopp.is_distributed() THEN
		PERFORM salesopp.tell_planner();
	END IF;
END $$;

-- In sessions and transactions of their own.
CREATE OR REPLACE FUNCTION salesopp.run_on_workers(command text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	answer record;
BEGIN
	FOR answer IN SELECT nodename, nodeport, success, result FROM run_command_on_workers(command) LOOP
		PERFORM salesopp.require(answer.success, '55000', 'the worker %s:%s says: %s',
			'See to it that it is up and has the same files of the extension, and that what this is about has been committed.',
			answer.nodename, answer.nodeport, answer.result);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.run_on_workers(text) IS 'Runs a statement on every worker; fails where one does';

-- A worker that computes a part of an aggregate, and the coordinator that puts the parts together, call its inner functions by name.
-- Where a query gives the rows, ids are drawn as the caller. On one server nobody needs these rights.
CREATE OR REPLACE FUNCTION salesopp.grant_inner_rights() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing record;
BEGIN
	FOR missing IN
		SELECT format('EXECUTE ON FUNCTION %s', f.function::regprocedure) AS privilege, x.grantee::regrole AS role
		FROM pg_aggregate a
		JOIN pg_proc p ON p.oid = a.aggfnoid AND p.pronamespace = 'salesopp'::regnamespace
		CROSS JOIN LATERAL aclexplode(p.proacl) x
		CROSS JOIN LATERAL unnest(ARRAY[a.aggtransfn, a.aggcombinefn, a.aggfinalfn]) f (function)
		WHERE f.function <> 0 AND x.grantee NOT IN (0, p.proowner)
			AND NOT has_function_privilege(x.grantee, f.function, 'EXECUTE')
		UNION ALL
		SELECT format('USAGE ON SEQUENCE %s', s.sequence), x.grantee::regrole
		FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		CROSS JOIN LATERAL pg_get_serial_sequence(c.oid::regclass::text, a.attname) s (sequence)
		CROSS JOIN LATERAL aclexplode(c.relacl) x
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND x.privilege_type = 'INSERT' AND x.grantee NOT IN (0, c.relowner)
			AND NOT has_sequence_privilege(x.grantee, s.sequence, 'USAGE')
	LOOP
		EXECUTE format('GRANT %s TO %s', missing.privilege, missing.role);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.grant_inner_rights() IS 'Lets whoever may call an aggregate have it computed in parts, and whoever may insert rows draw their ids';

-- Citus brings to the workers what is granted on tables from then on. So it is granted once more.
CREATE OR REPLACE FUNCTION salesopp.repeat_grants() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	given record;
BEGIN
	FOR given IN
		SELECT x.privilege_type || m.part AS privilege, m.relation::regclass AS relation, x.grantee::regrole AS role
		FROM (
			SELECT '', c.oid, c.relacl, c.relowner FROM pg_class c WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
			UNION ALL
			SELECT format(' (%I)', a.attname), c.oid, a.attacl, c.relowner
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind = 'r'
		) m (part, relation, rights, owner)
		CROSS JOIN LATERAL aclexplode(m.rights) x
		WHERE x.grantee NOT IN (0, m.owner)
	LOOP
		EXECUTE format('GRANT %s ON %s TO %s', given.privilege, given.relation, given.role);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.repeat_grants() IS 'Grants what is granted on tables once more, so that Citus brings it to the workers';

-- The rest it does not bring to the workers where it belongs to an extension: of one role, or NULL: of all.
CREATE OR REPLACE FUNCTION salesopp.bring_rights_to_workers(of_role regrole) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	grants text;
BEGIN
	WITH member (kind, object, rights, owner) AS (
		SELECT 'SCHEMA', 'salesopp', n.nspacl, n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp'
		UNION ALL
		SELECT 'ROUTINE', p.oid::regprocedure::text, p.proacl, p.proowner FROM pg_proc p WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
		UNION ALL
		SELECT 'TYPE', t.oid::regtype::text, t.typacl, t.typowner FROM pg_type t WHERE t.oid IN (SELECT salesopp.extension_objects('pg_type'))
		UNION ALL
		SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text, c.relacl, c.relowner
		FROM pg_class c WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('S', 'v')
	)
	SELECT string_agg(statement, '; ' ORDER BY statement DESC) INTO grants
	FROM (
		SELECT format('REVOKE ALL ON %s %s FROM %s', k.kind, k.objects, r.role)
		FROM (SELECT m.kind, string_agg(m.object, ', ') FROM member m WHERE m.kind IN ('ROUTINE', 'SEQUENCE') GROUP BY m.kind) k (kind, objects),
			(SELECT DISTINCT x.grantee::regrole FROM member m CROSS JOIN LATERAL aclexplode(m.rights) x
			WHERE m.kind = 'SCHEMA' AND x.grantee NOT IN (0, m.owner) AND (of_role IS NULL OR x.grantee = of_role)) r (role)
		UNION ALL
		SELECT format('GRANT %s ON %s %s TO %s', x.privilege_type, m.kind, m.object, x.grantee::regrole)
		FROM member m CROSS JOIN LATERAL aclexplode(m.rights) x
		WHERE x.grantee NOT IN (0, m.owner) AND (of_role IS NULL OR x.grantee = of_role)
	) s (statement);
	IF grants IS NOT NULL THEN
		PERFORM salesopp.run_on_workers(format('DO %L', format(
			'BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true),
				set_config(''lock_timeout'', ''10s'', true); %s; END', grants)));
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.bring_rights_to_workers(regrole) IS
	'Gives roles on the workers the rights that they have here to the schema, its views, functions, types and sequences';

-- Functions that have to run where the organization is, which their first argument says: what they may do, what they hold locked and
-- the settings that they run with are of one session. Some are called there by others: src/call_elsewhere.c.
CREATE OR REPLACE FUNCTION salesopp.send_functions() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	PERFORM create_distributed_function(p.oid::regprocedure, 'organization_id', colocate_with => 'salesopp.organization', force_delegation => true)
	FROM pg_proc p
	WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
		AND p.proname IN ('run_bulk_change_of', 'merge_companies_of', 'merge_contacts_of', 'trim_history_of', 'import_check_of', 'import_records_of', 'write_correction',
			'export_organization', 'erase_organization', 'fence_organization', 'unfence_organization');
END;
$$;
COMMENT ON FUNCTION salesopp.send_functions() IS 'Has functions that must run where the organization is run on the worker that has it';

-- So that no two nodes give the same id, each takes them from a range of its own: the upper 16 bits say of which node.
CREATE OR REPLACE FUNCTION salesopp.spread_ids() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relation regclass;
	range record;
	reserved text[];
BEGIN
	FOR relation IN
		SELECT c.oid
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class'))
		ORDER BY c.oid
	LOOP
		FOR range IN EXECUTE format(
			'SELECT n.groupid, COALESCE(t.last, n.groupid::bigint << 48) AS last
			FROM (SELECT DISTINCT groupid FROM pg_dist_node) n
			LEFT JOIN (SELECT id >> 48 AS groupid, max(id) AS last FROM %s GROUP BY 1) t ON t.groupid = n.groupid
			WHERE n.groupid <> 0 OR t.last IS NOT NULL', relation)
		LOOP
			IF range.groupid = 0 THEN
				PERFORM salesopp.reserve_id(relation, range.last);
			ELSE
				reserved := reserved || format('(%s, %L::regclass, %s)', range.groupid, relation, range.last);
			END IF;
		END LOOP;
	END LOOP;
	PERFORM salesopp.run_on_workers(format('SELECT count(salesopp.reserve_id(r.relation, r.last))
		FROM (VALUES %s) r (groupid, relation, last) JOIN pg_dist_local_group USING (groupid)', array_to_string(reserved, ', ')));
END;
$$;
COMMENT ON FUNCTION salesopp.spread_ids() IS 'Gives each node a range of its own for the ids that it gives';

-- Citus makes of a restrictive policy a permissive one on the shards: it would let roles see rows that they must not, of other
-- organizations, too.
CREATE OR REPLACE FUNCTION salesopp.require_permissive_policies() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	restrictive record;
BEGIN
	SELECT p.polname AS policy, p.polrelid::regclass AS relation INTO restrictive
	FROM pg_policy p
	WHERE NOT p.polpermissive AND p.polrelid = ANY (salesopp.organization_tables())
	ORDER BY 2, 1 LIMIT 1;
	PERFORM salesopp.require(NOT FOUND, '0A000', 'policy "%s" of %s is restrictive, which Citus does not keep',
		'Drop it: on the shards it would open rows instead of closing them.', restrictive.policy, restrictive.relation);
END;
$$;
COMMENT ON FUNCTION salesopp.require_permissive_policies() IS 'Refuses policies that are restrictive, which they would not be on several servers';

-- In the order of their foreign keys.
CREATE OR REPLACE FUNCTION salesopp.distribute_tables(tables regclass[]) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	relation regclass;
	rows bigint;
BEGIN
	PERFORM set_config('citus.enable_unsafe_triggers', 'on', true), set_config('citus.multi_shard_modify_mode', 'sequential', true),
		set_config('citus.enable_local_reference_table_foreign_keys', 'off', true);
	-- Rows are copied to the shards as they are.
	FOREACH relation IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
	END LOOP;
	FOREACH relation IN ARRAY tables LOOP
		IF relation = 'salesopp.organization'::regclass THEN
			PERFORM create_distributed_table(relation, 'id', colocate_with => 'none');
		ELSE
			PERFORM create_distributed_table(relation, 'organization_id', colocate_with => 'salesopp.organization');
		END IF;
	END LOOP;
	FOR i IN REVERSE cardinality(tables) .. 1 LOOP
		PERFORM truncate_local_data_after_distributing_table(tables[i]);
	END LOOP;
	FOREACH relation IN ARRAY tables LOOP
		EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
		EXECUTE format('SELECT count(*) FROM %s', relation) INTO rows;
		RETURN NEXT format('%s: %s rows', relation, rows);
	END LOOP;
END;
$$;
COMMENT ON FUNCTION salesopp.distribute_tables(regclass[]) IS 'Puts tables, with all that is in them, on the workers; tells how many rows each has';

CREATE OR REPLACE FUNCTION salesopp.complete_nodes() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(salesopp.is_distributed(), '55000', 'the tables are on this server alone',
		'Distribute them first, with salesopp.distribute().');
	PERFORM salesopp.require_permissive_policies();
	-- as grant_access() does
	PERFORM pg_advisory_xact_lock('salesopp.grant_access'::regproc::oid::bigint);
	-- that an update has made
	PERFORM salesopp.distribute_tables(ARRAY(SELECT t.relation FROM unnest(salesopp.organization_tables()) WITH ORDINALITY t (relation, position)
		WHERE t.relation IN (SELECT salesopp.extension_objects('pg_class')) AND t.relation NOT IN (SELECT p.logicalrelid FROM pg_dist_partition p)
		ORDER BY t.position));
	PERFORM salesopp.tell_planner();
	PERFORM salesopp.run_on_workers('SELECT salesopp.tell_planner()');
	PERFORM salesopp.grant_inner_rights();
	PERFORM salesopp.repeat_grants();
	PERFORM salesopp.bring_rights_to_workers(NULL);
	PERFORM salesopp.spread_ids();
	PERFORM salesopp.send_functions();
END;
$$;
COMMENT ON FUNCTION salesopp.complete_nodes() IS
	'After an update, or when nodes, rights or typed ids were added: gives all nodes the tables, rights and ranges of ids that they lack';

CREATE OR REPLACE FUNCTION salesopp.distribute(shard_count integer DEFAULT 32) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	version text;
BEGIN
	PERFORM salesopp.require(EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'citus'), '0A000',
		'without the extension citus the tables cannot be distributed',
		'Set shared_preload_libraries = ''citus'' on all nodes, restart them, CREATE EXTENSION citus on each, and add the workers with citus_add_node().');
	PERFORM salesopp.require(NOT salesopp.is_distributed(), '55000', 'the tables are distributed already',
		'After nodes were added, call salesopp.complete_nodes(). The number of shards cannot be changed; salesopp.undistribute_check() says how to go back.');
	PERFORM salesopp.require(shard_count BETWEEN 1 AND 10000, '22023', 'the number of shards must be between 1 and 10000, not %s',
		'Take as many as there will ever be processor cores in all workers, or 32.', COALESCE(shard_count::text, 'NULL'));
	PERFORM salesopp.require(EXISTS (SELECT FROM citus_get_active_worker_nodes()), '55000', 'there are no workers',
		'Add them with citus_add_node().');
	PERFORM salesopp.require_permissive_policies();
	SELECT e.extversion INTO STRICT version FROM pg_extension e WHERE e.extname = 'salesopp';
	PERFORM salesopp.run_on_workers(format('DO %L', format('BEGIN PERFORM set_config(''citus.enable_ddl_propagation'', ''off'', true);
		CREATE EXTENSION IF NOT EXISTS salesopp VERSION %L CASCADE; END', version)));
	PERFORM salesopp.run_on_workers(format('SELECT salesopp.require(e.extversion = %L, ''55000'', ''it has version %%s of salesopp, not %%s'', '''', e.extversion, %L)
		FROM pg_extension e WHERE e.extname = ''salesopp''', version, version));

	PERFORM set_config('citus.shard_count', shard_count::text, true);
	RETURN QUERY SELECT * FROM salesopp.distribute_tables(salesopp.organization_tables());
	PERFORM salesopp.complete_nodes();
END;
$$;
COMMENT ON FUNCTION salesopp.distribute(integer) IS
	'Puts the tables, with all that is in them, on the workers of a Citus cluster, in that many shards by organization; tells how many rows each has';

CREATE OR REPLACE FUNCTION salesopp.undistribute_check() RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM salesopp.require(salesopp.is_distributed(), '55000', 'the tables are on this server alone',
		'Distribute them first, with salesopp.distribute().');
	RETURN NEXT salesopp.message('Citus cannot bring the tables back by itself. A dump does, restored into a new database without Citus:');
	RETURN NEXT salesopp.message('1. Let nobody write: stop the clients.');
	RETURN NEXT format(salesopp.message('2. On the coordinator: pg_dump --extension=salesopp --extension=pg_trgm --extension=btree_gin --file=salesopp.sql %s'),
		quote_ident(current_database()));
	RETURN NEXT salesopp.message('3. Where it is to go: CREATE DATABASE, the roles, then psql --set=ON_ERROR_STOP=1 --file=salesopp.sql');
	RETURN NEXT salesopp.message('4. There: SELECT salesopp.advance_sequences()');
	RETURN NEXT format(salesopp.message('New ids go on behind the largest, such as %s of the opportunities.'),
		(SELECT max(o.id) FROM salesopp.opportunity o));
END;
$$;
COMMENT ON FUNCTION salesopp.undistribute_check() IS 'How the tables come back from several servers to one';
-- One rule everywhere: a session sees and writes the rows of its current organization, no others.
-- And nobody does anything here before access is granted.
DO $$
DECLARE
	protected regclass;
	computed record;
	type_name regtype;
BEGIN
	FOR protected IN
		SELECT c.oid FROM pg_class c WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind = 'r'
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
		IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = protected) THEN
			EXECUTE format('CREATE POLICY own_organization ON %s
				USING (organization_id = salesopp.current_organization())', protected);
		END IF;
	END LOOP;
	-- By its key: otherwise a plan would tell whether an id that is asked for is another's.
	ALTER POLICY own_organization ON salesopp.organization USING (id = salesopp.current_organization());

	-- Whose it is writes a saved search; those that are shared all read.
	ALTER POLICY own_organization ON salesopp.saved_search USING (organization_id = salesopp.current_organization()
		AND owner_id IS NOT DISTINCT FROM salesopp.current_employee());
	IF NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = 'salesopp.saved_search'::regclass AND p.polname = 'shared') THEN
		CREATE POLICY shared ON salesopp.saved_search FOR SELECT
			USING (organization_id = salesopp.current_organization() AND shared);
	END IF;

	-- Of what indexes are on beside columns there are no statistics, as these would be of all organizations.
	FOR computed IN
		SELECT a.attrelid::regclass AS index, a.attnum
		FROM pg_index i
		JOIN pg_attribute a ON a.attrelid = i.indexrelid AND i.indkey[a.attnum - 1] = 0
		WHERE i.indrelid IN (SELECT salesopp.extension_objects('pg_class'))
	LOOP
		EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', computed.index, computed.attnum);
	END LOOP;

	FOR type_name IN
		SELECT t.oid FROM pg_type t
		WHERE t.oid IN (SELECT salesopp.extension_objects('pg_type'))
			AND (t.typtype = 'e' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
			AND EXISTS (SELECT FROM aclexplode(COALESCE(t.typacl, acldefault('T', t.typowner))) a WHERE a.grantee = 0)
	LOOP
		EXECUTE format('REVOKE ALL ON TYPE %s FROM PUBLIC', type_name);
	END LOOP;
END $$;

CREATE OR REPLACE FUNCTION salesopp.grant_access(role regrole, level text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema_owner oid := (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'salesopp');
	reads constant boolean := level IN ('reader', 'seller', 'manager');
	sells constant boolean := level IN ('seller', 'manager');
	manages constant boolean := level = 'manager';
	propagates constant text := current_setting('citus.enable_ddl_propagation', true);
	member record;
BEGIN
	IF reads IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('unknown access level: %s'), COALESCE(quote_literal(level), 'NULL')),
			HINT = salesopp.message('The levels are reader, seller and manager.');
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = role) THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = format(salesopp.message('no such role: %s'), COALESCE(role::text, 'NULL')),
			HINT = salesopp.message('Create it first with CREATE ROLE.');
	END IF;
	IF NOT pg_has_role(schema_owner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = '42501',
			MESSAGE = salesopp.message('only the owner of the schema salesopp can grant access to it'),
			HINT = salesopp.message('Call salesopp.grant_access() as that role, or as a superuser.');
	END IF;

	IF salesopp.is_distributed() THEN
		PERFORM salesopp.run_on_workers(format(
			'SELECT salesopp.require(EXISTS (SELECT FROM pg_roles r WHERE r.rolname = %L), ''42704'', ''it has no role %%s'', '''', %L)',
			(SELECT r.rolname FROM pg_roles r WHERE r.oid = role), role));
	END IF;
	-- PostgreSQL gives up when two sessions change the rights of one object
	PERFORM pg_advisory_xact_lock('salesopp.grant_access'::regproc::oid::bigint);
	-- so that a lower level takes away what a higher one gave
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA salesopp FROM %s', role);

	EXECUTE format('GRANT USAGE ON SCHEMA salesopp TO %s', role);
	EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA salesopp TO %s', role);
	FOR member IN
		SELECT t.oid::regtype AS name FROM pg_type t
		WHERE t.typnamespace = 'salesopp'::regnamespace
			AND (t.typtype = 'e' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
	LOOP
		EXECUTE format('GRANT USAGE ON TYPE %s TO %s', member.name, role);
	END LOOP;

	IF salesopp.is_distributed() THEN
		-- Citus would bring some of the functions' to the workers now, where bring_rights_to_workers() brings all
		PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
	END IF;
	EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA salesopp FROM %s', role);
	-- Functions run with the caller's rights, and those that write are the volatile ones. Left out are triggers, the
	-- inner functions of aggregates (their states are bytea), and what only the owner may do.
	FOR member IN
		SELECT p.oid::regprocedure AS name, p.prokind
		FROM pg_proc p
		WHERE p.pronamespace = 'salesopp'::regnamespace
			AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype)
			AND (p.pronargs = 0 OR p.proargtypes[0] <> 'bytea'::regtype)
			AND p.proname NOT IN ('grant_access', 'create_organization', 'complete_history', 'trim_history', 'export_organization',
				'import_organization', 'erase_organization', 'extension_objects', 'organization_tables', 'organization_columns', 'organization_key', 'stream_digest', 'stream_prefix',
				'stream_query', 'stream_parts', 'read_stream', 'stream_tables', 'import_stream_rows', 'reserve_id', 'require_stream_rights',
				'fence_organization', 'unfence_organization', 'publish_organization', 'advance_sequences', 'set_organization_ids',
				'require_organization', 'wait_for_writers', 'distribute', 'complete_nodes', 'run_on_workers', 'tell_planner', 'grant_inner_rights',
				'repeat_grants', 'bring_rights_to_workers', 'spread_ids', 'send_functions', 'distribute_tables', 'is_worker', 'require_permissive_policies', 'undistribute_check', 'trim_history_of')
			AND (manages OR p.proname NOT IN ('correct_closing', 'write_correction', 'merge_companies',
				'merge_companies_of', 'merge_contacts', 'merge_contacts_of', 'reassign', 'bulk_reassign'))
			AND (sells OR p.provolatile <> 'v')
	LOOP
		EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', member.name, role);
	END LOOP;
	IF salesopp.is_distributed() THEN
		PERFORM set_config('citus.enable_ddl_propagation', propagates, true);
	END IF;

	IF sells THEN
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON salesopp.company, salesopp.contact,
			salesopp.project, salesopp.activity, salesopp.activity_participant,
			salesopp.stage, salesopp.opportunity_competitor,
			salesopp.opportunity_group_value, salesopp.saved_search TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE ON salesopp.opportunity TO %s', role);
		EXECUTE format('GRANT INSERT ON salesopp.forecast_submission TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE (amount, note) ON salesopp.quote, salesopp.sales_order TO %s', role);
	END IF;
	IF manages THEN
		EXECUTE format('GRANT INSERT, UPDATE, DELETE ON salesopp.department, salesopp.sales_region,
			salesopp.sales_process, salesopp.sales_process_stage,
			salesopp.loss_reason, salesopp.competitor, salesopp.group_field,
			salesopp.group_value, salesopp.custom_field,
			salesopp.quota, salesopp.employee_manager TO %s', role);
		EXECUTE format('GRANT INSERT, UPDATE ON salesopp.employee TO %s', role);
		EXECUTE format('GRANT UPDATE (name, time_zone) ON salesopp.organization TO %s', role);
	END IF;
	IF salesopp.is_distributed() THEN
		EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA salesopp FROM %s', role);
		PERFORM salesopp.grant_inner_rights();
		PERFORM salesopp.bring_rights_to_workers(role);
	END IF;
END;
$$;
COMMENT ON FUNCTION salesopp.grant_access(regrole, text) IS
	'Gives a role the rights of a reader, a seller or a manager, and takes away any others it had in salesopp';

-- Only routines that are new are touched: once this script has granted or revoked a right to an object, all rights
-- to it count as the extension's own, and pg_dump leaves them out.
DO $$
DECLARE
	routine regprocedure;
BEGIN
	FOR routine IN
		SELECT p.oid FROM pg_proc p
		WHERE p.oid IN (SELECT salesopp.extension_objects('pg_proc'))
			AND EXISTS (SELECT FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)
	LOOP
		EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
	END LOOP;
END $$;

-- Whoever may call a function of an earlier version may call what it calls since, and what views call beside it since.
-- What a script of an extension grants counts as the extension's own and is in no dump, so that is put right.
DO $$
DECLARE
	called regprocedure[];
	missing record;
BEGIN
	FOR missing IN
		SELECT DISTINCT c.called, quote_ident(r.rolname) AS grantee
		FROM (VALUES ('weighted_value', 'days_to_close'), ('customer_opportunities', 'listed_opportunity'), ('latest_follow_ups', 'listed_opportunity'),
			('set_status', 'run_bulk_change'), ('set_status', 'bulk_outcomes'), ('set_status', 'bulk_set_status'),
			('delete_opportunities', 'run_bulk_change'), ('delete_opportunities', 'bulk_outcomes'), ('delete_opportunities', 'bulk_delete'),
			('restore_opportunities', 'run_bulk_change'), ('restore_opportunities', 'bulk_outcomes'), ('restore_opportunities', 'bulk_restore'),
			('reassign', 'run_bulk_change'), ('reassign', 'bulk_outcomes'), ('reassign', 'bulk_reassign'), ('undo_bulk_change', 'bulk_undo_import'), ('undo_bulk_change', 'changed_since'),
			('run_bulk_change', 'run_bulk_change_of'), ('run_bulk_change', 'organization_server'), ('merge_companies', 'merge_companies_of'), ('merge_contacts', 'merge_contacts_of'),
			('import_check', 'import_check_of'), ('import_check', 'organization_server'), ('import_opportunities', 'import_records_of'),
			-- as does every function that may refuse something
			('current_organization', 'message'), ('require', 'require'),
			-- opportunity_card calls both
			('weighted_value', 'forecast_category'),
			-- search calls these for ranges
			('has_custom_values', 'custom_number'), ('has_custom_values', 'custom_date'),
			('pipeline', 'report_ids'), ('results', 'report_ids')) v (caller, called)
		JOIN pg_proc caller ON caller.pronamespace = 'salesopp'::regnamespace AND caller.proname = v.caller
		JOIN pg_proc p ON p.pronamespace = 'salesopp'::regnamespace AND p.proname = v.called
		CROSS JOIN LATERAL (SELECT p.oid::regprocedure AS called) c
		CROSS JOIN LATERAL aclexplode(caller.proacl) a
		JOIN pg_roles r ON r.oid = a.grantee
		WHERE a.privilege_type = 'EXECUTE' AND a.grantee <> caller.proowner AND NOT EXISTS (
			SELECT FROM aclexplode(p.proacl) b WHERE b.grantee = a.grantee AND b.privilege_type = 'EXECUTE')
	LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', missing.called, missing.grantee);
		called := called || missing.called;
	END LOOP;
	UPDATE pg_init_privs i SET initprivs = ARRAY[makeaclitem(p.proowner, p.proowner, 'EXECUTE', false)]
	FROM pg_proc p
	WHERE p.oid = ANY (called) AND i.classoid = 'pg_proc'::regclass AND i.objoid = p.oid AND i.objsubid = 0;
END $$;
-- Everything that an organization has entered is part of a dump, and so are the positions of the
-- sequences that ids come from.
DO $$
DECLARE
	relation regclass;
BEGIN
	FOR relation IN
		SELECT c.oid FROM pg_class c
		WHERE c.oid IN (SELECT salesopp.extension_objects('pg_class')) AND c.relkind IN ('r', 'S')
		ORDER BY c.oid
	LOOP
		-- A copy has a greater id than its original. In this order, dumps of single INSERTs can be restored, too.
		PERFORM pg_extension_config_dump(relation, CASE relation
			WHEN 'salesopp.opportunity'::regclass THEN 'WHERE true ORDER BY organization_id, id' ELSE '' END);
	END LOOP;
END $$;
