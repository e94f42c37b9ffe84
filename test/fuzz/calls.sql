-- Hostile calls, made up from a seed: CALL fuzz.run(kind, calls, seed). What must not happen is noted in
-- fuzz.failure: an error of another kind than the reference promises for bad input, or an answer other than
-- that of an independent definition.
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
CREATE SCHEMA fuzz;
CREATE TABLE fuzz.failure (kind text, statement text, sqlstate text, message text);
CREATE TABLE fuzz.done (kind text, seed bigint, calls bigint, refused bigint);

SELECT salesopp.create_organization('Fuzzed'), salesopp.create_organization('Other') \g /dev/null
SET salesopp.organization_id = '1';
INSERT INTO salesopp.employee (initials, name) VALUES ('AA', 'Ada'), ('ØØ', 'Øyvind');
INSERT INTO salesopp.company (name) VALUES ('Customer % _ \'), ('=cmd()'), ('Ærlig & "Sønn"');
INSERT INTO salesopp.custom_field (name, data_type, choices)
VALUES ('Text', 'text', NULL), ('Number', 'number', NULL), ('Date', 'date', NULL), ('Yes', 'boolean', NULL), ('Choice', 'choice', '{a,"b%","''"}');
INSERT INTO salesopp.opportunity (subject, note, estimated_revenue, company_id, responsible_id, sales_process_id, decision_date, rating, custom)
SELECT (ARRAY['Deal', 'ÆRLIG', '100%', 'a_b', 'back\slash', '😀 emoji', E'tab\tline\nend', 'İstanbul Σς'])[1 + n % 8] || ' ' || n, NULLIF('note ' || n % 7, 'note 0'),
	CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN 9999999999999999.99 ELSE n * 1.11 END, 1 + n % 3, 1 + n % 2, CASE WHEN n % 2 = 0 THEN 1 END,
	CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '5874897-12-31' WHEN 2 THEN '4713-01-01 BC' ELSE CURRENT_DATE + n % 20 END::date, NULLIF(n % 6, 0),
	CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN '{"Number": 1.50, "Choice": "b%"}' ELSE '{"Text": "a\"b", "Yes": true, "Date": "2024-02-29"}' END::jsonb
FROM generate_series(1, 200) n;
SELECT salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id % 5 = 0), 'won'), salesopp.set_status(ARRAY(SELECT id FROM salesopp.opportunity WHERE id % 7 = 0), 'lost'),
	salesopp.delete_opportunities('{11, 12}') \g /dev/null
ANALYZE;
CREATE ROLE fuzz_manager LOGIN;
SELECT salesopp.grant_access('fuzz_manager', 'manager') \g /dev/null
ALTER ROLE fuzz_manager SET salesopp.organization_id = '1';
GRANT USAGE ON SCHEMA fuzz TO fuzz_manager;
GRANT SELECT, INSERT ON fuzz.failure, fuzz.done TO fuzz_manager;

-- ---------- material

CREATE FUNCTION fuzz.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE
RETURN choices[1 + floor(random() * cardinality(choices))::int];

CREATE FUNCTION fuzz.some_text(pieces int DEFAULT 5) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT COALESCE(string_agg(fuzz.one_of('a', 'A', 'b', 'deal', 'DEAL ', '%', '%', '_', '\', '\', '\%', '\\', 'æ', 'Å', 'ß', 'ẞ', 'İ', 'ı', 'I', 'Σ', 'ς', 'σ', 'ﬁ', '😀',
		'e' || chr(769), chr(65279), chr(1114109), '''', '"', '$1', chr(36) || chr(36), ';', E'\n', E'\t', ' ', '0', '100', '-', '=', '<', '&', '{', '}', ''), ''), '')
	FROM generate_series(1, floor(random() * (pieces + 1))::int)
$$;

CREATE FUNCTION fuzz.some_number() RETURNS text LANGUAGE sql VOLATILE
RETURN fuzz.one_of('0', '1', '-1', '2', '3', '5', '17', '100', '100.001', '0.005', '0.01', '-0.00', '50', '33.333333', '9999999999999999.99', '10000000000000000', '2147483647', '2147483648',
	'9223372036854775807', '9223372036854775808', '-9223372036854775808', '1e30', '1e-30', '1e400', '123456789012345678901234567890.123456789', round(random()::numeric * 1000, 2)::text);

CREATE FUNCTION fuzz.some_duration() RETURNS text LANGUAGE sql VOLATILE
RETURN fuzz.one_of('0', '1 day', '24 hours', '1 day', '2 days', '30 days', '1 month', '1 month -30 days', '0.000001 s', '1 year', '178000000 years', '-1 day', '1 day -24 hours', '-1 month 31 days',
	'2147483647 days', '2562047788 hours', floor(random() * 40)::text || ' days');

CREATE FUNCTION fuzz.some_date() RETURNS text LANGUAGE sql VOLATILE
RETURN fuzz.one_of('2024-02-29', '2023-02-29', '0001-01-01', '0000-01-01', '9999-12-31', '99999-01-01', '5874897-12-31', '5874898-01-01', '4713-01-01 BC', 'infinity', '-infinity', 'today', 'now', '',
	'2024-1-1', '2024-13-01', '20240101', '01.02.2024', '2024-01-01T00:00:00Z', 'x', (CURRENT_DATE + floor(random() * 40)::int - 20)::text);

CREATE FUNCTION fuzz.some_json(depth int DEFAULT 3) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN CASE floor(random() * CASE WHEN depth > 0 THEN 10 ELSE 7 END)::int
		WHEN 0 THEN 'null'::jsonb
		WHEN 1 THEN to_jsonb(random() < 0.5)
		WHEN 2 THEN fuzz.some_number()::jsonb
		WHEN 3 THEN to_jsonb(fuzz.some_number())
		WHEN 4 THEN to_jsonb(fuzz.some_text())
		WHEN 5 THEN to_jsonb(fuzz.some_date())
		WHEN 6 THEN fuzz.one_of('{}', '[]', '""', '[null]', '[[]]', '[1, "1"]', '{"": 1}', '{"from": null}')::jsonb
		WHEN 7 THEN (SELECT COALESCE(jsonb_agg(fuzz.some_json(depth - 1)), '[]') FROM generate_series(1, floor(random() * 4)::int))
		ELSE (SELECT COALESCE(jsonb_object_agg(fuzz.one_of('>=', '<=', '=', '<>', 'from', 'to', 'Text', 'Number', 'Date', 'Yes', 'Choice', '>', '', fuzz.some_text(2)), fuzz.some_json(depth - 1)), '{}')
			FROM generate_series(1, floor(random() * 4)::int)) END;
END $$;

-- The criteria that there are, as the hint about an unknown one names them
CREATE FUNCTION fuzz.criteria_keys() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM salesopp.summary('{"": 1}');
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN string_to_array(substring(hint FROM '^The criteria are (.*)\.$'), ', ');
END $$;
CREATE TABLE fuzz.known AS SELECT fuzz.criteria_keys() AS criteria;
GRANT SELECT ON fuzz.known TO fuzz_manager;

-- Mostly what the criterion takes
CREATE FUNCTION fuzz.criterion(name text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF random() < 0.1 THEN
		RETURN fuzz.some_json();
	END IF;
	RETURN CASE
		WHEN name IN ('subject', 'note', 'text', 'company', 'contact', 'letter') THEN to_jsonb(fuzz.some_text(CASE name WHEN 'letter' THEN 1 ELSE 4 END))
		WHEN name IN ('status') THEN to_jsonb(fuzz.one_of('open', 'won', 'lost'))
		WHEN name IN ('priority') THEN jsonb_build_array(fuzz.one_of('low', 'normal', 'high'), fuzz.one_of('low', 'normal', 'high'))
		WHEN name = 'text_in' THEN to_jsonb(ARRAY[fuzz.one_of('subject', 'note', 'company', 'contact'), fuzz.one_of('subject', 'company')])
		WHEN name = 'accents' THEN to_jsonb(fuzz.one_of('distinguish', 'ignore'))
		WHEN name = 'rating' THEN to_jsonb(floor(random() * 7)::int)
		WHEN name = 'custom' THEN jsonb_build_object(fuzz.one_of('Text', 'Number', 'Date', 'Yes', 'Choice'), fuzz.some_json(1))
		WHEN name ~ '_date$|_at$' THEN jsonb_build_object(fuzz.one_of('from', 'to'), fuzz.some_date())
		WHEN name ~ '_id$|_by$' THEN CASE WHEN random() < 0.5 THEN fuzz.some_number()::jsonb ELSE jsonb_build_array(1, 2, fuzz.some_number()::numeric) END
		ELSE CASE WHEN random() < 0.5 THEN fuzz.some_number()::jsonb ELSE jsonb_build_object(fuzz.one_of('>=', '<=', '=', '<>'), fuzz.some_number()::jsonb) END END;
END $$;

CREATE FUNCTION fuzz.criteria() RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF random() < 0.05 THEN
		RETURN fuzz.some_json();
	END IF;
	RETURN (SELECT COALESCE(jsonb_object_agg(name, fuzz.criterion(name)), '{}') FROM (
		SELECT fuzz.one_of(VARIADIC known.criteria || fuzz.one_of('subject', 'Subject', '', fuzz.some_text(2))) AS name
		FROM fuzz.known, generate_series(1, floor(random() * 4)::int)) names);
END $$;

CREATE FUNCTION fuzz.some_column() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < 0.9 THEN (SELECT attname::text FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0 ORDER BY random() LIMIT 1)
		ELSE fuzz.some_text(3) END
$$;

CREATE FUNCTION fuzz.sort() RETURNS text LANGUAGE sql VOLATILE
RETURN CASE WHEN random() < 0.95 THEN fuzz.some_column() || fuzz.one_of('', '', ' desc', ' desc', ' asc', ' DESC', '  desc', ' descending') ELSE fuzz.some_text() END;

-- ---------- definitions to compare with

-- F9.7
\ir ../definitions/wildcard.sql

-- F2.1
CREATE FUNCTION fuzz.weighted_value(status salesopp.opportunity_status, estimated numeric, actual numeric, progress numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN CASE status WHEN 'open' THEN estimated * progress * 0.01 WHEN 'won' THEN COALESCE(actual, estimated) WHEN 'lost' THEN 0 END;

-- F1.3
CREATE FUNCTION fuzz.decision_color(status salesopp.opportunity_status, decided date, today date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN status <> 'open' OR decided IS NULL THEN 'black' WHEN decided < today THEN 'red' WHEN decided = today THEN 'green'
	WHEN isfinite(decided) AND isfinite(today) AND decided - today <= 7 THEN 'blue' ELSE 'black' END;

CREATE FUNCTION fuzz.is_iso_date(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN value ~ '^\d{4}-\d\d-\d\d$' AND value::date IS NOT NULL;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
	RETURN false;
END $$;

-- N4: by Aalen and Johansen, from the first time to the last; what is longer than any sale counts as as long
CREATE FUNCTION fuzz.incidence(durations interval[], outcomes text[]) RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	at record;
	won numeric := 0;
	lost numeric := 0;
	open numeric := 1;
BEGIN
	FOR at IN SELECT d, count(*) FILTER (WHERE o = 'won') AS won, count(*) FILTER (WHERE o = 'lost') AS lost, sum(count(*)) OVER (ORDER BY d DESC) AS there
		FROM (SELECT LEAST(d, '70000 years'), o FROM unnest(durations, outcomes) u (d, o)) u (d, o) GROUP BY d ORDER BY d
	LOOP
		won := won + round(open * at.won / at.there, 100);
		lost := lost + round(open * at.lost / at.there, 100);
		open := round(open * (at.there - at.won - at.lost) / at.there, 100);
	END LOOP;
	RETURN ARRAY[won, lost, open]::double precision[];
END $$;

-- N4
CREATE FUNCTION fuzz.miss(probability numeric, won boolean) RETURNS numeric LANGUAGE sql IMMUTABLE
RETURN CASE WHEN won THEN (probability - 100) * (probability - 100) ELSE probability * probability END;

-- States of the aggregates, forged: parts of real ones with other bytes in them. They reach each inner function as the
-- state that is kept and as the one that comes from elsewhere.
CREATE FUNCTION fuzz.take(bytea, bytea) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN $2;
CREATE AGGREGATE fuzz.real_state(salesopp.opportunity_status, numeric, numeric, numeric) (SFUNC = salesopp.pipeline_accum, STYPE = bytea);
CREATE AGGREGATE fuzz.real_progress(salesopp.stage_status, integer, numeric) (SFUNC = salesopp.stage_progress_accum, STYPE = bytea);
CREATE AGGREGATE fuzz.accumulated(salesopp.opportunity_status, numeric, numeric, numeric ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.pipeline_accum);
CREATE AGGREGATE fuzz.taken_out(salesopp.opportunity_status, numeric, numeric, numeric ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.pipeline_accum_inv);
CREATE AGGREGATE fuzz.combined(bytea ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.pipeline_combine);
CREATE AGGREGATE fuzz.summary_of(bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.pipeline_summary_final);
CREATE AGGREGATE fuzz.value_of(bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.pipeline_value_final);
CREATE AGGREGATE fuzz.progress_of(bytea) (SFUNC = salesopp.stage_progress_combine, STYPE = bytea, FINALFUNC = salesopp.stage_progress_final);

CREATE AGGREGATE fuzz.real_forecast(salesopp.opportunity_status, numeric, numeric, numeric, numeric, double precision) (SFUNC = salesopp.forecast_accum, STYPE = bytea);
CREATE AGGREGATE fuzz.forecast_of(bytea) (SFUNC = salesopp.forecast_combine, STYPE = bytea, FINALFUNC = salesopp.forecast_range_final);

CREATE AGGREGATE fuzz.real_brier(numeric, boolean) (SFUNC = salesopp.brier_accum, STYPE = bytea);
CREATE AGGREGATE fuzz.brier_accumulated(numeric, boolean ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.brier_accum);
CREATE AGGREGATE fuzz.brier_combined(bytea ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.brier_combine);
CREATE AGGREGATE fuzz.brier_of(bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.brier_final);
CREATE AGGREGATE fuzz.real_incidence(interval, salesopp.opportunity_status) (SFUNC = salesopp.incidence_accum, STYPE = bytea);
CREATE AGGREGATE fuzz.incidence_accumulated(interval, salesopp.opportunity_status ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.incidence_accum);
CREATE AGGREGATE fuzz.incidence_combined(bytea ORDER BY bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.incidence_combine);
CREATE AGGREGATE fuzz.incidence_of(bytea) (SFUNC = fuzz.take, STYPE = bytea, FINALFUNC = salesopp.incidence_final);

CREATE FUNCTION fuzz.forged(bytes bytea) RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF random() < 0.3 THEN
		bytes := substr(bytes, 1, floor(random() * length(bytes))::int) || substr(bytes, 1 + floor(random() * length(bytes))::int);
	END IF;
	FOR i IN 1 .. floor(random() * 4)::int LOOP
		bytes := set_byte(bytes || CASE WHEN bytes = '' THEN '\x00' ELSE '' END::bytea, floor(random() * length(bytes))::int, floor(random() * 256)::int);
	END LOOP;
	RETURN bytes;
END $$;

-- ---------- the calls

-- The statement of a call. It gives NULL, or false where the answer is wrong.
CREATE FUNCTION fuzz.statement(kind text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	a text;
	b text;
	status text := fuzz.one_of('open', 'won', 'lost');
	n1 text := fuzz.one_of(fuzz.some_number(), fuzz.some_number(), 'NaN', 'infinity', '-infinity');
	n2 text := fuzz.one_of(fuzz.some_number(), NULL);
	n3 text := fuzz.one_of(fuzz.some_number(), '25', '75', '100', 'NaN');
	number int := floor(random() * random() * 60);
BEGIN
	CASE kind
	WHEN 'search' THEN
		RETURN format('SELECT NULLIF(count(*) <= COALESCE(%3$s, count(*)), true) FROM salesopp.search(%1$L, %2$L, %3$s, %4$s)', fuzz.criteria(), fuzz.sort(),
			COALESCE(fuzz.one_of('0', '1', '10', '100', '-1', '2147483647', NULL), 'NULL'), COALESCE(fuzz.one_of(NULL, NULL, NULL, '1', '11', '100', '0', '9223372036854775807'), 'NULL'));
	WHEN 'summary' THEN
		-- a total adds up
		RETURN format('SELECT NULLIF(count(*) = 4 AND sum(opportunities) FILTER (WHERE status <> ''total'') = max(opportunities) FILTER (WHERE status = ''total'')
			AND sum(pipeline) FILTER (WHERE status <> ''total'') = max(pipeline) FILTER (WHERE status = ''total''), true) FROM salesopp.summary(%L)', fuzz.criteria());
	WHEN 'letter index' THEN
		a := fuzz.criteria();
		RETURN format('SELECT NULLIF(COALESCE(sum(opportunities), 0) = (SELECT opportunities FROM salesopp.summary(%1$L) WHERE status = ''total''), true) FROM salesopp.letter_index(%1$L)', a);
	WHEN 'matches' THEN
		a := fuzz.some_text(6);
		b := CASE WHEN random() < 0.3 THEN substr(a, 1 + floor(random() * 3)::int, 4) || fuzz.one_of('', '%') ELSE fuzz.some_text(4) END;
		RETURN format('SELECT NULLIF(salesopp.matches(%1$L, %2$L) = (wildcard.folded(%1$L) ~ wildcard.expression(%2$L)) AND (NOT salesopp.matches(%1$L, %2$L) OR normalize(%1$L) ILIKE salesopp.index_pattern(%2$L)), true)', a, b);
	WHEN 'weighted value' THEN
		RETURN format('SELECT NULLIF(salesopp.weighted_value(%1$L, %2$L, %3$L, %4$L) IS NOT DISTINCT FROM fuzz.weighted_value(%1$L, %2$L, %3$L, %4$L), true)', status, n1, n2, n3);
	WHEN 'aggregate' THEN
		-- of some rows like this one and of ordinary ones, whole and in a moving window
		a := format('(SELECT CASE n %% 4 WHEN 0 THEN ''open'' WHEN 1 THEN ''won'' WHEN 2 THEN ''lost'' ELSE %L END::salesopp.opportunity_status AS s, CASE n %% 3 WHEN 0 THEN %L::numeric WHEN 1 THEN n END AS e,
			CASE n %% 5 WHEN 0 THEN %L::numeric END AS r, CASE n %% 2 WHEN 0 THEN %L::numeric ELSE 50 END AS p, n FROM generate_series(1, %s) n) x', status, n1, n2, n3, 1 + floor(random() * 12)::int);
		RETURN format('SELECT NULLIF(salesopp.pipeline_value(s, e, r, p) IS NOT DISTINCT FROM COALESCE(sum(fuzz.weighted_value(s, e, r, p)), 0)
			AND (salesopp.pipeline_summary(s, e, r, p)).total_highest IS NOT DISTINCT FROM max(CASE s WHEN ''won'' THEN COALESCE(r, e) ELSE e END), true) FROM %1$s
			UNION ALL SELECT NULLIF(bool_and(v IS NOT DISTINCT FROM w), true) FROM (SELECT salesopp.pipeline_value(s, e, r, p) OVER rows AS v, COALESCE(sum(fuzz.weighted_value(s, e, r, p)) OVER rows, 0) AS w
				FROM %1$s WINDOW rows AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) moving', a);
	WHEN 'forecast' THEN
		-- the mean is the pipeline; amounts are in their order, chances are chances; another order gives the same
		a := format('(SELECT n, CASE n %% 4 WHEN 0 THEN ''won'' WHEN 1 THEN %L ELSE ''open'' END::salesopp.opportunity_status AS s, CASE n %% 3 WHEN 0 THEN %L::numeric WHEN 1 THEN n * 99.99 ELSE 1000 END AS e,
			CASE n %% 5 WHEN 0 THEN %L::numeric END AS r, CASE n %% 2 WHEN 0 THEN %L::numeric ELSE n %% 101 END AS p FROM generate_series(1, %s) n) x', status, fuzz.one_of('7', '0.01', '1e15', n1), fuzz.one_of('5', n2),
			fuzz.one_of('0', '25', '33.33', n3), 1 + floor(random() * random() * 200)::int);
		b := format('%L, %L', fuzz.one_of('1000', '0', '-5', n3), fuzz.one_of('0', '0.2', '0.9', '0.999999', 'NaN', '1', NULL));
		RETURN format('SELECT NULLIF((f).mean = v AND f = g AND (f).certain <= (f).p10 AND (f).p10 <= (f).p50 AND (f).p50 <= (f).p90 AND (f).p90 <= (f).possible AND (f).error >= 0 AND COALESCE((f).chance, 0) BETWEEN 0 AND 1
			AND COALESCE((f).chance_error, 0) BETWEEN 0 AND 1, true) FROM (SELECT salesopp.forecast_range(s, e, r, p, %2$s ORDER BY n) AS f, salesopp.forecast_range(s, e, r, p, %2$s ORDER BY n DESC) AS g, salesopp.pipeline_value(s, e, r, p) AS v FROM %1$s) y', a, b);
	WHEN 'chances' THEN
		-- of this one and of ordinary ones: as defined, and the parts add up
		IF random() < 0.5 THEN
			RETURN format('SELECT NULLIF(abs(salesopp.brier_score(p, w) - sum(fuzz.miss(p, w)) / (count(*) * 10000)) <= 1e-16, true) FROM (SELECT CASE n %% 3 WHEN 0 THEN %L::numeric ELSE n * 33.333 %% 100 END AS p, n %% %s < 2 AS w
				FROM generate_series(1, %s) n) x', n3, 2 + floor(random() * 4)::int, 1 + floor(random() * 40)::int);
		END IF;
		RETURN format('SELECT NULLIF(abs(i[1] - e[1]) + abs(i[2] - e[2]) + abs(i[3] - e[3]) < 1e-12 AND abs(i[1] + i[2] + i[3] - 1) < 1e-12, true) FROM (SELECT salesopp.incidence(d, o::salesopp.opportunity_status) AS i,
			fuzz.incidence(array_agg(d), array_agg(o)) AS e FROM unnest(%L::interval[], %L::text[]) x (d, o)) y',
			(SELECT array_agg(fuzz.some_duration()) FROM generate_series(0, number)), (SELECT array_agg(fuzz.one_of('open', 'won', 'lost')) FROM generate_series(0, number)));
	WHEN 'forged state' THEN
		IF random() < 0.15 THEN
			RETURN format('SELECT NULL FROM (SELECT fuzz.brier_of(x.s) FROM (SELECT %s WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%L::bytea)) v (s)) x) y (n) WHERE n::text <> ''x''',
				CASE WHEN random() < 0.5 THEN format('fuzz.brier_combined(%L::bytea)', fuzz.forged((SELECT fuzz.real_brier(p, true) FROM unnest('{12.5, 1e-30}'::numeric[]) p)))
					ELSE format('fuzz.brier_accumulated(%L, %L)', n1, random() < 0.5) END, fuzz.forged((SELECT fuzz.real_brier(p, false) FROM unnest('{10, 33.333}'::numeric[]) p)));
		END IF;
		IF random() < 0.15 THEN
			RETURN format('SELECT NULL FROM (SELECT fuzz.incidence_of(x.s) FROM (SELECT %s WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%L::bytea)) v (s)) x) y (n) WHERE n::text <> ''x''',
				CASE WHEN random() < 0.5 THEN format('fuzz.incidence_combined(%L::bytea)', fuzz.forged((SELECT fuzz.real_incidence(make_interval(days => n), 'open') FROM generate_series(1, 17) n)))
					ELSE format('fuzz.incidence_accumulated(%L, %L)', fuzz.some_duration(), status) END,
				fuzz.forged((SELECT fuzz.real_incidence(make_interval(days => n), status::salesopp.opportunity_status) FROM generate_series(1, floor(random() * 16)::int + 1) n)));
		END IF;
		IF random() < 0.3 THEN
			RETURN format('SELECT NULL FROM (SELECT fuzz.forecast_of(s) FROM (VALUES (%L::bytea), (%L)) v (s)) x (n) WHERE n::text <> ''x''',
				fuzz.forged((SELECT fuzz.real_forecast(s, e, NULL, 50, 7, 0) FROM (VALUES ('open'::salesopp.opportunity_status, 5), ('won', 3), ('open', 100.01)) v (s, e))),
				(SELECT fuzz.real_forecast('open', 10, NULL, 25, 7, 0)));
		END IF;
		IF random() < 0.2 THEN
			RETURN format('SELECT NULL FROM (SELECT fuzz.progress_of(s) FROM (VALUES (%L::bytea), (%L)) v (s)) x (n) WHERE n::text <> ''x''',
				fuzz.forged((SELECT fuzz.real_progress('completed', 3, n1::numeric))), fuzz.forged((SELECT fuzz.real_progress('completed', 4, n3::numeric))));
		END IF;
		a := fuzz.forged((SELECT fuzz.real_state(s, e, NULL, 50) FROM (VALUES (status::salesopp.opportunity_status, n1::numeric), ('open', n2::numeric), ('won', 0.001)) v (s, e)));
		b := format(CASE WHEN random() < 0.5 THEN 'fuzz.combined(%1$L)' ELSE 'fuzz.' || fuzz.one_of('accumulated', 'taken_out') || '(%2$L, %3$L, %4$L, %5$L)' END,
			fuzz.forged((SELECT fuzz.real_state('open', 1e30, NULL, 50))), status, n1, n2, n3);
		RETURN format('SELECT NULL FROM (SELECT fuzz.%s(x.s) FROM (SELECT %s WITHIN GROUP (ORDER BY s) AS s FROM (VALUES (%L::bytea)) v (s)) x) y (n) WHERE n::text <> ''x''',
			fuzz.one_of('summary_of', 'value_of'), b, a);
	WHEN 'decision color' THEN
		a := fuzz.one_of('2024-02-29', '2024-12-31', '-infinity', 'infinity', '5874897-12-31', '4713-01-01 BC', '2000-01-01');
		b := CASE WHEN random() < 0.7 AND a ~ '^20' THEN (a::date + floor(random() * 20)::int - 10)::text ELSE fuzz.one_of(a, 'infinity', '-infinity', NULL) END;
		RETURN format('SELECT NULLIF(salesopp.decision_color(%1$L, %2$L, %3$L)::text = fuzz.decision_color(%1$L, %2$L, %3$L), true)', status, b, a);
	WHEN 'custom values' THEN
		RETURN format('UPDATE salesopp.opportunity SET custom = %L WHERE id = 1 RETURNING NULLIF(jsonb_typeof(custom) = ''object'', true)',
			CASE WHEN random() < 0.7 THEN jsonb_build_object(fuzz.one_of('Text', 'Number', 'Date', 'Yes', 'Choice'), fuzz.some_json(1)) ELSE fuzz.some_json() END);
	WHEN 'custom field' THEN
		RETURN format('INSERT INTO salesopp.custom_field (name, data_type, choices) VALUES (%L, %L, %L) RETURNING NULLIF(salesopp.is_blank(name), false)', fuzz.some_text(3),
			fuzz.one_of('text', 'number', 'date', 'boolean', 'choice'), fuzz.one_of(NULL, '{}', '{a,b}', '{NULL}', '{{a},{b}}', '{"",""}'));
	WHEN 'iso date' THEN
		a := fuzz.one_of(fuzz.some_date(), fuzz.some_text(3), format('%s-%s-%s', floor(random() * 10000), lpad(floor(random() * 14)::text, 2, '0'), lpad(floor(random() * 33)::text, 2, '0')));
		RETURN format('SELECT NULLIF(salesopp.is_iso_date(%1$L) = fuzz.is_iso_date(%1$L), true)', a);
	WHEN 'export' THEN
		RETURN format('SELECT NULLIF(octet_length(salesopp.export_%s(%L, %L, %L, %L)) > 1, true)', fuzz.one_of('csv', 'csv', 'xlsx', 'pdf'), CASE WHEN random() < 0.3 THEN '{}' ELSE fuzz.criteria() END, fuzz.sort(),
			CASE WHEN random() < 0.3 THEN NULL ELSE (SELECT array_agg(fuzz.some_column()) FROM generate_series(0, floor(random() * 4)::int)) END, fuzz.one_of('en', 'nb', 'en', 'nb', NULL, 'EN', '', 'no'));
	WHEN 'picture' THEN
		RETURN CASE WHEN random() < 0.02 THEN format('SELECT NULLIF(xml_is_well_formed_document(salesopp.report_html(%L, %L, %L, %L)), true)', fuzz.criteria(), fuzz.one_of('2024-01-01', '-infinity', 'infinity', NULL),
				fuzz.one_of('1000', '0', '-1', 'NaN', '1e30', NULL), fuzz.one_of('en', 'nb', NULL, 'x'))
			WHEN random() < 0.5 THEN format('SELECT NULLIF(xml_is_well_formed_document(salesopp.pipeline_svg(%L, %L)), true)', fuzz.criteria(), fuzz.one_of('en', 'nb', NULL, 'x'))
			ELSE format('SELECT NULLIF(xml_is_well_formed_document(salesopp.funnel_svg(%s, %L)), true)', fuzz.one_of('1', '2', '11', '1000', '-1'), fuzz.one_of('en', 'nb', NULL, 'x')) END;
	END CASE;
END $$;

CREATE PROCEDURE fuzz.run(kind text, calls bigint, seed bigint) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	right_answer boolean;
	message text;
	refused bigint := 0;
BEGIN
	PERFORM setseed((seed % 1000000) / 1000000.0);
	FOR i IN 1 .. calls LOOP
		statement := fuzz.statement(kind);
		BEGIN
			EXECUTE statement INTO right_answer;
			IF right_answer IS NOT NULL THEN
				INSERT INTO fuzz.failure VALUES (kind, statement, NULL, 'wrong answer');
			END IF;
		EXCEPTION
			-- what the reference promises for bad input
			WHEN invalid_parameter_value OR no_data_found OR check_violation OR object_not_in_prerequisite_state OR unique_violation THEN
				refused := refused + 1;
			WHEN OTHERS THEN
				-- and for what is no state, or one of amounts beyond any number
				IF kind = 'forged state' AND SQLSTATE IN ('22P03', '22003') THEN
					refused := refused + 1;
					CONTINUE;
				END IF;
				GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
				INSERT INTO fuzz.failure VALUES (kind, statement, SQLSTATE, message);
		END;
		IF i % 500 = 0 THEN
			COMMIT;
		END IF;
	END LOOP;
	INSERT INTO fuzz.done VALUES (kind, seed, calls, refused);
END $$;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA fuzz TO PUBLIC;
