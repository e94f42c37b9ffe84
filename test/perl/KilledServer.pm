# A server all of whose processes end at once, as when the machine does, or one of them, so that it begins anew.
package KilledServer;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(kill_server wait_until_back);

# The postmaster is stopped before, so that it does not notice what happens to the others, nor they what happens to it.
sub kill_server
{
	my ($node) = @_;
	my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	kill 'STOP', $postmaster;
	# what stands behind the name, which may have parentheses too, is the state and the parent
	my @children = map { m{(\d+)} } grep { (eval { slurp_file($_) } // '') =~ /^.*\) \w $postmaster / } glob '/proc/[0-9]*/stat';
	die 'no children' if !@children;
	kill 'KILL', @children;
	$node->kill9;
	sleep 0.05 while grep { kill 0, $_ } @children;
	return;
}

# Nothing is written to psql, which may have ended: the test would end with it.
sub wait_until_back
{
	my ($node) = @_;
	my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
	until (IPC::Run::run([ 'psql', '--no-psqlrc', '--quiet', '--dbname', $node->connstr('postgres'), '--command', 'SELECT true' ], '<', \undef, '>', \my $out, '2>', \my $err))
	{
		die "the server does not come back: $err" if time > $patience;
		sleep 0.1;
	}
	return;
}

1;
