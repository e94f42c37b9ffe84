-- The tour that ./show prints. Variables: colors (on, off), columns (width of the terminal).
-- psql prints what is selected as it is; so the colours go into the text, after the padding.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT set_config('salesopp.organization_id', min(id)::text, false) AS organization,
	set_config('demo.colors', :'colors', false) AS colors,
	LEAST(GREATEST(:columns, 80), 132) AS columns
FROM salesopp.organization \gset

-- ---- How things are written

-- Black is what the terminal writes in anyway.
CREATE FUNCTION pg_temp.paint(value text, color text) RETURNS text
LANGUAGE sql
RETURN CASE WHEN current_setting('demo.colors') = 'on' AND color <> 'black' THEN
	E'\033[' || CASE color WHEN 'red' THEN '31' WHEN 'green' THEN '32' WHEN 'yellow' THEN '33'
		WHEN 'blue' THEN '94' WHEN 'gray' THEN '90' WHEN 'bold' THEN '1' END || 'm' || value || E'\033[0m'
	ELSE value END;

-- A flag is a coloured dot, or a letter where there are no colours.
CREATE FUNCTION pg_temp.flag(status text, color salesopp.color) RETURNS text
LANGUAGE sql
RETURN CASE WHEN color IS NULL THEN ' ' WHEN current_setting('demo.colors') = 'on' THEN pg_temp.paint('●', color::text)
	ELSE upper(left(status, 1)) END;

-- And a date without its colour has a mark after it.
CREATE FUNCTION pg_temp.decision(value date, color salesopp.color) RETURNS text
LANGUAGE sql
RETURN pg_temp.paint(rpad(COALESCE(value::text, ''), 10), color::text)
	|| CASE WHEN current_setting('demo.colors') = 'on' THEN ''
		ELSE CASE color WHEN 'red' THEN '!' WHEN 'green' THEN '*' WHEN 'blue' THEN '+' ELSE ' ' END END;

CREATE FUNCTION pg_temp.amount(value numeric) RETURNS text
LANGUAGE sql
RETURN to_char(value, 'FM999,999,999,999,990');

CREATE FUNCTION pg_temp.days(value interval) RETURNS text
LANGUAGE sql
RETURN round(extract(epoch FROM value) / 86400)::text;

-- Text to the left, cut with an ellipsis where there is too much of it; numbers to the right.
CREATE FUNCTION pg_temp.text_cell(value text, width int) RETURNS text
LANGUAGE sql
RETURN CASE WHEN length(value) > width THEN left(value, width - 1) || '…'
	ELSE rpad(COALESCE(value, ''), width) END;

CREATE FUNCTION pg_temp.number_cell(value text, width int) RETURNS text
LANGUAGE sql
RETURN lpad(COALESCE(value, ''), GREATEST(width, length(value)));

CREATE FUNCTION pg_temp.heading(title text, explanation text) RETURNS text
LANGUAGE sql
RETURN E'\n' || pg_temp.paint(title, 'bold') || E'\n' || explanation || E'\n';

-- ---- The list

SELECT pg_temp.heading(o.name || ': the list of opportunities',
	pg_temp.amount(s.opportunities) || ' in all; here those whose decision is closest to today, '
	|| 'a few of each kind.')
FROM salesopp.organization o, salesopp.summary() s
WHERE o.id = :organization AND s.status = 'total';

SELECT :columns >= 112 AS wide \gset

CREATE FUNCTION pg_temp.list_line(terminal int, flag text, funnel text, subject text, customer text,
	estimated text, quote text, sales_order text, progress text, decision text, responsible text,
	changed text, changer text) RETURNS text
LANGUAGE sql
RETURN concat_ws(' ', flag, funnel,
	pg_temp.text_cell(subject, CASE WHEN terminal >= 112 THEN (terminal - 74) / 2 ELSE (terminal - 38) / 2 END),
	pg_temp.text_cell(customer, CASE WHEN terminal >= 112 THEN (terminal - 73) / 2 ELSE (terminal - 37) / 2 END),
	pg_temp.number_cell(estimated, 9),
	CASE WHEN terminal >= 112 THEN pg_temp.number_cell(quote, 9) END,
	CASE WHEN terminal >= 112 THEN pg_temp.number_cell(sales_order, 9) END,
	pg_temp.number_cell(progress, 5), decision, pg_temp.text_cell(responsible, 4),
	CASE WHEN terminal >= 112 THEN pg_temp.text_cell(changed, 10) END,
	CASE WHEN terminal >= 112 THEN pg_temp.text_cell(changer, 3) END);

SELECT pg_temp.paint(pg_temp.list_line(:columns, ' ', ' ', 'Subject', 'Company > project', 'Estimated',
	'Quote', 'Order', 'Prog.', rpad('Decision', CASE :'colors' WHEN 'on' THEN 10 ELSE 11 END),
	'Resp', 'Changed', 'By'), 'bold');

SELECT pg_temp.list_line(:columns, pg_temp.flag(status::text, flag),
	CASE WHEN has_process THEN '▼' ELSE ' ' END, subject, concat_ws(' > ', company, project),
	pg_temp.amount(estimated_revenue), pg_temp.amount(quote_sum), pg_temp.amount(order_sum),
	round(progress) || ' %', pg_temp.decision(decision_date, decision_color), responsible,
	changed_at::date::text, changed_by)
FROM (
	SELECT l.*, row_number() OVER (PARTITION BY status, decision_color
		ORDER BY abs(decision_date - CURRENT_DATE), id) AS closeness
	FROM salesopp.opportunity_list l WHERE organization_id = :organization
) l
WHERE closeness <= 3
ORDER BY decision_date, id;

SELECT E'\n' || concat_ws('  ', 'Flag:', pg_temp.flag('open', salesopp.status_flag('open')) || ' open',
	pg_temp.flag('won', salesopp.status_flag('won')) || ' won',
	pg_temp.flag('lost', salesopp.status_flag('lost')) || ' lost', '▼ has a sales process')
	|| E'\n' || concat_ws('  ', 'Decision date of an open one:',
	pg_temp.paint('passed', 'red') || legend.passed, pg_temp.paint('today', 'green') || legend.today,
	pg_temp.paint('in 7 days', 'blue') || legend.soon)
FROM (SELECT CASE :'colors' WHEN 'on' THEN '' ELSE ' !' END, CASE :'colors' WHEN 'on' THEN '' ELSE ' *' END,
	CASE :'colors' WHEN 'on' THEN '' ELSE ' +' END) legend (passed, today, soon);
\if :wide
\else
\echo 'A terminal of 112 columns also shows quote, order and the last change.'
\endif

-- ---- The summary

SELECT pg_temp.heading('Its summary',
	'Pipeline is revenue times probability: won counts in full, lost not at all.'
	|| E'\nAmounts are in NOK, excluding VAT.');
SELECT pg_temp.paint(concat_ws(' ', rpad('', 8), pg_temp.number_cell('Number', 7),
	pg_temp.number_cell('Estimated', 14), pg_temp.number_cell('Pipeline', 14),
	pg_temp.number_cell('Highest sale', 14)), 'bold');
SELECT concat_ws(' ',
	pg_temp.flag(status, salesopp.status_flag(NULLIF(status, 'total')::salesopp.opportunity_status)),
	rpad(status, 6), pg_temp.number_cell(pg_temp.amount(opportunities), 7),
	pg_temp.number_cell(pg_temp.amount(estimated_revenue), 14),
	pg_temp.number_cell(pg_temp.amount(pipeline), 14), pg_temp.number_cell(pg_temp.amount(highest), 14))
FROM salesopp.summary();

-- ---- The forecast

SELECT pg_temp.heading('Forecast by month of the decision',
	'What is won, and what the open ones weigh; three months back and six ahead.');
SELECT pg_temp.paint(concat_ws(' ', rpad('Month', 8), pg_temp.number_cell('Open', 4),
	pg_temp.number_cell('Won', 4), pg_temp.number_cell('Lost', 4), pg_temp.number_cell('Won revenue', 12),
	pg_temp.number_cell('Open, weighed', 13)), 'bold');
SELECT concat_ws(' ', to_char(month, 'Mon YYYY'), pg_temp.number_cell(pg_temp.amount(open_opportunities), 4),
	pg_temp.number_cell(pg_temp.amount(won_opportunities), 4),
	pg_temp.number_cell(pg_temp.amount(lost_opportunities), 4),
	pg_temp.number_cell(pg_temp.amount(won_revenue), 12), pg_temp.number_cell(pg_temp.amount(open_pipeline), 13),
	pg_temp.paint(repeat('█', round(28 * won_revenue / largest)::int), 'green')
	|| pg_temp.paint(repeat('▒', round(28 * open_pipeline / largest)::int), 'yellow'))
FROM (
	SELECT *, max(pipeline) OVER () AS largest FROM salesopp.pipeline_by_month
	WHERE organization_id = :organization
		AND month >= date_trunc('month', CURRENT_DATE) - interval '3 months'
		AND month <= date_trunc('month', CURRENT_DATE) + interval '6 months'
) m
ORDER BY month;

SELECT pg_temp.heading('Forecast by employee', 'Who is responsible for how much of the pipeline.');
SELECT pg_temp.paint(concat_ws(' ', rpad('Responsible', 22), pg_temp.number_cell('Open', 5),
	pg_temp.number_cell('Won', 5), pg_temp.number_cell('Lost', 5), pg_temp.number_cell('Won revenue', 12),
	pg_temp.number_cell('Open, weighed', 13), pg_temp.number_cell('Pipeline', 12)), 'bold');
SELECT concat_ws(' ', pg_temp.text_cell(COALESCE(rpad(initials, 3) || ' ' || name, 'Total'), 22),
	pg_temp.number_cell(pg_temp.amount(sum(open_opportunities)), 5),
	pg_temp.number_cell(pg_temp.amount(sum(won_opportunities)), 5),
	pg_temp.number_cell(pg_temp.amount(sum(lost_opportunities)), 5),
	pg_temp.number_cell(pg_temp.amount(sum(won_revenue)), 12),
	pg_temp.number_cell(pg_temp.amount(sum(open_pipeline)), 13),
	pg_temp.number_cell(pg_temp.amount(sum(pipeline)), 12))
FROM salesopp.pipeline_by_employee
WHERE organization_id = :organization
GROUP BY GROUPING SETS ((initials, name), ())
ORDER BY grouping(initials), sum(pipeline) DESC;

SELECT pg_temp.heading('Teams and their quotas of the quarter',
	E'Who leads others has what all of them have: won, open (not weighed),\nand the chance that it comes to the quota.');
SELECT pg_temp.paint(concat_ws(' ', rpad('Team', 24), pg_temp.number_cell('Quota', 12), pg_temp.number_cell('Won', 12),
	pg_temp.number_cell('Open', 12), pg_temp.number_cell('Attained', 8), pg_temp.number_cell('Chance', 7)), 'bold');
SELECT concat_ws(' ', pg_temp.text_cell(repeat('  ', a.depth) || rpad(e.initials, 3) || ' ' || e.name, 24), pg_temp.number_cell(pg_temp.amount(a.quota), 12),
	pg_temp.number_cell(pg_temp.amount(a.won), 12), pg_temp.number_cell(pg_temp.amount(a.open_pipeline), 12),
	pg_temp.number_cell(round(100 * a.attainment) || ' %', 8),
	pg_temp.paint(pg_temp.number_cell(round(100 * a.chance) || ' %', 7), CASE WHEN a.chance < 0.2 THEN 'red' WHEN a.chance < 0.8 THEN 'yellow' ELSE 'green' END))
FROM salesopp.attainment((SELECT daterange(q::date, (q + interval '3 months')::date) FROM date_trunc('quarter', CURRENT_DATE) q)) WITH ORDINALITY a
JOIN salesopp.employee e ON e.organization_id = :organization AND e.id = a.employee_id
ORDER BY a.ordinality;

-- ---- The past

SELECT since, to_char(since, 'FMDD FMMonth YYYY') AS since_day
FROM (SELECT date_trunc('month', now()) - interval '1 month' AS since) s \gset

SELECT pg_temp.heading('The pipeline over a year',
	'What the summary said of the open ones on the first of each month, and says now.'
	|| E'\nThe history answers for any instant, whatever has happened since.');
SELECT pg_temp.paint(concat_ws(' ', rpad('', 11), pg_temp.number_cell('Open', 5),
	pg_temp.number_cell('Estimated', 12), pg_temp.number_cell('Weighed', 12)), 'bold');
SELECT concat_ws(' ', CASE WHEN at = now() THEN rpad('Now', 11) ELSE to_char(at, 'DD Mon YYYY') END,
	pg_temp.number_cell(open_opportunities::text, 5), pg_temp.number_cell(pg_temp.amount(estimated_revenue), 12),
	pg_temp.number_cell(pg_temp.amount(pipeline), 12),
	pg_temp.paint(repeat('█', weighed), 'green') || pg_temp.paint(repeat('▒', estimated - weighed), 'yellow'))
FROM (
	SELECT *, round(36 * pipeline / max(estimated_revenue) OVER ())::int AS weighed,
		round(36 * estimated_revenue / max(estimated_revenue) OVER ())::int AS estimated
	FROM (SELECT * FROM salesopp.pipeline_series(date_trunc('month', now()) - interval '12 months', NULL, '1 month')
		UNION SELECT * FROM salesopp.pipeline_series(now(), NULL, '1 month')) s
) s
ORDER BY at;

-- Each step hangs where the one before it ends.
CREATE TEMP VIEW change AS
SELECT position, replace(bucket, '_', ' ') AS bucket, opportunities, amount, bucket IN ('start', 'end') AS is_end,
	CASE bucket WHEN 'end' THEN 0 ELSE sum(amount) OVER (ORDER BY position) - amount END AS from_amount
FROM salesopp.pipeline_change(:'since')
WHERE bucket NOT IN ('won_at', 'won_new', 'lost_new');

SELECT pg_temp.heading(format('What has happened to it since %s', :'since_day'),
	'The open ones then, what came and went, and the open ones now; estimates.');
SELECT concat_ws(' ', pg_temp.text_cell(bucket, 10), pg_temp.number_cell(opportunities::text, 5),
	pg_temp.number_cell(CASE WHEN amount > 0 AND NOT is_end THEN '+' ELSE '' END || pg_temp.amount(amount), 13),
	repeat(' ', round(46 * LEAST(from_amount, from_amount + amount) / highest)::int)
	|| pg_temp.paint(repeat(CASE WHEN is_end THEN '█' ELSE '▒' END, GREATEST(1, round(46 * abs(amount) / highest)::int)),
		CASE WHEN is_end THEN 'blue' WHEN amount < 0 THEN 'red' ELSE 'green' END))
FROM (SELECT *, max(from_amount + GREATEST(amount, 0)) OVER () AS highest FROM change) c
WHERE is_end OR opportunities > 0
ORDER BY position;

-- The end is what the summary says, and the rest adds up to it.
SELECT pg_temp.amount(sum(amount) FILTER (WHERE bucket <> 'end')) AS sum, sum(amount) FILTER (WHERE bucket <> 'end')
	= ALL (ARRAY[sum(amount) FILTER (WHERE bucket = 'end'),
		(SELECT estimated_revenue FROM salesopp.summary() WHERE status = 'open'),
		(SELECT COALESCE(sum(m.after), 0) FROM salesopp.pipeline_moves(:'since') m WHERE m.bucket = 'end')]) AS adds_up
FROM change \gset
\if :adds_up
SELECT format(E'\nAll above the last line come to %s, to the cent.\nThat is what the summary says of the open ones.', :'sum');
\else
DO $$ BEGIN RAISE EXCEPTION 'the changes of the pipeline do not add up'; END $$;
\endif

SELECT pg_temp.heading('The largest of these', 'Each step is made of opportunities, and they can be named.');
SELECT pg_temp.paint(concat_ws(' ', rpad('', 10), pg_temp.number_cell('Before', 10), pg_temp.number_cell('After', 10),
	pg_temp.text_cell('Subject', (:columns - 34) / 2), 'Company'), 'bold');
SELECT concat_ws(' ', pg_temp.text_cell(replace(m.bucket, '_', ' '), 10), pg_temp.number_cell(pg_temp.amount(m.before), 10),
	pg_temp.number_cell(pg_temp.amount(m.after), 10), pg_temp.text_cell(l.subject, (:columns - 34) / 2),
	pg_temp.text_cell(l.company, (:columns - 34) / 2))
FROM (
	SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY abs(amount) DESC, opportunity_id) AS place
	FROM salesopp.pipeline_moves(:'since') WHERE bucket NOT IN ('start', 'end', 'won_at', 'won_new', 'lost_new')
) m
JOIN salesopp.opportunity_list l ON l.organization_id = :organization AND l.id = m.opportunity_id
WHERE m.place <= 2
ORDER BY abs(m.amount) DESC, m.opportunity_id;

-- ---- Stages

SELECT pg_temp.heading('Where opportunities stall',
	'How many have come to each stage, and went on; how many days four in five of the'
	|| E'\nwon ones took for it at most, and how many are there for longer now.'
	|| E'\nThe bar: went on, is there, was lost.');
SELECT pg_temp.paint(concat_ws(' ', pg_temp.text_cell('Stage', 27), pg_temp.number_cell('Came', 5),
	pg_temp.number_cell('Went on', 8), pg_temp.number_cell('Days', 5), pg_temp.number_cell('There', 6),
	pg_temp.number_cell('Stalled', 8)), 'bold');
SELECT CASE row_number() OVER (PARTITION BY p.id ORDER BY c.position) WHEN 1 THEN p.name || E'\n' ELSE '' END
	|| concat_ws(' ', pg_temp.text_cell(format('  %s %s', c.position, c.name), 27), pg_temp.number_cell(c.reached::text, 5),
	pg_temp.number_cell(round(100.0 * (c.went_on + c.won) / c.reached) || ' %', 8),
	pg_temp.number_cell(pg_temp.days(t.p80_of_won), 5),
	pg_temp.number_cell(c.still_there::text, 6), pg_temp.number_cell(s.stalled::text, 8),
	pg_temp.paint(repeat('█', round(LEAST(24.0, :columns - 67) * (c.went_on + c.won) / c.reached)::int), 'green')
	|| pg_temp.paint(repeat('▒', round(LEAST(24.0, :columns - 67) * c.still_there / c.reached)::int), 'yellow')
	|| pg_temp.paint(repeat('░', round(LEAST(24.0, :columns - 67) * c.lost / c.reached)::int), 'red'))
FROM salesopp.stage_conversion() c
JOIN salesopp.stage_times() t USING (sales_process_id, position, name)
JOIN salesopp.sales_process p ON p.organization_id = :organization AND p.id = c.sales_process_id
CROSS JOIN LATERAL (SELECT count(*) AS stalled FROM salesopp.stalled(jsonb_build_object('sales_process_id', p.id)) s
	WHERE s.position = c.position) s
ORDER BY p.id, c.position;

SELECT pg_temp.heading('The largest of those that are stalled', 'At their stage for longer than four in five of those that were won.');
SELECT pg_temp.paint(concat_ws(' ', pg_temp.text_cell('Stage', 22), pg_temp.number_cell('Days', 5), pg_temp.number_cell('Usual', 6),
	pg_temp.number_cell('Estimated', 10), pg_temp.text_cell('Subject', (:columns - 48) / 2), 'Company'), 'bold');
SELECT concat_ws(' ', pg_temp.text_cell(f.name, 22), pg_temp.number_cell(pg_temp.days(s.in_stage), 5),
	pg_temp.number_cell(pg_temp.days(s.usual), 6), pg_temp.number_cell(pg_temp.amount(l.estimated_revenue), 10),
	pg_temp.text_cell(l.subject, (:columns - 48) / 2), pg_temp.text_cell(l.company, (:columns - 48) / 2))
FROM salesopp.stalled() s
JOIN salesopp.opportunity_list l ON l.organization_id = :organization AND l.id = s.opportunity_id
JOIN salesopp.stage_funnel f ON f.organization_id = :organization AND f.opportunity_id = s.opportunity_id AND f.is_current
ORDER BY l.estimated_revenue DESC NULLS LAST, l.id
LIMIT 6;

-- ---- Results

SELECT pg_temp.heading('Results by month', 'What was decided in the last twelve months.');
SELECT pg_temp.paint(concat_ws(' ', rpad('Month', 8), pg_temp.number_cell('Won', 4), pg_temp.number_cell('Lost', 4),
	pg_temp.number_cell('Won of all', 10), pg_temp.number_cell('Days', 5), pg_temp.number_cell('Won revenue', 12),
	pg_temp.number_cell('Lost value', 12)), 'bold');
SELECT concat_ws(' ', to_char(key::date, 'Mon YYYY'), pg_temp.number_cell(won_opportunities::text, 4),
	pg_temp.number_cell(lost_opportunities::text, 4), pg_temp.number_cell(round(win_rate) || ' %', 10),
	pg_temp.number_cell(round(average_days_to_close)::text, 5), pg_temp.number_cell(pg_temp.amount(won_revenue), 12),
	pg_temp.number_cell(pg_temp.amount(lost_revenue), 12),
	pg_temp.paint(repeat('█', round(LEAST(20, :columns - 63) * won_revenue / largest)::int), 'green')
	|| pg_temp.paint(repeat('░', round(LEAST(20, :columns - 63) * lost_revenue / largest)::int), 'red'))
FROM (
	SELECT *, max(won_revenue + lost_revenue) OVER () AS largest
	FROM salesopp.results('month', date_trunc('month', CURRENT_DATE - interval '11 months')::date, CURRENT_DATE)
) r
ORDER BY key;

-- ---- One opportunity: one with as many colours in its funnel as there are

SELECT l.* FROM salesopp.opportunity_list l
JOIN (SELECT opportunity_id, count(DISTINCT color) AS colors, count(*) FILTER (WHERE color = 'green') AS completed
	FROM salesopp.stage_funnel GROUP BY 1) f ON f.opportunity_id = l.id
WHERE l.organization_id = :organization AND l.status = 'open' AND l.weighted_value > 0
ORDER BY f.colors DESC, f.completed DESC,
	(SELECT count(*) FROM salesopp.competitor_list c WHERE c.opportunity_id = l.id) DESC,
	l.estimated_revenue DESC, l.id
LIMIT 1 \gset one_

SELECT pg_temp.heading('The funnel of one opportunity',
	format(E'%s: %s, %s.\nEstimated %s × %s %% = %s in the pipeline.', :one_id, :'one_subject', :'one_company',
		pg_temp.amount(:one_estimated_revenue), round(:one_progress), pg_temp.amount(:one_weighted_value)));
SELECT '  ' || repeat(' ', level) || pg_temp.paint(repeat(CASE
		WHEN color = 'green' THEN '█' WHEN color = 'yellow' THEN '▓' WHEN color = 'red' THEN '╳' ELSE '░' END,
		36 - 2 * level), color::text)
	|| repeat(' ', level) || '  '
	|| concat_ws(' ', pg_temp.text_cell(name, 23), pg_temp.number_cell(round(probability) || ' %', 5),
		CASE WHEN is_current THEN 'current' ELSE status::text END)
FROM (SELECT f.*, 3 * (row_number() OVER (ORDER BY position) - 1)::int AS level
	FROM salesopp.stage_funnel f
	WHERE organization_id = :organization AND opportunity_id = :one_id) f
ORDER BY position;
SELECT E'\nIts competitors, the most dangerous first:\n'
	|| string_agg('  ' || pg_temp.paint(repeat('●', threat), 'red') || repeat('○', 5 - threat) || '  ' || name,
		E'\n' ORDER BY threat DESC, name)
FROM salesopp.competitor_list
WHERE organization_id = :organization AND opportunity_id = :one_id
HAVING count(*) > 0;

-- ---- What is closed stays as it is, until it is reopened

SELECT l.* FROM salesopp.opportunity_list l
JOIN salesopp.competitor_list winner ON winner.opportunity_id = l.id AND winner.is_winner
WHERE l.organization_id = :organization AND l.status = 'lost' AND l.estimated_revenue <> 500000
ORDER BY l.close_date DESC, l.estimated_revenue DESC, l.id
LIMIT 1 \gset lost_

SELECT pg_temp.heading('What is closed cannot be changed, by any route',
	format(E'%s: %s, %s was lost on %s.\nSomebody tries to change it:', :lost_id, :'lost_subject', :'lost_company', :'lost_close_date'));
\set statement 'UPDATE salesopp.opportunity SET estimated_revenue = 500000 WHERE id = ' :lost_id
SELECT pg_temp.paint('=> ' || :'statement', 'bold');
\set ON_ERROR_STOP off
:statement;
\set refused :ERROR
\set sqlstate :SQLSTATE
\set ON_ERROR_STOP on
\if :refused
\echo SQLSTATE: :sqlstate
\else
DO $$ BEGIN RAISE EXCEPTION 'the change was not refused'; END $$;
\endif

SELECT pg_temp.heading('Reopened, it can',
	'Open again, without its closing facts; and now the same change goes through.');
\set reopening 'SELECT status, close_date FROM salesopp.reopen(' :lost_id ', \'The customer is back\')'
SELECT pg_temp.paint('=> ' || :'reopening', 'bold');
\pset tuples_only off
\pset format aligned
\pset footer off
:reopening;
\pset tuples_only on
\pset format unaligned
SELECT pg_temp.paint('=> ' || :'statement', 'bold');
:statement;
SELECT format('Estimated revenue: %s, before %s', pg_temp.amount(estimated_revenue), pg_temp.amount(:lost_estimated_revenue))
FROM salesopp.opportunity_list WHERE id = :lost_id;

SELECT pg_temp.heading('And nothing is forgotten',
	'Each closing and reopening is an event with its facts, which stays for good.');
SELECT concat_ws(' ', rpad(to_char(e.created_at, 'YYYY-MM-DD HH24:MI'), 16),
	rpad(format('%s → %s', e.from_status, e.to_status), 12),
	concat_ws('; ', r.name, 'won by ' || e.winner, e.note))
FROM salesopp.status_event e
LEFT JOIN salesopp.loss_reason r ON r.organization_id = e.organization_id AND r.id = e.loss_reason_id
WHERE e.organization_id = :organization AND e.opportunity_id = :lost_id
ORDER BY e.id;

-- ---- What goes out comes back in

SELECT pg_temp.heading('What goes out comes back in',
	'The list as a CSV file goes into a table and is imported; nothing is changed.');
\pset tuples_only off
\pset format aligned
SELECT pg_temp.paint('=> SELECT remark FROM salesopp.load_file(''list'', salesopp.export_csv())', 'bold') AS statement \gset
\echo :statement
SELECT remark FROM salesopp.load_file('list', salesopp.export_csv());
SELECT pg_temp.paint(E'=> SELECT outcome, count(*) FROM salesopp.import_opportunities(''list'')\n   GROUP BY outcome', 'bold') AS statement \gset
\echo :statement
SELECT outcome, count(*) FROM salesopp.import_opportunities('list') GROUP BY outcome;
\pset tuples_only on
\pset format unaligned
