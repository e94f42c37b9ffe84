# A server all of whose processes end at once, as when the machine does.
package KilledServer;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep);

our @EXPORT = qw(kill_server);

# The postmaster first, so that it does not notice what happens to the others.
sub kill_server
{
	my ($node) = @_;
	my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
	# what stands behind the name, which may have parentheses too, is the state and the parent
	my @children = map { m{(\d+)} } grep { (eval { slurp_file($_) } // '') =~ /^.*\) \w $postmaster / } glob '/proc/[0-9]*/stat';
	die 'no children' if !@children;
	$node->kill9;
	kill 'KILL', @children;
	sleep 0.05 while grep { kill 0, $_ } @children;
	return;
}

1;
