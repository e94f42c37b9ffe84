# Issue 17: the regression files that say so in their head ("Also on several servers.") print on a coordinator and two workers what they
# print on one server.
#
# SALESOPP_FILES: only these, whatever they say.
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use CitusCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = "$FindBin::Bin/../..";
my $db = 'contrib_regression';

# As pg_regress would have them.
my %settings = (lc_messages => 'C', timezone => 'PST8PDT', datestyle => 'Postgres, MDY', intervalstyle => 'postgres_verbose');

# In the order of the Makefile.
sub files_for_several_servers
{
	my ($files) = run_command([ 'make', '--silent', '--no-print-directory', '--directory', $project, 'list-regress', 'PG_CONFIG=' . pg_config() ]);
	return grep { slurp_file("$project/test/sql/$_.sql") =~ /\A(?:--.*\n)*?-- Also on several servers\.\n/ } split ' ', $files;
}

sub pg_config { return (run_command([ 'sh', '-c', 'command -v pg_config' ]))[0]; }

my @files = $ENV{SALESOPP_FILES} ? split(' ', $ENV{SALESOPP_FILES}) : files_for_several_servers();
cmp_ok(scalar(@files), '>', 0, scalar(@files) . ' files are for several servers') or BAIL_OUT('nothing to run');

my ($coordinator, @workers) = map { start_node($_) } qw(coordinator one two);
foreach my $node ($coordinator, @workers)
{
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql('postgres', "SET citus.enable_ddl_propagation = off; ALTER DATABASE $db SET $_ = '$settings{$_}'") foreach sort keys %settings;
	# what the database has been given is read by new connections
	$node->safe_psql('postgres', 'ALTER SYSTEM SET citus.max_cached_conns_per_worker = 0');
	$node->reload;
	$node->safe_psql($db, 'CREATE EXTENSION citus');
}
know_each_other($db, $coordinator, @workers);
$coordinator->safe_psql($db, <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.distribute(4);
SET citus.enable_ddl_propagation = off;
CREATE FUNCTION public.tell_workers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	command text;
	answer record;
BEGIN
	SELECT string_agg(format('ALTER DATABASE %I SET %s = %L', current_database(), s.name, COALESCE(current_setting(s.name, true), '')), '; ') INTO command
	FROM unnest('{salesopp.organization_id,salesopp.employee_id,timezone,datestyle,lc_messages,row_security}'::text[]) s (name);
	FOR answer IN SELECT * FROM run_command_on_workers(format('DO %L', format('BEGIN SET LOCAL citus.enable_ddl_propagation = off; %s; END', command))) LOOP
		ASSERT answer.success, answer.result;
	END LOOP;
END;
$$;
SQL

my $dir = "$PostgreSQL::Test::Utils::tmp_check/regression";
mkdir $dir or die;
my ($output) = ('');
# where PostgreSQL 15 looks; newer ones look where they are started
symlink "$project/expected", "$dir/expected" or die;
IPC::Run::run([ $ENV{PG_REGRESS}, '--use-existing', '--dbname', $db, '--host', $coordinator->host, '--port', $coordinator->port,
		'--bindir', pg_config() =~ s{/pg_config\z}{}r, '--launcher', "$FindBin::Bin/told_psql", '--inputdir', "$project/test",
		'--outputdir', $dir, 'helpers', @files ], init => sub { chdir $project or die }, '>', \$output, '2>&1');
foreach my $file (@files)
{
	# before PostgreSQL 16 in a form of its own
	ok($output =~ /^(?:test \Q$file\E +\.\.\. ok |ok \d+ +- \Q$file\E )/m, "$file prints what it prints on one server");
}
diag(slurp_file("$dir/regression.diffs")) if -e "$dir/regression.diffs";
diag($output) if $output !~ /^(?:test|ok|not ok)/m;

$_->stop foreach @workers, $coordinator;
done_testing();
