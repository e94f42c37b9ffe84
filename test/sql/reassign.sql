-- F8.9 The open opportunities of one who leaves are handed over
\set SHOW_CONTEXT never
INSERT INTO salesopp.organization (id, name) VALUES (7700431, 'Reassign'), (7700432, 'Reassign elsewhere');
CREATE ROLE regress_reassign_manager LOGIN;
CREATE ROLE regress_reassign_seller LOGIN;
SELECT salesopp.grant_access('regress_reassign_manager', 'manager'), salesopp.grant_access('regress_reassign_seller', 'seller');
INSERT INTO salesopp.employee (organization_id, id, initials, name, is_active) VALUES
	(7700431, 770043101, 'LV', 'Leaver', false), (7700431, 770043102, 'ST', 'Stays', true), (7700432, 770043201, 'EL', 'Elsewhere', true);
INSERT INTO salesopp.opportunity (organization_id, id, subject) VALUES (7700432, 770043201, 'Elsewhere');
SET salesopp.organization_id = 7700431;
SET session_replication_role = replica;	-- opportunities from before the employee left
INSERT INTO salesopp.opportunity (id, subject, responsible_id, priority, estimated_revenue, created_at, changed_at)
SELECT 770043100 + n, 'Deal ' || n, CASE WHEN n < 7 THEN 770043101 WHEN n = 7 THEN 770043102 END,
	CASE WHEN n < 3 THEN 'high' ELSE 'low' END::salesopp.priority, n, '2024-01-01', '2024-01-01' FROM generate_series(1, 8) n;
RESET session_replication_role;
SET salesopp.employee_id = 770043102;
-- 1 to 3 open; 4 won; 5 lost; 6 deleted; 7 another's; 8 nobody's
SELECT status FROM salesopp.close_won(770043104);
SELECT status FROM salesopp.close_lost(770043105);
SELECT outcome FROM salesopp.delete_opportunities('{770043106}');
SET ROLE regress_reassign_manager;
SELECT outcome, statement FROM unnest('{
	"SELECT salesopp.reassign(NULL, 770043102)",
	"SELECT salesopp.reassign(770043101, NULL)",
	"SELECT salesopp.reassign(770043101, 770043101)",
	"SELECT salesopp.reassign(0, 770043102)",
	"SELECT salesopp.reassign(770043101, 0)",
	"SELECT salesopp.reassign(770043101, 770043201)",
	"SELECT salesopp.reassign(770043201, 770043102)",
	"SELECT salesopp.reassign(770043101, 770043102, ''{\"responsible_id\": 770043102}'')",
	"SELECT salesopp.reassign(770043101, 770043102, ''{\"nonsense\": 1}'')",
	"SELECT salesopp.reassign(770043101, 770043102, ''[]'')"}'::text[]) statement, test.outcome(statement);
SELECT salesopp.reassign(0, 770043102);
SELECT salesopp.reassign(770043101, 770043102, '{"responsible_id": 1}');
-- those that meet the criteria, of open ones; a status that is not open is nobody's
SELECT * FROM salesopp.reassign(770043101, 770043102, '{"status": "won"}');
SELECT * FROM salesopp.reassign(770043101, 770043102, '{"priority": "high", "subject": "deal%", "estimated_revenue": {">=": 2}}');
SELECT * FROM salesopp.reassign(770043101, 770043102, NULL);
SELECT * FROM salesopp.reassign(770043101, 770043102);
SELECT id, status, responsible_id, deleted_at IS NOT NULL AS deleted, changed_by FROM salesopp.opportunity ORDER BY id;
RESET ROLE;
SET ROLE regress_reassign_seller;
SELECT test.outcome('SELECT salesopp.reassign(770043102, 770043101)');
RESET ROLE;
-- more than a usual page
INSERT INTO salesopp.opportunity (subject, responsible_id) SELECT 'Many', 770043102 FROM generate_series(1, 150);
INSERT INTO salesopp.employee (id, initials, name) VALUES (770043103, 'NW', 'New');
SELECT outcome, count(*) FROM salesopp.reassign(770043102, 770043103, '{"subject": "many"}') GROUP BY 1;
DROP OWNED BY regress_reassign_manager, regress_reassign_seller;
DROP ROLE regress_reassign_manager, regress_reassign_seller;
