# The library preloaded for sessions or for the server, and a newer one put in its place under those that run: what is
# too old says so and does nothing, what is newer serves what is older, and nothing crashes (issue 16, 9).
use strict;
use warnings FATAL => 'all';

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = "$FindBin::RealBin/../..";
my $dir = PostgreSQL::Test::Utils::tempdir;

# ---------- an installation of its own, as its library is exchanged

my %original = map { $_ => config($_) } qw(bindir pkglibdir sharedir);

sub config
{
	my ($what) = @_;
	chomp(my $path = `pg_config --$what`);
	return $path;
}

# PostgreSQL finds its other files from where its programs stand.
for my $path (values %original)
{
	# some links of Debian lead to what is not installed
	system("mkdir -p $dir/installation$path && cd $path && { cp -aL . $dir/installation$path 2>/dev/null || true; }") == 0 or die "cannot copy $path";
}
my $installed = "$dir/installation$original{pkglibdir}/salesopp.so";

# put LIBRARY: as packages and make install do it, and with cp onto it one would change what runs.
sub put { return "cp $_[0] $installed.new && mv $installed.new $installed" }

my $node = PostgreSQL::Test::Cluster->new('preload', install_path => "$dir/installation$original{bindir}/..");
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;

# answers SQL [DATABASE, ARGUMENTS]: what a new session prints, errors and all
sub answers
{
	my ($sql, $db, @arguments) = @_;
	my ($status, $out, $err) = $node->psql($db // 'sales', $sql, on_error_stop => 0, extra_params => \@arguments);
	return "$out\n$err\n";
}

sub new_database
{
	my ($db, $version) = @_;
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $db") if $db eq 'sales';
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->safe_psql($db, 'CREATE EXTENSION salesopp ' . ($version ? "VERSION '$version' " : '') . 'CASCADE');
	$node->safe_psql($db, q{
		SELECT salesopp.create_organization('Acme');
		INSERT INTO salesopp.opportunity (subject, estimated_revenue) SELECT 'Deal ' || n, n FROM generate_series(1, 2000) n;
		SELECT salesopp.grant_access('kari', 'seller');
		ANALYZE salesopp.opportunity});
	return;
}
$node->safe_psql('postgres', 'CREATE ROLE kari LOGIN');
new_database('sales');

# ---------- what preloading gives

my $first_statements = q{
	SHOW salesopp.language;
	SET salesopp.organisation_id = '1';
	SET salesopp.organization_id = '1'};
# an organization that the statistics do not know
my $estimate = "SET salesopp.organization_id = '2'; EXPLAIN SELECT FROM salesopp.opportunity WHERE organization_id = 2";

# gives_all HOW: for a new session
sub gives_all
{
	my ($how) = @_;
	my $answer = answers($first_statements, 'sales', '-U', 'kari');
	like($answer, qr/^en$/m, "$how: settings are there");
	like($answer, qr/invalid configuration parameter name "salesopp\.organisation_id"/, "$how: one that is mistyped is refused");
	like($answer, qr/permission denied to set parameter "salesopp\.organization_id"/, "$how: so is one that the role may not set");
	unlike(answers($estimate), qr/ rows=1 /, "$how: estimates are right from the first statement");
	return;
}

my $answer = answers($first_statements, 'sales', '-U', 'kari');
like($answer, qr/unrecognized configuration parameter "salesopp\.language"/, 'not preloaded: settings are there after the first call');
unlike($answer, qr/organi[sz]ation_id/, 'not preloaded: what is set before is not looked at');
like(answers("$first_statements; SELECT count(*) FROM salesopp.opportunity", 'sales', '-U', 'kari'),
	qr/WARNING: .*salesopp\.organization_id.*WARNING: .*salesopp\.organisation_id.*/s, 'not preloaded: but does not count then');
like(answers($estimate), qr/ rows=1 /, 'not preloaded: an estimate before the first call');

$node->safe_psql('postgres', "ALTER DATABASE sales SET session_preload_libraries = 'salesopp'");
gives_all('session_preload_libraries');
$node->safe_psql('postgres', 'ALTER DATABASE sales RESET session_preload_libraries');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'salesopp'");
$node->restart;
gives_all('shared_preload_libraries');
is(answers(q{CREATE EXTENSION pg_trgm; DROP EXTENSION pg_trgm; SELECT upper('other')}, 'postgres'), "OTHER\n\n",
	'shared_preload_libraries: a database without the extension is as ever');
new_database('other');
is($node->safe_psql('other', 'SELECT count(*) FROM salesopp.search()'), '100', 'shared_preload_libraries: and can have it created');
$node->safe_psql('postgres', 'DROP DATABASE other');
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;

# ---------- an older library

my ($newest, $older) = split /\n/, $node->safe_psql('postgres', q{
	SELECT v.version FROM pg_available_extension_versions v JOIN pg_available_extensions e USING (name)
	WHERE name = 'salesopp' ORDER BY v.version <> e.default_version, string_to_array(v.version, '.') DESC LIMIT 2});

my $functions = q{SELECT DISTINCT prosrc FROM pg_proc WHERE probin = '$libdir/salesopp' ORDER BY 1};
my @newest_functions = split /\n/, $node->safe_psql('sales', $functions);
new_database('sales', $older);
my %older_functions = map { $_ => 1 } split /\n/, $node->safe_psql('sales', $functions);
my @new_functions = grep { !$older_functions{$_} } @newest_functions;

# This one, but of the older version and without what that does not call.
sub build_older_library
{
	my $flags = join ' ', map { config($_) } qw(cppflags cflags cflags_sl);
	my $server = config('includedir-server');
	my @objects = grep { !m{/library_version\.o$} } glob("$project/src/*.o $project/src/*/*.o");
	my $coverage = -e "$project/src/module.gcno" ? '--coverage' : '';
	append_to_file("$dir/older.map", join ' ', '{ global: *;', @new_functions ? 'local:' : (), (map { "$_; pg_finfo_$_;" } @new_functions), "};\n");
	return @objects && system("(cc $flags -I$project/src -I$server -DSALESOPP_VERSION='\"$older\"' -c -o $dir/older.o $project/src/library_version.c
		cc -shared $coverage -o $dir/older.so @objects $dir/older.o -lxlsxwriter -lhpdf -lfribidi -Wl,--version-script=$dir/older.map) >$dir/cc.log 2>&1") == 0;
}

sub use_older { system(put("$dir/older.so")) == 0 or die 'cannot put the older library'; return }
my $use_newer = put("$original{pkglibdir}/salesopp.so");
my $update = 'ALTER EXTENSION salesopp UPDATE';
my $told = qr/loaded the library of salesopp \Q$older\E, which is too old for the functions of \Q$newest\E in this database/;
my $count = 'SELECT count(*) FROM salesopp.opportunity';

SKIP:
{
	skip 'no older library can be made of these objects: ' . (-e "$dir/cc.log" ? slurp_file("$dir/cc.log") : ''), 1 unless build_older_library();
	note("$older lacks @new_functions");

	for my $role (undef, 'kari')
	{
		my @as = $role ? ('-U', $role) : ();
		my $who = $role // 'the owner';
		use_older();
		new_database('sales', $older);
		# one session, while another updates
		$answer = answers(qq{
			SELECT 'before', count(*) FROM salesopp.search();
			\\! $use_newer
			SELECT 'between', count(*) FROM salesopp.search();
			\\! psql -X -q -d sales -c '$update'
			$count;
			\\echo :SQLSTATE
			INSERT INTO salesopp.opportunity (organization_id, subject) VALUES (1, 'Lost');
			\\echo :SQLSTATE
			UPDATE salesopp.opportunity SET estimated_revenue = 7 WHERE id = 1;
			\\echo :SQLSTATE
			SELECT salesopp.export_csv();
			\\echo :SQLSTATE
			SELECT 'lives'}, 'sales', @as, '--set', 'VERBOSITY=default');
		like($answer, qr/^before\|100\nbetween\|100$/m, "$who: a newer file changes nothing for a session");
		my @states = $answer =~ /^(0A000|00000)$/mg;
		is("@states", $role ? '0A000 0A000 0A000 0A000' : '00000 0A000 0A000 0A000', "$who: after the update, what is of the extension is refused");
		like($answer, $told, "$who: saying why");
		like($answer, qr/HINT:  Connect again\./, "$who: and what to do");
		unlike($answer, qr/could not find function/, "$who: before PostgreSQL misses a function");
		like($answer, qr/^lives$/m, "$who: the session lives");
		is(answers("$count; SELECT subject FROM salesopp.opportunity WHERE subject = 'Lost' OR estimated_revenue = 7 AND id = 1", 'sales', @as), "2000\n\n",
			"$who: who connects again is served, and nothing was written");
	}

	# ---------- functions that it does not have

	my ($new_function) = map { /^(\w+)/ } split /\n/, $node->safe_psql('sales', sprintf q{SELECT format('%%s(%%s)', proname, NULL) FROM pg_proc
		WHERE probin = '$libdir/salesopp' AND prosrc = ANY ('{%s}') AND provolatile = 's' AND pronargs = pronargdefaults ORDER BY 1}, join ',', @new_functions);
	use_older();
	new_database('sales', $older);
	$answer = answers(qq{SELECT count(*) FROM salesopp.search(); $update});
	like($answer, $told, 'a session with the older library cannot update');
	is($node->safe_psql('sales', q{SELECT extversion FROM pg_extension WHERE extname = 'salesopp'}), $older, 'and nothing is changed');
	if ($new_function)
	{
		$answer = answers(qq{
			SELECT count(*) FROM salesopp.search();
			\\! $use_newer && psql -X -q -d sales -c '$update'
			SELECT * FROM salesopp.$new_function()});
		like($answer, $told, "$new_function() is not in it, which is said the same way");
	}

	# ---------- preloaded by the server

	use_older();
	new_database('sales', $older);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'salesopp'");
	$node->restart;
	system($use_newer) == 0 or die 'cannot put the newer library';
	$answer = answers($update);
	like($answer, $told, 'preloaded: the newer version is refused until the server is restarted');
	like($answer, qr/HINT: .* the server must be restarted/, 'preloaded: which is said');
	is(answers($count), "2000\n\n", 'preloaded: until then the older serves');
	$node->safe_psql('postgres', 'CREATE DATABASE other');
	like(answers('CREATE EXTENSION salesopp CASCADE', 'other'), $told, 'preloaded: nor can the newer be created');
	$node->restart;
	is(answers("$update; $count"), "2000\n\n", 'preloaded: afterwards the update goes through');
	$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
	$node->restart;

	# ---------- workers have the newer, their leader the older

	use_older();
	new_database('sales', $older);
	my $totals = 'SELECT salesopp.pipeline_value(status, estimated_revenue, actual_revenue, 50) FROM salesopp.opportunity';
	$answer = answers(qq{
		SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
		SELECT count(*) FROM salesopp.search();
		\\! $use_newer
		EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $totals;
		$totals});
	like($answer, qr/Workers Launched: [1-9].*^1000500\.0/ms, 'parallel workers with the newer library and a leader with the older add up');

	# ---------- the newer library, and the functions of the older version

	is(answers("$count; SELECT count(*) FROM salesopp.search(); $update; $count"), "2000\n100\n2000\n\n", 'the newer library serves the older version, and updates it');

	# ---------- no library

	like(answers("$count; SELECT count(*) FROM salesopp.search();
		\\! mv $installed $installed.gone
		SELECT 'still', count(*) FROM salesopp.search()"), qr/^still\|100$/m, 'who has loaded it goes on when it is gone');
	like(answers('SELECT count(*) FROM salesopp.search()'), qr/could not access file "(\$libdir\/)?salesopp"/, 'who has not is told so');
	$node->safe_psql('postgres', "ALTER DATABASE sales SET session_preload_libraries = 'salesopp'");
	my (undef, undef, $refused) = $node->psql('sales', undef);
	like($refused, qr/could not access file "salesopp"/, 'nobody can connect where it should be preloaded');
}

$node->stop;
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'nothing crashed');

done_testing();
