# Issue 17: functions that are called without an expression, as the fast path of the protocol does (libpq's PQfn), and
# a distributed engine. Nothing says there of which type the arguments are: an enum's labels are looked up by its value.
use strict;
use warnings FATAL => 'all';

use IO::Socket::UNIX;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('node');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salesopp CASCADE');
my $user = $node->safe_psql('postgres', 'SELECT current_user');

my $socket;

sub read_message
{
	my ($head, $body) = ('', '');
	read($socket, $head, 5) == 5 or return ('lost', '');
	my ($type, $length) = unpack('aN', $head);
	read($socket, $body, $length - 4) if $length > 4;
	return ($type, $body);
}

# What came until the server was ready: the result, or the SQLSTATE and the message.
sub read_answer
{
	my $answer = '';
	while (1)
	{
		my ($type, $body) = read_message();
		return $answer if $type eq 'Z';
		return 'connection lost' if $type eq 'lost';
		my %fields = map { substr($_, 0, 1) => substr($_, 1) } grep { $_ ne '' } split(/\0/, $body);
		$answer = "$fields{C} $fields{M}" if $type eq 'E';
		if ($type eq 'V')
		{
			my ($length, $value) = unpack('l>a*', $body);
			$answer = $length < 0 ? 'NULL' : $value;
		}
	}
}

sub connect_again
{
	$socket = IO::Socket::UNIX->new($node->host . '/.s.PGSQL.' . $node->port) or die "no connection: $!";
	$socket->autoflush(1);
	my $startup = pack('N', 196608) . "user\0$user\0database\0postgres\0\0";
	print $socket pack('N', 4 + length $startup), $startup;
	read_answer();
}

sub call
{
	my ($oid, @arguments) = @_;
	my $body = pack('Nnn', $oid, 0, scalar @arguments);
	$body .= defined $_ ? pack('N', length $_) . $_ : pack('l>', -1) foreach @arguments;
	$body .= pack('n', 0);
	connect_again();
	print $socket 'F', pack('N', 4 + length $body), $body;
	return read_answer();
}

sub oid_of { return $node->safe_psql('postgres', "SELECT 'salesopp.$_[0]'::regproc::oid"); }

# in a session of its own each, so that nothing has been looked up before
my $weighted_value = oid_of('weighted_value');
is(call($weighted_value, 'open', '200', undef, '25'), '50.00', 'an enum argument');
is(call($weighted_value, 'won', '200', '150', '25'), '150.00', 'another of its values');
is(call($weighted_value, undef, '200', '150', '25'), 'NULL', 'none');
is(call(oid_of('status_flag'), 'lost'), 'red', 'an enum argument and result');
like(call(oid_of('pipeline_accum'), undef, 'open', '1', '1', '1'), qr/^0A000 /, 'an inner function of an aggregate');

# none of the others takes the server down, or tells of an internal error
my @functions = split(/\n/, $node->safe_psql('postgres', <<'SQL'));
SELECT p.oid || ' ' || p.pronargs || ' ' || p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'salesopp'::regnamespace AND p.prokind = 'f' AND NOT p.proretset
	AND p.prorettype NOT IN ('trigger'::regtype, 'internal'::regtype, 'record'::regtype)
ORDER BY p.oid::regprocedure::text
SQL
cmp_ok(scalar @functions, '>', 30, 'functions there are');
foreach (@functions)
{
	my ($oid, $n, $name) = split(/ /, $_, 3);
	unlike(call($oid, (undef) x $n), qr/^XX|^connection lost/, "$name of NULLs");
}

$node->stop;
done_testing();
