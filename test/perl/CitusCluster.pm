# A coordinator and workers of Citus, on servers of their own.
package CitusCluster;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Cluster;

our @EXPORT = qw(start_node know_each_other add_worker);

sub start_node
{
	my ($name, %params) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, %params);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
	$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'citus'
wal_level = logical
max_connections = 200
max_prepared_transactions = 200
max_wal_senders = 20
max_replication_slots = 20
citus.enable_statistics_collection = off
citus.enable_create_database_propagation = off
citus.propagate_set_commands = 'local'
citus.local_table_join_policy = 'prefer-local'
CONF
	# where it connects to itself
	$node->append_conf('postgresql.conf', sprintf q{citus.local_hostname = '%s'}, $node->host);
	$node->start;
	return $node;
}

# The coordinator is told where it is itself, and who works for it.
sub know_each_other
{
	my ($db, $coordinator, @workers) = @_;
	$coordinator->safe_psql($db, sprintf 'SELECT citus_set_coordinator_host(%s)', place($coordinator));
	add_worker($db, $coordinator, $_) foreach @workers;
	return;
}

sub place
{
	my ($node) = @_;
	return sprintf "'%s', %d", $node->host, $node->port;
}

sub add_worker
{
	my ($db, $coordinator, $worker) = @_;
	return $coordinator->safe_psql($db, sprintf 'SELECT citus_add_node(%s)', place($worker));
}

1;
