-- What was found wrong in a release, or in what came after it, a block for each: what happened, and what
-- must happen. Those that need more than one session or server stand in a test of their own kind, and
-- are named there.
\set SHOW_CONTEXT never
SET datestyle = ISO;
SET timezone = UTC;
INSERT INTO salesopp.organization (id, name) VALUES (7702601, 'Issues');
SET salesopp.organization_id = 7702601;

-- Who had begun earlier and waited for the other wrote an earlier time of change, of closing and of its
-- event: time went back, even before the creation. (012_concurrent_pairs.pl has the two sessions; here
-- the other is one whose clock is ahead.)
INSERT INTO salesopp.opportunity (id, subject, estimated_revenue, created_at, changed_at) VALUES
	(770260101, 'Ahead, won', 100, '2999-01-01', '2999-01-02'), (770260102, 'Ahead, deleted', 100, '2999-01-01', '2999-01-02');
SELECT (salesopp.close_won(770260101)).id;
SELECT opportunity_id, outcome FROM salesopp.delete_opportunities('{770260102}');
SELECT id, subject, changed_at, closed_at, deleted_at,
	(SELECT e.created_at FROM salesopp.status_event e WHERE e.opportunity_id = o.id) AS event
FROM salesopp.opportunity o WHERE organization_id = 7702601 ORDER BY id;
