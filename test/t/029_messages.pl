# What users are told, in English and Norwegian (issue 16, item 11): the catalog has each message of the source, with the same
# directives, and the server shows it by lc_messages, whatever the encoding of the database, with the same SQLSTATE.
use strict;
use warnings FATAL => 'all';

use Encode qw(decode_utf8);
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = "$FindBin::Bin/../..";

# ---------- the catalog

# The messages of a catalog or template: the English texts, one or with its plural, and their translations.
sub messages_of
{
	my @messages;
	for my $entry (split /\n{2,}/, shift)
	{
		my %message = (flags => join(' ', $entry =~ /^#,(.*)/mg), obsolete => scalar($entry =~ /^#~/m));
		while ($entry =~ /^(msg\w+)(?:\[\d\])? ((?:".*"\n?)+)/mg)
		{
			my ($kind, $text) = ($1, $2);
			push @{ $message{ $kind eq 'msgstr' ? 'translated' : 'english' } }, join '', $text =~ /"(.*)"/g;
		}
		push @messages, \%message unless $message{english} && $message{english}[0] eq '';
	}
	return @messages;
}

my @messages = messages_of(slurp_file("$root/po/nb.po"));
cmp_ok(scalar(@messages), '>', 500, 'there is a catalog');
my @open = grep { $_->{obsolete} || $_->{flags} =~ /fuzzy/ || grep { $_ eq '' } @{ $_->{translated} } } @messages;
is(join("\n", map { "@{ $_->{english} // [] }" } @open), '', 'each message is translated, and none is out of use');

# What a text takes, in the order in which it takes it.
sub directives
{
	my ($text) = @_;
	my ($next, %at) = (0);
	while ($text =~ /%(?:(\d+)\$)?([-+ #0]*\d*(?:\.\d+)?(?:ll|l)?[a-zA-Z%])/g)
	{
		$at{ $1 // ++$next } = $2 unless $2 =~ /^ /;
	}
	return join ' ', map { "$_:$at{$_}" } sort { $a <=> $b } keys %at;
}

my @differing;
for my $message (@messages)
{
	my @english = @{ $message->{english} };
	for my $translated (@{ $message->{translated} })
	{
		push @differing, $english[0] if directives($english[-1]) ne directives($translated);
	}
}
is(join("\n", @differing), '', 'translations take what the messages take');
is(join("\n", grep { decode_utf8($_) =~ /[^\x{20}-\x{ff}]/ } map { @{ $_->{translated} } } @messages), '', 'databases in LATIN1 have all their characters');

# ---------- the source

SKIP:
{
	skip 'xgettext is not here', 1 unless grep { -x "$_/xgettext" } split /:/, $ENV{PATH};
	my ($template) = run_command(["$root/po/template"]);
	my @wanted = map { join "\n", @{ $_->{english} } } messages_of("$template\n");
	my @there = map { join "\n", @{ $_->{english} } } @messages;
	my %count;
	$count{$_}++ for @wanted;
	$count{$_}-- for @there;
	is(join("\n", map { $count{$_} > 0 ? "not in po/nb.po: $_" : "not in the source: $_" } grep { $count{$_} } sort keys %count),
		'', 'the messages of the catalog are those of the source; otherwise: make messages');
}

# Texts that xgettext would not see: a message is given in _() or gettext_noop() where it does not stand in ereport().
my @unmarked;
for my $file (glob("$root/src/*.c $root/src/*/*.c"))
{
	my $source = slurp_file($file) =~ s{/\*.*?\*/}{}gsr;
	while ($source =~ /\b((?:refuse|warn_of|note|tell)\w*\((?:"(?:[^"\\]|\\.)*"|[^";])*;)/g)
	{
		my $call = $1 =~ s/\b(?:_|gettext_noop|dngettext|errmsg(?:_plural)?|errdetail|errhint)\((?:[^"()]*"(?:[^"\\]|\\.)*")+//gr;
		push @unmarked, "$file: $call" if $call =~ /"[^"]*[a-z] [a-z][^"]*"/;
	}
}
is(join("\n", @unmarked), '', 'no text of a refusal stands by itself in C');
# in the script itself it is for who writes it
@unmarked = map { my $file = $_; map { "$file: $_" } slurp_file($file) =~ /(RAISE\s+(?:EXCEPTION|NOTICE|WARNING)\s+'.*|(?:MESSAGE|HINT|DETAIL)\s*=\s*(?:format\(\s*)?'.*)/g }
  grep { !/column_comments/ } glob("$root/sql/parts/*/*.sql");
is(join("\n", @unmarked), '', 'nor in PL/pgSQL');

# ---------- the server

# Norwegian is made for this test where its source is there; else it must be among the system's locales.
sub provide_norwegian
{
	my $dir = PostgreSQL::Test::Utils::tempdir;
	if (-e '/usr/share/i18n/locales/nb_NO' && !system("localedef -i nb_NO -f UTF-8 $dir/nb_NO.UTF-8 >/dev/null 2>&1"))
	{
		$ENV{LOCPATH} = $dir;
		return 1;
	}
	return `locale -a 2>/dev/null` =~ /^nb_NO\.utf-?8$/im;
}

my $has_norwegian = provide_norwegian();
local $ENV{PGCLIENTENCODING} = 'UTF8';
my $node = PostgreSQL::Test::Cluster->new('messages');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;

sub new_database
{
	my ($name, $how) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0 $how");
	$node->safe_psql($name, q{SET client_min_messages = error; CREATE EXTENSION salesopp CASCADE;
		SELECT salesopp.create_organization('Ås');
		INSERT INTO salesopp.opportunity (id, subject) VALUES (1, 'Kjøkken'), (2, 'Bad');
		SELECT salesopp.close_won(1, 100)});
	return $name;
}

# What a statement is refused with: SQLSTATE, message, detail and hint.
sub refusal
{
	my ($db, $language, $statement) = @_;
	my ($status, undef, $said) = $node->psql($db, "\\set VERBOSITY verbose\n\\set SHOW_CONTEXT never\nSET lc_messages = '$language';\n$statement", on_error_stop => 0);
	return join "\n", $said =~ /^(?:psql:.*?: )?(?:ERROR|NOTICE|DETAIL|HINT): +(.*)/mg;
}

my $closed = 'UPDATE salesopp.opportunity SET subject = $$x$$ WHERE id = 1';
my $lost = 'SELECT salesopp.close_lost(2, 99)';
my $period = q{SELECT salesopp.require(false, '22023', 'a series of more than %s instants from %s to %s', 'Take a longer step.', 5, NULL, 'b')};
my %english = (
	$closed => "55000: opportunity 1 is closed (won)\nReopen it first, with salesopp.reopen() or by setting its status to open.",
	$lost => "22023: no such loss reason for opportunity 2: 99\nPass the id of a row of salesopp.loss_reason, or NULL.",
	$period => "22023: a series of more than 5 instants from  to b\nTake a longer step.");
new_database('utf8', "ENCODING 'UTF8' LOCALE 'C'");
is(refusal('utf8', 'C', $_), $english{$_}, "in English: $_") for sort keys %english;
is($node->safe_psql('utf8', q{SELECT salesopp.message('') = '' AND salesopp.message('Nobody says this') = 'Nobody says this'}), 't',
	'what is no message stays as it is');

# What triggers call the rows of their tables, and what else their arguments say to users
my %is_message = map { $_->{english}[0] => 1 } @messages;
is(join(', ', grep { !$is_message{$_} } split /\n/, $node->safe_psql('utf8', q{SELECT DISTINCT split_part(encode(tgargs, 'escape'), '\000', n) FROM pg_trigger
	JOIN pg_proc p ON p.oid = tgfoid CROSS JOIN generate_series(1, 2) n
	WHERE p.pronamespace = 'salesopp'::regnamespace AND (p.proname = 'verify' AND n = 1 OR p.proname = 'check_references' AND n = 1 OR p.proname = 'refuse_event_change')})),
	'', 'what triggers say is in the catalog');

SKIP:
{
	skip 'the locale nb_NO.UTF-8 is not here', 1 unless $has_norwegian;
	skip 'the server was built without translations', 1 unless `pg_config --configure` =~ /--enable-nls/;
	skip 'salesopp was built without msgfmt', 1 unless -e (`pg_config --localedir` =~ s/\n//r) . '/nb/LC_MESSAGES/salesopp-' . ($node->pg_version =~ s/\..*|\D.*//r) . '.mo';

	my %norwegian = (
		$closed => "55000: salgsmulighet 1 er lukket (won)\nGjenåpne den først, med salesopp.reopen() eller ved å sette status til open.",
		$lost => "22023: finner ikke tapsårsaken for salgsmulighet 2: 99\nOppgi id-en til en rad i salesopp.loss_reason, eller NULL.",
		$period => "22023: en serie på mer enn 5 tidspunkter fra  til b\nVelg et lengre intervall.");
	my $nb = 'nb_NO.UTF-8';
	new_database('latin1', "ENCODING 'LATIN1' LOCALE 'C'");
	new_database('norwegian', "ENCODING 'UTF8' LOCALE '$nb'");
	for my $how ('at its first call', 'when the server starts')
	{
		for my $db ('utf8', 'latin1', 'norwegian')
		{
			is(refusal($db, $nb, $_), $norwegian{$_}, "in Norwegian, loaded $how, $db: $_") for sort keys %norwegian;
			is(refusal($db, 'C', $_), $english{$_}, "in English, loaded $how, $db: $_") for sort keys %english;
		}
		$node->append_conf('postgresql.conf', 'shared_preload_libraries = salesopp');
		$node->restart;
	}
	is(refusal('latin1', $nb, q{UPDATE salesopp.opportunity SET rating = 7 WHERE id = 2}),
		qq{23514: salgsmulighet 2 ("Bad"): rating er 7, og det bryter opportunity_rating_range\nDette må gjelde: ((rating >= 1) AND (rating <= 5))},
		'the row that breaks a constraint');
	is(refusal('latin1', $nb, q{SELECT salesopp.search('{"status": "kept"}')}), qq{22023: ugyldig verdi for søkekriteriet «status»\nKriteriet tar "open", "won", "lost", eller en liste av slike.},
		'what a search criterion takes');

	# who may choose
	$node->safe_psql('utf8', 'CREATE ROLE app_pool');
	like(refusal('utf8', 'C', "SET ROLE app_pool; SET lc_messages = '$nb'"), qr/^42501: permission denied/, 'not everybody may choose the language');
	$node->safe_psql('utf8', 'GRANT SET ON PARAMETER lc_messages TO app_pool');
	is(refusal('utf8', 'C', "SET ROLE app_pool; SET lc_messages = '$nb'"), '', 'whom a superuser has let');

	# what is returned is told in the same language
	my ($status, $said) = $node->psql('latin1', "SET lc_messages = '$nb'; SELECT detail FROM salesopp.set_status('{1,1,2,3,NULL}', 'won')");
	is($said, "salgsmulighet 1 har allerede status won\nsalgsmulighet 1 har allerede status won\n\nfinner ikke salgsmulighet 3\nid-en er NULL", 'outcomes of many');
	my $file = q{CREATE TEMP TABLE f (subject text, loss_reason text, status text, close_date text);
		INSERT INTO f VALUES ('a', 'Nobody', 'lost', '2026-01-31'), ('', '', 'open', 'x');};
	($status, $said) = $node->psql('latin1', "SET lc_messages = '$nb'; $file SELECT row_number, problem, hint FROM salesopp.import_check('f') ORDER BY 1, 2");
	is($said, "1|finner ikke tapsårsak med dette navnet|Opprett det først, eller rett navnet.\n"
		  . "2|dette er ikke en dato|Datoer skrives YYYY-MM-DD, D.M.YYYY eller med navn på måneder; la cellen stå tom der det ikke er noen.", 'problems of an import');
	is(refusal('latin1', $nb, "$file SELECT salesopp.import_opportunities('f')"), "22023: pg_temp.f kan ikke importeres: det er 2 problemer\nRad 1, loss_reason: finner ikke tapsårsak med dette navnet.\n"
		  . 'salesopp.import_check() viser alle problemene; valget {"partial": true} importerer radene som ikke har noen.', 'more than one problem');
	is(refusal('latin1', $nb, "$file DELETE FROM f; INSERT INTO f VALUES ('a'); SELECT salesopp.import_opportunities('f')") =~ s/\d+/N/gr,
		"N: dette er import N\nSELECT * FROM salesopp.undo_import(N) angrer den.", 'a notice');
	($status, $said) = $node->psql('norwegian', qq{SET lc_messages = '$nb'; SELECT remark FROM salesopp.load_file('f', E'a;b\\n1;2\\n'::bytea) UNION ALL SELECT remark FROM salesopp.load_file('g', E'a;b\\n1;2\\n3;4\\n'::bytea)});
	is($said, "f har 1 rad med 2 kolonner, lest som UTF-8 med \";\" mellom feltene\ng har 2 rader med 2 kolonner, lest som UTF-8 med \";\" mellom feltene", 'one and several');
}

# ---------- rights

# Who may call functions of the version before is told why they refuse something.
$node->safe_psql('postgres', 'CREATE DATABASE updated');
$node->safe_psql('updated', q{SET client_min_messages = error; CREATE EXTENSION salesopp VERSION '1.4' CASCADE;
	SELECT salesopp.create_organization('Ås');
	CREATE ROLE caller;
	GRANT USAGE ON SCHEMA salesopp TO caller;
	GRANT SELECT ON salesopp.quote TO caller;
	GRANT EXECUTE ON FUNCTION salesopp.current_organization, salesopp.convert_quote, salesopp.require, salesopp.require_period TO caller;
	ALTER EXTENSION salesopp UPDATE});
is(refusal('updated', 'C', 'SET ROLE caller; SELECT salesopp.convert_quote(7)'), "P0002: no such quote: 7\nPass the id of a row of salesopp.quote.", 'by RAISE');
is(refusal('updated', 'C', 'SET ROLE caller; SELECT salesopp.require_period(NULL)'),
	"22023: a period has a first day and a last one, unlike NULL\nPass a range of dates, such as daterange('2026-01-01', '2026-04-01'), whose end is the day after the last.", 'by require()');

done_testing();
