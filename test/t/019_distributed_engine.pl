# Issue 17: what a distributed engine does to the library, on one server without one.
#
# It calls functions without an expression, as the fast path of the protocol does, too (libpq's PQfn). Nothing says
# there of which type the arguments are: an enum's labels are looked up by its value.
#
# Its tables may be empty here and have their rows elsewhere, where statements find them; here these are tables that
# inherit. So the library must not read a table's own rows.
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

# ---------- tables whose rows are elsewhere

sub current_organization { return $node->safe_psql('postgres', 'SELECT salesopp.current_organization()'); }

$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.organization () INHERITS (salesopp.organization);
CREATE TABLE elsewhere.employee () INHERITS (salesopp.employee);
SQL
is(current_organization(), '', 'no organization');
$node->safe_psql('postgres', "INSERT INTO elsewhere.organization (id, name, created_at, changed_at) VALUES (7, 'Seven', now(), now())");
is(current_organization(), '7', 'the only organization is found');
$node->safe_psql('postgres', "INSERT INTO elsewhere.organization (id, name, created_at, changed_at) VALUES (8, 'Eight', now(), now())");
is(current_organization(), '', 'one of two is none');

$node->safe_psql('postgres', <<'SQL');
INSERT INTO salesopp.organization (id, name) VALUES (9, 'Nine');
INSERT INTO elsewhere.employee (organization_id, id, initials, name, created_at, changed_at)
VALUES (9, 90, 'NN', 'Nina', now(), now()), (7, 70, 'SS', 'Sven', now(), now());
CREATE ROLE seller LOGIN;
SELECT salesopp.grant_access('seller', 'seller');
SQL

# What a new row of the organization 9 is stamped with, or why there is none.
sub stamp_by
{
	my ($role, $employee) = @_;
	$node->safe_psql('postgres', "ALTER ROLE $role SET salesopp.organization_id = '9'; ALTER ROLE $role SET salesopp.employee_id = '$employee'");
	my ($result, $output, $error) = $node->psql('postgres', "INSERT INTO salesopp.company (name) VALUES ('Customer') RETURNING created_by",
		connstr => $node->connstr('postgres') . " user=$role");
	$node->safe_psql('postgres', "ALTER ROLE $role RESET ALL");
	return $result == 0 ? $output : $error;
}

foreach my $role ($user, 'seller')
{
	is(stamp_by($role, 90), '90', "$role: the employee is found");
	like(stamp_by($role, 70), qr/employee 70 does not belong to organization 9/, "$role: another's employee is refused");
}

# ---------- calls without an expression

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
