# What holds in every database whose rows were written under the rules, whoever wrote them, in whatever
# order, and whatever happened to the server meanwhile.
#
# Left out is what loading mode, numbers given by the owner, and changes to sales processes or to the set
# of an opportunity's stages can make otherwise: tests of those look for themselves.
package Invariants;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use Test::More;

our @EXPORT = qw(all_hold broken_invariants);

# Tables that say who created and last changed a row, and when.
my @stamped = qw(organization department sales_region employee company contact project sales_process sales_process_stage
  loss_reason competitor opportunity stage opportunity_competitor quote sales_order activity activity_participant
  group_field group_value opportunity_group_value custom_field quota employee_manager saved_search);

# A query for every table, all put together.
sub of_each
{
	my ($query, @tables) = @_;
	return join ' UNION ALL ', map { $query =~ s/TABLE/$_/gr } @tables;
}

# The last event of each opportunity, with nulls where there is none.
my $opportunity_and_last_event = q{salesopp.opportunity o LEFT JOIN LATERAL (SELECT * FROM salesopp.status_event e
	WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id ORDER BY e.created_at DESC, e.id DESC LIMIT 1) last ON true};

# The sentences, and queries that find the rows that make them untrue.
my %invariants = (
	# ---------- opportunities and their history
	'the last event has the status; without events it is open' => qq{SELECT o.organization_id, o.id
		FROM $opportunity_and_last_event WHERE o.status <> COALESCE(last.to_status, 'open')},
	'each event begins where the one before ended, the first with open' => q{SELECT organization_id, id FROM (
			SELECT organization_id, id, from_status, lag(to_status, 1, 'open') OVER (PARTITION BY organization_id, opportunity_id
				ORDER BY created_at, id) AS before FROM salesopp.status_event) e
		WHERE from_status <> before},
	'the events of an opportunity are in the order of their times' => q{SELECT organization_id, id FROM (
			SELECT organization_id, id, created_at, lag(created_at) OVER (PARTITION BY organization_id, opportunity_id
				ORDER BY id) AS before FROM salesopp.status_event) e
		WHERE created_at < before},
	'the last row of the history is the opportunity' => q{SELECT o.organization_id, o.id FROM salesopp.opportunity o
		LEFT JOIN LATERAL (SELECT * FROM salesopp.opportunity_history h WHERE h.organization_id = o.organization_id AND h.opportunity_id = o.id
			ORDER BY version DESC LIMIT 1) h ON true
		WHERE h.version IS NULL OR h.version > o.version OR h.at > o.changed_at OR (h.status, h.deleted, h.estimated_revenue, h.actual_revenue, h.progress,
				h.decision_date, h.close_date, h.stage_position, h.stage_reached, h.responsible_id, h.company_id, h.department_id, h.sales_region_id,
				h.sales_process_id, h.loss_reason_id)
			IS DISTINCT FROM (o.status, o.deleted_at IS NOT NULL, o.estimated_revenue, o.actual_revenue, o.progress,
				o.decision_date, o.close_date, o.stage_position, o.stage_reached, o.responsible_id, o.company_id, o.department_id, o.sales_region_id,
				o.sales_process_id, o.loss_reason_id)},
	'time does not go back in the history' => q{SELECT organization_id, opportunity_id FROM (
			SELECT organization_id, opportunity_id, at, lag(at) OVER (PARTITION BY organization_id, opportunity_id
				ORDER BY version) AS before FROM salesopp.opportunity_history) h
		WHERE at < before},
	'what an opportunity says of its stages is true' => q{SELECT o.organization_id, o.id FROM salesopp.opportunity o
		WHERE format('%s %s', o.stage_position, o.stage_reached) <> (
			SELECT format('%s %s', min(position) FILTER (WHERE s.status = 'pending'), max(position) FILTER (WHERE s.status = 'completed'))
			FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id)},
	'closing facts go with the status' => q{SELECT organization_id, id FROM salesopp.opportunity
		WHERE (status = 'open') <> (closed_at IS NULL) OR (status = 'open') <> (close_date IS NULL)
			OR (status = 'won') <> (actual_revenue IS NOT NULL) OR (status <> 'lost' AND loss_reason_id IS NOT NULL)},
	'what is closed is as its last event tells' => qq{SELECT o.organization_id, o.id FROM $opportunity_and_last_event
		WHERE o.status <> 'open' AND (o.close_date, o.actual_revenue, o.delivery_date, o.loss_reason_id)
			IS DISTINCT FROM (last.close_date, last.actual_revenue, last.delivery_date, last.loss_reason_id)},
	'it was closed when its last change of status tells' => q{SELECT o.organization_id, o.id FROM salesopp.opportunity o
		WHERE o.status <> 'open' AND (o.closed_at, o.status_note) IS DISTINCT FROM (SELECT (e.created_at, e.note)
			FROM salesopp.status_event e WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id AND e.before IS NULL
			ORDER BY e.created_at DESC, e.id DESC LIMIT 1)},
	'a correction was of what the event before it tells' => q{SELECT organization_id, id FROM (
			SELECT e.*, lag(jsonb_build_object('close_date', close_date, 'actual_revenue', actual_revenue, 'delivery_date', delivery_date,
				'loss_reason_id', loss_reason_id, 'winner', winner)) OVER (PARTITION BY organization_id, opportunity_id ORDER BY created_at, id) AS told
			FROM salesopp.status_event e) e
		WHERE before - 'winner_id' <> told},
	'the last event of a lost one names the winner that is marked' => qq{SELECT o.organization_id, o.id FROM $opportunity_and_last_event
		WHERE o.status = 'lost' AND last.winner IS DISTINCT FROM (SELECT COALESCE(c.name, listed.name)
			FROM salesopp.opportunity_competitor c LEFT JOIN salesopp.competitor listed
				ON listed.organization_id = c.organization_id AND listed.id = c.competitor_id
			WHERE c.organization_id = o.organization_id AND c.opportunity_id = o.id AND c.is_winner)},
	'a deletion is the last change of what is deleted' => q{SELECT organization_id, id FROM salesopp.opportunity
		WHERE deleted_at <> changed_at},
	'nothing is closed before it is created' => q{SELECT organization_id, id FROM salesopp.opportunity WHERE closed_at < created_at},

	# ---------- stages
	'automatic progress is that of the stages' => q{SELECT organization_id, id FROM salesopp.opportunity o
		WHERE progress_method = 'automatic' AND progress <> (SELECT salesopp.stage_progress(s.status, s.position, s.probability)
			FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id)},
	'who has a process has its stages, others none' => q{SELECT organization_id, id FROM salesopp.opportunity o
		WHERE (SELECT array_agg(s.position ORDER BY s.position) FROM salesopp.stage s
				WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id)
			IS DISTINCT FROM (SELECT array_agg(s.position ORDER BY s.position) FROM salesopp.sales_process_stage s
				WHERE s.organization_id = o.organization_id AND s.sales_process_id = o.sales_process_id)},

	# ---------- competitors
	'one winner at most, and none of what was won' => q{SELECT o.organization_id, o.id FROM salesopp.opportunity o
		JOIN salesopp.opportunity_competitor c ON c.organization_id = o.organization_id AND c.opportunity_id = o.id AND c.is_winner
		GROUP BY o.organization_id, o.id, o.status HAVING count(*) > 1 OR o.status = 'won'},

	# ---------- quotes and orders
	'quotes are numbered from 1 without gaps' => q{SELECT organization_id FROM salesopp.quote
		GROUP BY 1 HAVING count(DISTINCT number) <> max(number) OR count(*) <> max(number)},
	'orders are numbered from 1 without gaps' => q{SELECT organization_id FROM salesopp.sales_order
		GROUP BY 1 HAVING count(DISTINCT number) <> max(number) OR count(*) <> max(number)},
	'a series stands where its numbers end' => q{SELECT organization_id, name FROM (
			SELECT organization_id, 'quote' AS name, max(number) AS last_number FROM salesopp.quote GROUP BY 1
			UNION ALL
			SELECT organization_id, 'sales order', max(number) FROM salesopp.sales_order GROUP BY 1) given
		FULL JOIN salesopp.number_series s USING (organization_id, name)
		WHERE given.last_number IS DISTINCT FROM s.last_number},
	'a quote is converted once' => q{SELECT organization_id, quote_id FROM salesopp.sales_order WHERE quote_id IS NOT NULL
		GROUP BY 1, 2 HAVING count(*) > 1},
	'a quote becomes an order of its own opportunity' => q{SELECT s.organization_id, s.id FROM salesopp.sales_order s
		LEFT JOIN salesopp.quote q ON q.organization_id = s.organization_id AND q.id = s.quote_id
		WHERE s.quote_id IS NOT NULL AND q.opportunity_id IS DISTINCT FROM s.opportunity_id},

	# ---------- every row
	'nothing is changed before it is created' =>
	  of_each(q{SELECT 'TABLE', created_at, changed_at FROM salesopp.TABLE WHERE changed_at < created_at}, @stamped),
	'who created or changed a row belongs to its organization' =>
	  of_each(q{SELECT 'TABLE', t.created_by, t.changed_by FROM salesopp.TABLE t WHERE EXISTS (
		SELECT FROM unnest(ARRAY[t.created_by, t.changed_by]) employee_id WHERE employee_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM salesopp.employee e WHERE e.organization_id = t.organization_id AND e.id = employee_id))}, @stamped),
	# ---------- quotas
	'quotas of one do not overlap' => q{SELECT a.organization_id, a.id FROM salesopp.quota a JOIN salesopp.quota b ON b.organization_id = a.organization_id
		AND b.id > a.id AND (b.employee_id = a.employee_id OR b.department_id = a.department_id) AND b.period && a.period},
	'nobody leads himself on a day on which something changes' => q{WITH RECURSIVE day AS (SELECT DISTINCT organization_id, valid_from AS day FROM salesopp.employee_manager),
		led AS (SELECT DISTINCT ON (d.organization_id, d.day, m.employee_id) d.organization_id, d.day, m.employee_id, m.manager_id FROM day d
			JOIN salesopp.employee_manager m ON m.organization_id = d.organization_id AND m.valid_from <= d.day ORDER BY 1, 2, 3, m.valid_from DESC),
		up AS (SELECT *, 1 AS steps FROM led UNION ALL SELECT u.organization_id, u.day, u.employee_id, l.manager_id, steps + 1 FROM up u
			JOIN led l ON (l.organization_id, l.day, l.employee_id) = (u.organization_id, u.day, u.manager_id) WHERE steps < 50)
		SELECT * FROM up WHERE manager_id = employee_id},

	'the list of tables with stamps is complete' => 'SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid'
	  . q{ WHERE attname = 'changed_at' AND relkind = 'r' AND relnamespace = 'salesopp'::regnamespace AND relname NOT IN (}
	  . join(', ', map { "'$_'" } @stamped) . ')',

	# ---------- what is read
	'the list has what is not deleted' => q{SELECT organization_id, id FROM salesopp.opportunity_list
		FULL JOIN (SELECT organization_id, id FROM salesopp.opportunity WHERE deleted_at IS NULL) o USING (organization_id, id)
		WHERE status IS NULL OR o IS NULL},
	'reports and the list agree' => of_each(q{SELECT 'TABLE', organization_id FROM (
			SELECT organization_id, sum(opportunities) AS opportunities, sum(pipeline) AS pipeline FROM salesopp.TABLE GROUP BY 1) report
		FULL JOIN (
			SELECT organization_id, count(*) AS opportunities, sum(weighted_value) AS pipeline FROM salesopp.opportunity_list GROUP BY 1) list
			USING (organization_id)
		WHERE (report.opportunities, report.pipeline) IS DISTINCT FROM (list.opportunities, list.pipeline)},
		map { "pipeline_by_$_" } qw(employee department region process month)),
	'a funnel has one current stage at most' => q{SELECT organization_id, opportunity_id FROM salesopp.stage_funnel
		WHERE is_current GROUP BY 1, 2 HAVING count(*) > 1});

# As a query that gives the sentences that are not true.
sub broken_invariants
{
	return join ' UNION ALL ', map { "SELECT '$_' AS broken WHERE EXISTS ($invariants{$_})" } sort keys %invariants;
}

sub all_hold
{
	my ($node, $db, $when, @but) = @_;
	my %left_out = map { $_ => 1 } @but;
	my $broken = join "\n", grep { !$left_out{$_} } split /\n/, $node->safe_psql($db, broken_invariants());
	is($broken, '', "$when: all that must hold holds");
	foreach my $sentence (split /\n/, $broken)
	{
		diag("$sentence: " . $node->safe_psql($db, "SELECT * FROM ($invariants{$sentence}) culprit LIMIT 10"));
	}
	return;
}

1;
