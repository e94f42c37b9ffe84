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
