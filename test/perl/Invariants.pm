# What must always hold, whatever was done to the opportunities, by how many at once and however it ended: for
# the tests of concurrency and of faults. Each invariant has a query that finds what breaks it.
package Invariants;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use Test::More;

our @EXPORT = qw(all_hold broken_invariants);

my @invariants = (
	'the last event has the status of the opportunity' => q{
		SELECT o.id FROM salesopp.opportunity o
		LEFT JOIN LATERAL (SELECT to_status FROM salesopp.status_event e
			WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id ORDER BY e.id DESC LIMIT 1) last ON true
		WHERE o.status <> COALESCE(last.to_status, 'open')},
	'each event begins where the one before has ended' => q{
		SELECT id FROM (SELECT id, from_status,
				lag(to_status, 1, 'open') OVER (PARTITION BY organization_id, opportunity_id ORDER BY id) AS before
			FROM salesopp.status_event) e
		WHERE from_status <> before},
	'an event has the facts of a closing, or none' => q{
		SELECT id FROM salesopp.status_event
		WHERE (to_status = 'open') <> (close_date IS NULL) OR (to_status = 'won') <> (actual_revenue IS NOT NULL)
			OR (to_status <> 'lost' AND (loss_reason_id IS NOT NULL OR winner IS NOT NULL))},
	'the closing facts go with the status' => q{
		SELECT id FROM salesopp.opportunity
		WHERE (status = 'open') <> (closed_at IS NULL) OR (status = 'open') <> (close_date IS NULL)
			OR (status = 'won') <> (actual_revenue IS NOT NULL) OR (status <> 'lost' AND loss_reason_id IS NOT NULL)},
	'what is closed has the facts of its last event' => q{
		SELECT o.id FROM salesopp.opportunity o
		JOIN LATERAL (SELECT * FROM salesopp.status_event e
			WHERE e.organization_id = o.organization_id AND e.opportunity_id = o.id ORDER BY e.id DESC LIMIT 1) last ON true
		WHERE (o.close_date, o.actual_revenue, o.loss_reason_id, o.status_note)
			IS DISTINCT FROM (last.close_date, last.actual_revenue, last.loss_reason_id, last.note)},
	'automatic progress is that of the stages' => q{
		SELECT o.id FROM salesopp.opportunity o
		WHERE progress_method = 'automatic' AND progress <> (SELECT salesopp.stage_progress(s.status, s.position, s.probability)
			FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id)},
	'who has a process has all its stages, others have none' => q{
		SELECT o.id FROM salesopp.opportunity o
		WHERE (SELECT count(*) FROM salesopp.stage s WHERE s.organization_id = o.organization_id AND s.opportunity_id = o.id)
			<> (SELECT count(*) FROM salesopp.sales_process_stage p
				WHERE p.organization_id = o.organization_id AND p.sales_process_id = o.sales_process_id)},
	'there is one winner at most, and none of what was won' => q{
		SELECT o.id FROM salesopp.opportunity o
		JOIN salesopp.opportunity_competitor c ON c.organization_id = o.organization_id AND c.opportunity_id = o.id AND c.is_winner
		GROUP BY o.organization_id, o.id, o.status HAVING count(*) > 1 OR o.status = 'won'},
	'quotes and orders are numbered without gaps' => q{
		SELECT s.organization_id FROM salesopp.number_series s
		WHERE last_number <> CASE s.name
			WHEN 'quote' THEN (SELECT count(*) FROM salesopp.quote q WHERE q.organization_id = s.organization_id AND number <= last_number)
			ELSE (SELECT count(*) FROM salesopp.sales_order o WHERE o.organization_id = s.organization_id AND number <= last_number) END},
	'a quote becomes an order once, and of its own opportunity' => q{
		SELECT q.id FROM salesopp.sales_order o JOIN salesopp.quote q ON q.id = o.quote_id
		GROUP BY q.organization_id, q.id, q.opportunity_id
		HAVING count(*) > 1 OR bool_or((q.organization_id, q.opportunity_id) <> (o.organization_id, o.opportunity_id))},
	'nothing was changed before it was created' => q{
		SELECT id FROM salesopp.opportunity WHERE changed_at < created_at},
	'reports add up to the list' => q{
		SELECT l.organization_id
		FROM (SELECT organization_id, count(*) AS n FROM salesopp.opportunity_list GROUP BY 1) l
		LEFT JOIN (SELECT organization_id, sum(opportunities) AS n FROM salesopp.pipeline_by_employee GROUP BY 1) e USING (organization_id)
		LEFT JOIN (SELECT organization_id, sum(opportunities) AS n FROM salesopp.pipeline_by_stage GROUP BY 1) s USING (organization_id)
		WHERE l.n IS DISTINCT FROM e.n OR l.n IS DISTINCT FROM s.n},
);

# The invariants that do not hold, each with what breaks it.
sub broken_invariants
{
	my ($node, $db) = @_;
	my @broken;
	for (my $i = 0; $i < @invariants; $i += 2)
	{
		my $culprits = $node->safe_psql($db, "SELECT * FROM ($invariants[$i + 1]) culprit LIMIT 5");
		push @broken, "$invariants[$i]: " . ($culprits =~ s/\n/ /gr) if $culprits ne '';
	}
	return @broken;
}

sub all_hold
{
	my ($node, $db, $when) = @_;
	is(join("\n", broken_invariants($node, $db)), '', "$when: all that must hold holds");
	return;
}

1;
