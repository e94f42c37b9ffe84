-- Operations on many opportunities at once. Rows are locked in the order of their ids, so that two
-- such calls never wait for each other in a circle. Every id that was passed gets its outcome, in
-- the order in which they were passed.

CREATE OR REPLACE FUNCTION salesopp.lock_opportunities(opportunity_ids bigint[]) RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
	SELECT count(*) FROM (
		SELECT FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization() AND o.id = ANY (opportunity_ids)
		ORDER BY o.id FOR NO KEY UPDATE
	) locked;
END;
COMMENT ON FUNCTION salesopp.lock_opportunities(bigint[]) IS
	'Locks opportunities for the transaction, deleted ones too; returns how many there are';

CREATE OR REPLACE FUNCTION salesopp.bulk_outcomes(opportunity_ids bigint[], found bigint[], changed bigint[],
	refused bigint[], why_unchanged text, why_refused text)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT passed.id,
		CASE WHEN f.id IS NULL THEN 'not found'
			WHEN r.id IS NOT NULL THEN 'refused'
			WHEN c.id IS NOT NULL AND passed.mention = 1 THEN 'changed'
			ELSE 'unchanged' END,
		CASE WHEN passed.id IS NULL THEN 'the id is NULL'
			WHEN f.id IS NULL THEN format('no such opportunity: %s', passed.id)
			WHEN r.id IS NOT NULL THEN format('opportunity %s %s', passed.id, why_refused)
			WHEN c.id IS NULL THEN format('opportunity %s %s', passed.id, why_unchanged)
			WHEN passed.mention > 1 THEN format('opportunity %s was passed more than once', passed.id)
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

CREATE OR REPLACE FUNCTION salesopp.set_status(opportunity_ids bigint[], status salesopp.opportunity_status,
	note text DEFAULT NULL)
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.require(set_status.status IS NOT NULL, '22023',
		'the new status must not be null', 'Pass open, won or lost.');
	SELECT salesopp.lock_opportunities(opportunity_ids);

	-- from won to lost, or back, the way leads through open
	UPDATE salesopp.opportunity o SET status = 'open', status_note = set_status.note
	WHERE o.organization_id = salesopp.current_organization() AND o.id = ANY (opportunity_ids)
		AND o.deleted_at IS NULL AND o.status NOT IN ('open', set_status.status)
		AND set_status.status <> 'open';

	WITH present AS (
		SELECT o.id, o.status,
			set_status.status = 'won' AND EXISTS (
				SELECT FROM salesopp.opportunity_competitor w
				WHERE w.organization_id = o.organization_id AND w.opportunity_id = o.id
					AND w.is_winner) AS is_refused
		FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization() AND o.id = ANY (opportunity_ids)
			AND o.deleted_at IS NULL
	), changed AS (
		UPDATE salesopp.opportunity o SET status = set_status.status, status_note = set_status.note
		FROM present
		WHERE o.organization_id = salesopp.current_organization() AND o.id = present.id
			AND present.status <> set_status.status AND NOT present.is_refused
		RETURNING o.id
	)
	SELECT o.* FROM salesopp.bulk_outcomes(opportunity_ids,
		(SELECT array_agg(id) FROM present), (SELECT array_agg(id) FROM changed),
		(SELECT array_agg(id) FROM present WHERE is_refused),
		format('is %s already', set_status.status),
		'cannot be won while one of its competitors is marked as the winner') o;
END;
COMMENT ON FUNCTION salesopp.set_status(bigint[], salesopp.opportunity_status, text) IS
	'Sets many opportunities to won, lost or open; returns the outcome of each: changed, unchanged, not found or refused';

CREATE OR REPLACE FUNCTION salesopp.delete_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.lock_opportunities(opportunity_ids);
	WITH present AS (
		SELECT o.id, o.deleted_at FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization() AND o.id = ANY (opportunity_ids)
	), changed AS (
		UPDATE salesopp.opportunity o SET deleted_at = now() FROM present
		WHERE o.organization_id = salesopp.current_organization() AND o.id = present.id
			AND present.deleted_at IS NULL
		RETURNING o.id
	)
	SELECT o.* FROM salesopp.bulk_outcomes(opportunity_ids,
		(SELECT array_agg(id) FROM present), (SELECT array_agg(id) FROM changed), NULL,
		'is deleted already', NULL) o;
END;
COMMENT ON FUNCTION salesopp.delete_opportunities(bigint[]) IS
	'Deletes opportunities, with all that belongs to them, until they are restored; returns the outcome of each';

CREATE OR REPLACE FUNCTION salesopp.restore_opportunities(opportunity_ids bigint[])
RETURNS TABLE (opportunity_id bigint, outcome text, detail text)
LANGUAGE sql
BEGIN ATOMIC
	SELECT salesopp.lock_opportunities(opportunity_ids);
	WITH present AS (
		SELECT o.id, o.deleted_at FROM salesopp.opportunity o
		WHERE o.organization_id = salesopp.current_organization() AND o.id = ANY (opportunity_ids)
	), changed AS (
		UPDATE salesopp.opportunity o SET deleted_at = NULL FROM present
		WHERE o.organization_id = salesopp.current_organization() AND o.id = present.id
			AND present.deleted_at IS NOT NULL
		RETURNING o.id
	)
	SELECT o.* FROM salesopp.bulk_outcomes(opportunity_ids,
		(SELECT array_agg(id) FROM present), (SELECT array_agg(id) FROM changed), NULL,
		'is not deleted', NULL) o;
END;
COMMENT ON FUNCTION salesopp.restore_opportunities(bigint[]) IS
	'Brings deleted opportunities back; returns the outcome of each';
