-- What salesopp's tables are compared with: copies that have the same columns, constraints and
-- indexes, and no triggers; copies that have the foreign keys as well; and copies that have both,
-- with salesopp's rules written in PL/pgSQL.
SET client_min_messages = warning;

CREATE SCHEMA plain;
CREATE TABLE plain.opportunity (LIKE salesopp.opportunity INCLUDING ALL);
CREATE TABLE plain.stage (LIKE salesopp.stage INCLUDING ALL);

CREATE SCHEMA keyed;
CREATE TABLE keyed.opportunity (LIKE salesopp.opportunity INCLUDING ALL,
	FOREIGN KEY (organization_id) REFERENCES salesopp.organization (id),
	FOREIGN KEY (organization_id, responsible_id) REFERENCES salesopp.employee,
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company,
	FOREIGN KEY (organization_id, sales_process_id) REFERENCES salesopp.sales_process);
CREATE TABLE keyed.stage (LIKE salesopp.stage INCLUDING ALL,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES keyed.opportunity);

CREATE SCHEMA plpgsql;
CREATE TABLE plpgsql.opportunity (LIKE salesopp.opportunity INCLUDING ALL,
	FOREIGN KEY (organization_id) REFERENCES salesopp.organization (id),
	FOREIGN KEY (organization_id, responsible_id) REFERENCES salesopp.employee,
	FOREIGN KEY (organization_id, company_id) REFERENCES salesopp.company,
	FOREIGN KEY (organization_id, sales_process_id) REFERENCES salesopp.sales_process);
CREATE TABLE plpgsql.stage (LIKE salesopp.stage INCLUDING ALL,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES plpgsql.opportunity);
CREATE TABLE plpgsql.status_event (LIKE salesopp.status_event INCLUDING ALL,
	FOREIGN KEY (organization_id, opportunity_id) REFERENCES plpgsql.opportunity);

CREATE FUNCTION plpgsql.guard_opportunity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	computed numeric;
BEGIN
	IF TG_OP = 'INSERT' THEN
		NEW.created_at := COALESCE(NEW.created_at, now());
		NEW.changed_at := COALESCE(NEW.changed_at, NEW.created_at);
		NEW.created_by := COALESCE(NEW.created_by, salesopp.current_employee());
		NEW.changed_by := COALESCE(NEW.changed_by, NEW.created_by);
		IF NEW.progress_method = 'automatic' AND NEW.progress <> 0 THEN
			RAISE EXCEPTION 'progress of opportunity % is automatic', NEW.id USING ERRCODE = '23514';
		END IF;
	ELSE
		IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id THEN
			RAISE EXCEPTION 'the id cannot be changed' USING ERRCODE = '23514';
		END IF;
		NEW.created_at := OLD.created_at;
		NEW.created_by := OLD.created_by;
		NEW.changed_at := now();
		NEW.changed_by := salesopp.current_employee();
		IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NOT NULL THEN
			RAISE EXCEPTION 'opportunity % is deleted', NEW.id USING ERRCODE = '55000';
		ELSIF OLD.status <> 'open' THEN
			IF NEW.status <> 'open' AND OLD.deleted_at IS NOT DISTINCT FROM NEW.deleted_at THEN
				RAISE EXCEPTION 'opportunity % is closed', NEW.id USING ERRCODE = '55000';
			END IF;
			NEW.closed_at := NULL;
			NEW.close_date := NULL;
			NEW.actual_revenue := NULL;
			NEW.loss_reason_id := NULL;
			IF to_jsonb(NEW) - '{status,note,status_note,changed_at,changed_by,closed_at,close_date,actual_revenue,loss_reason_id}'::text[]
				<> to_jsonb(OLD) - '{status,note,status_note,changed_at,changed_by,closed_at,close_date,actual_revenue,loss_reason_id}'::text[] THEN
				RAISE EXCEPTION 'opportunity % is closed', NEW.id USING ERRCODE = '55000';
			END IF;
			RETURN NEW;
		END IF;
		IF OLD.sales_process_id IS NOT NULL AND NEW.sales_process_id IS DISTINCT FROM OLD.sales_process_id THEN
			RAISE EXCEPTION 'opportunity % has a sales process', NEW.id USING ERRCODE = '55000';
		END IF;
		IF NEW.progress_method = 'automatic'
			AND (OLD.progress_method = 'manual' OR NEW.progress <> OLD.progress) THEN
			SELECT COALESCE((array_agg(s.probability ORDER BY s.position DESC))[1], 0) INTO computed
			FROM plpgsql.stage s
			WHERE s.organization_id = NEW.organization_id AND s.opportunity_id = NEW.id
				AND s.status = 'completed';
			IF NEW.progress NOT IN (computed, OLD.progress) THEN
				RAISE EXCEPTION 'progress of opportunity % is automatic', NEW.id USING ERRCODE = '23514';
			END IF;
			NEW.progress := computed;
		END IF;
	END IF;
	IF NEW.status <> 'open' THEN
		NEW.closed_at := now();
		NEW.close_date := COALESCE(NEW.close_date, CURRENT_DATE);
		IF NEW.status = 'won' THEN
			NEW.actual_revenue := COALESCE(NEW.actual_revenue, NEW.estimated_revenue, 0);
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION plpgsql.follow_opportunity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	old_status salesopp.opportunity_status := 'open';
	had_process boolean := false;
BEGIN
	IF TG_OP = 'UPDATE' THEN
		old_status := OLD.status;
		had_process := OLD.sales_process_id IS NOT NULL;
	END IF;
	IF NEW.sales_process_id IS NOT NULL AND NOT had_process THEN
		INSERT INTO plpgsql.stage (organization_id, opportunity_id, position, name, probability)
		SELECT NEW.organization_id, NEW.id, p.position, p.name, p.probability
		FROM salesopp.sales_process_stage p
		WHERE p.organization_id = NEW.organization_id AND p.sales_process_id = NEW.sales_process_id;
	END IF;
	IF NEW.status <> old_status THEN
		INSERT INTO plpgsql.status_event (organization_id, opportunity_id, from_status, to_status,
			close_date, actual_revenue, delivery_date, loss_reason_id, note, created_at, created_by, winner)
		VALUES (NEW.organization_id, NEW.id, old_status, NEW.status, NEW.close_date, NEW.actual_revenue,
			NEW.delivery_date, NEW.loss_reason_id, NEW.status_note, NEW.changed_at, NEW.changed_by,
			(SELECT COALESCE(w.name, c.name) FROM salesopp.opportunity_competitor w
				LEFT JOIN salesopp.competitor c
					ON c.organization_id = w.organization_id AND c.id = w.competitor_id
				WHERE w.organization_id = NEW.organization_id AND w.opportunity_id = NEW.id AND w.is_winner));
	END IF;
	RETURN NULL;
END $$;

CREATE FUNCTION plpgsql.guard_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	parent record;
BEGIN
	NEW.created_at := COALESCE(NEW.created_at, now());
	NEW.changed_at := COALESCE(NEW.changed_at, NEW.created_at);
	NEW.created_by := COALESCE(NEW.created_by, salesopp.current_employee());
	NEW.changed_by := COALESCE(NEW.changed_by, NEW.created_by);
	-- the copy made when a process is attached needs no check
	IF pg_trigger_depth() < 2 THEN
		SELECT o.status, o.deleted_at INTO parent FROM plpgsql.opportunity o
		WHERE o.organization_id = NEW.organization_id AND o.id = NEW.opportunity_id FOR NO KEY UPDATE;
		IF parent.status <> 'open' OR parent.deleted_at IS NOT NULL THEN
			RAISE EXCEPTION 'opportunity % is closed', NEW.opportunity_id USING ERRCODE = '55000';
		END IF;
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON plpgsql.opportunity
	FOR EACH ROW EXECUTE FUNCTION plpgsql.guard_opportunity();
CREATE TRIGGER follow_insert AFTER INSERT ON plpgsql.opportunity
	FOR EACH ROW WHEN (NEW.sales_process_id IS NOT NULL OR NEW.status <> 'open')
	EXECUTE FUNCTION plpgsql.follow_opportunity();
CREATE TRIGGER follow_update AFTER UPDATE ON plpgsql.opportunity
	FOR EACH ROW WHEN (OLD.status <> NEW.status
		OR OLD.sales_process_id IS DISTINCT FROM NEW.sales_process_id)
	EXECUTE FUNCTION plpgsql.follow_opportunity();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON plpgsql.stage
	FOR EACH ROW EXECUTE FUNCTION plpgsql.guard_stage();
