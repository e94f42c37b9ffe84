# The page of the weekly sales meeting as others read it: parsers, validators and a browser, on a telephone, on dark pages and on
# paper; for a role that sees one of two organizations, the smaller one, without statistics; and in every encoding the same. Issue 14, 5
use strict;
use warnings FATAL => 'all';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('report');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE kari LOGIN');

# Two organizations, the other one a hundred times as large. Names are what somebody may have typed in to do harm, or because he is called so.
my $sales = <<'SQL';
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.grant_access('kari', 'reader');
INSERT INTO salesopp.organization (id, name, time_zone) VALUES (1, 'Blåbær & <sønner>', 'UTC'), (2, 'Larger', 'UTC');
ALTER ROLE kari SET salesopp.organization_id = '1';
SET salesopp.organization_id = '2';
INSERT INTO salesopp.opportunity (subject, estimated_revenue, decision_date, status) SELECT 'Not for Kari', 1000, CURRENT_DATE + n % 9,
	(CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'won' ELSE 'lost' END)::salesopp.opportunity_status FROM generate_series(1, 10000) n;
SET salesopp.organization_id = '1';
INSERT INTO salesopp.company (id, name) VALUES (1, 'AS <script>document.title = "harm"</script>'), (2, repeat('Lang', 40));
INSERT INTO salesopp.employee (id, initials, name) VALUES (1, 'K"''>', 'Kari');
INSERT INTO salesopp.loss_reason (id, name) VALUES (1, '</td></tr></table><img src=x onerror=alert(1)>');
INSERT INTO salesopp.sales_process (id, name) VALUES (1, 'Salg & drift');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (1, 1, 'Møte', 20), (1, 2, 'Avtale', 100);
INSERT INTO salesopp.opportunity (id, subject, company_id, responsible_id, sales_process_id, estimated_revenue, decision_date)
SELECT n, CASE n % 4 WHEN 0 THEN repeat('Ubrytelig', 20) WHEN 1 THEN '</script><svg onload=alert(1)>' WHEN 2 THEN 'Fisk & "vilt"' ELSE 'Årsavtale ' || n END, 1 + n % 2, 1,
	CASE WHEN n % 2 = 0 THEN 1 END, 1234567890.12 * n, CURRENT_DATE + n % 12 - 3 FROM generate_series(1, 100) n;
SELECT count(*) FROM salesopp.set_status(ARRAY(SELECT n::bigint FROM generate_series(61, 80) n), 'won');
SELECT count(o.status) FROM generate_series(81, 100) n, salesopp.close_lost(n, 1) o;
SQL

# page DATABASE ARGUMENTS: as Kari sees it, without the time of day and the ids that depend on it
sub page
{
	my ($db, $arguments) = @_;
	return $node->safe_psql($db, "SELECT salesopp.report_html($arguments)", extra_params => [ '-U', 'kari' ]);
}

sub timeless { return $_[0] =~ s/ \d\d:\d\d//gr =~ s/(salesopp-change)-[0-9a-f]{8}/$1/gr; }

local $ENV{PGCLIENTENCODING} = 'UTF8';
for my $db (qw(utf8 latin1))
{
	$node->safe_psql('postgres', "CREATE DATABASE $db ENCODING '\U$db\E' TEMPLATE template0 LOCALE 'C'");
	$node->safe_psql($db, $sales);
}
$node->safe_psql('utf8', q{SELECT salesopp.create_organization('Empty')});

my %page = (page => page('utf8', 'quota => 1000000'), side => page('utf8', q{'{"status": ["open", "won"]}', language => 'nb'}), none => page('utf8', q{'{"id": 0}'}));
append_to_file("$dir/$_.html", $page{$_}) for keys %page;

# ---------- who sees what, in which encoding

unlike($page{$_}, qr/Not for Kari|Larger/, "$_: nothing of the other organization") for sort keys %page;
like($page{page}, qr{<th scope="row">Total</th><td class="figure">100</td>}, 'all of the own one');
is(timeless(page('latin1', 'quota => 1000000')), timeless($page{page}), 'the same in LATIN1');
is($node->safe_psql('utf8', q{SELECT count(*) FROM pg_stats WHERE schemaname = 'salesopp'}), 0, 'without statistics');
$node->safe_psql('utf8', 'ANALYZE');
is(timeless(page('utf8', 'quota => 1000000')), timeless($page{page}), 'and with them the same');

# ---------- nothing in it comes from elsewhere, or does anything

for my $name (sort keys %page)
{
	my @tags = $page{$name} =~ /<([^>]*)>/g;
	my %elements = map { m{^/?(\w+)} ? ($1 => 1) : () } @tags;
	my %attributes = map { $_ => 1 } map { /([\w:-]+)="/g } @tags;
	is(join(' ', grep { exists $elements{$_} } qw(a audio base embed form iframe image img input link object script use video)), '', "$name: no element that loads or does anything");
	is(join(' ', grep { /^(?:on|src|href|xlink:href|style|action|data|poster|background)/ } sort keys %attributes), '', "$name: and no such attribute");
	unlike($page{$name}, qr/url\s*\(|\@import/i, "$name: nor in a style");
	is(join(' ', grep { !m{^http://www\.w3\.org/(?:2000/svg|1999/xhtml)$} } $page{$name} =~ m{[\w.+-]+://[^"' <]*}g), '', "$name: the only addresses are names of formats");
	my %count;
	$count{$_}++ for $page{$name} =~ /\bid="([^"]*)"/g;
	is(join(' ', grep { $count{$_} > 1 } sort keys %count), '', "$name: each id is there once");
}
# all pictures side by side, and some of one kind
my $pictures = $node->safe_psql('utf8', q{SET salesopp.organization_id = '1'; SELECT string_agg(p, '') FROM unnest(ARRAY[salesopp.pipeline_svg(), salesopp.pipeline_svg('{}', 'nb'), salesopp.forecast_svg(),
	salesopp.forecast_svg('{}', 5), salesopp.funnel_svg(2), salesopp.funnel_svg(4), salesopp.change_svg('-infinity'), salesopp.series_svg(now() - interval '1 week'), salesopp.calibration_svg()]) p});
my %count;
$count{$_}++ for $pictures =~ /\bid="([^"]*)"/g;
is(join(' ', grep { $count{$_} > 1 } sort keys %count), '', 'pictures on one page have no id in common');
is(scalar(keys %count), 27, 'each has three');
my @rules = $pictures =~ /^([^\n{}@]*)\{/gm;
cmp_ok(scalar(@rules), '>=', 9 * 7, 'their styles');
is(join("\n", grep { !/^#salesopp-[\w-]+ \.so-\w+ $/ } @rules), '', 'are of one picture each');

# ---------- parsers and validators

SKIP:
{
	skip 'python3 is not there to parse XML', 1 if system('command -v python3 >/dev/null') != 0;
	my ($out, $err) = run_command([ 'python3', '-c', 'import sys, xml.etree.ElementTree as t; print([t.parse(p).getroot().tag for p in sys.argv[1:]])', map { "$dir/$_.html" } sort keys %page ]);
	is("$out$err", "['{http://www.w3.org/1999/xhtml}html', '{http://www.w3.org/1999/xhtml}html', '{http://www.w3.org/1999/xhtml}html']", 'they are well-formed XML');
}
SKIP:
{
	skip 'xmllint is not there to parse HTML', 1 if system('command -v xmllint >/dev/null') != 0;
	my ($out, $err) = run_command([ 'xmllint', '--noout', map { "$dir/$_.html" } sort keys %page ]);
	is($err, '', 'so says xmllint');
}
SKIP:
{
	skip 'vnu is not there to validate HTML', 1 if system('command -v vnu >/dev/null') != 0;
	my ($out, $err) = run_command([ 'vnu', '--errors-only', map { "$dir/$_.html" } sort keys %page ]);
	is($err, '', 'they are valid HTML');
}

# ---------- a browser

my ($chromium) = grep { system("command -v $_ >/dev/null") == 0 } qw(chromium chromium-browser google-chrome);

sub browse
{
	local $ENV{HOME} = $dir;
	my ($out) = run_command([ $chromium, qw(--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --run-all-compositor-stages-before-draw --hide-scrollbars), "--user-data-dir=$dir/profile", @_ ]);
	return $out;
}

# What another page finds in a frame of that width with the page in it, which must not run anything itself.
sub look_at
{
	my ($name, $width, $scheme) = @_;
	my $inner = $page{$name} =~ s/&/&amp;/gr =~ s/"/&quot;/gr;
	my $outer = "$dir/$name-$width-$scheme-frame.html";
	append_to_file($outer, <<"HTML");
<!doctype html><meta charset="utf-8"><iframe id="frame" style="border: 0; width: ${width}px; height: 800px" srcdoc="$inner"></iframe><script>
onload = () => {
	const page = document.getElementById('frame').contentDocument, tables = [...page.querySelectorAll('table')];
	document.title = JSON.stringify([page.title, page.documentElement.scrollWidth, page.querySelectorAll('script, img, iframe, [onload], [onerror]').length, tables.length,
		tables.filter(t => t.querySelector('thead').getBoundingClientRect().width > page.documentElement.clientWidth && t.parentElement.scrollWidth <= t.parentElement.clientWidth).length,
		getComputedStyle(page.body).backgroundColor, getComputedStyle(page.body).color, getComputedStyle(page.querySelector('.so-card')).fill, page.querySelector('bdi').textContent]);
};
</script>
HTML
	my ($title) = browse('--blink-settings=preferredColorScheme=' . ($scheme eq 'dark' ? 0 : 1), '--window-size=1400,900', '--dump-dom', "file://$outer") =~ m{<title>(.*?)</title>}s;
	return $title;
}

SKIP:
{
	skip 'Chromium is not there to show pages', 1 unless $chromium;

	my %colors = (light => [ 'rgb(255, 255, 255)', 'rgb(31, 35, 40)', 'rgb(255, 255, 255)' ], dark => [ 'rgb(28, 33, 40)', 'rgb(230, 237, 243)', 'rgb(28, 33, 40)' ]);
	for my $view ([ 'page', 320, 'light', 7 ], [ 'page', 390, 'dark', 7 ], [ 'page', 1200, 'light', 7 ], [ 'side', 320, 'dark', 5 ], [ 'none', 320, 'light', 1 ])
	{
		my ($name, $width, $scheme, $tables) = @$view;
		my $title = $name eq 'side' ? 'Salgsmøte' : 'Sales meeting';
		my $expected = sprintf '["%s: Blåbær &amp; &lt;sønner&gt;",%d,0,%d,0,%s,"Blåbær &amp; &lt;sønner&gt;"]', $title, $width, $tables, join ',', map { qq("$_") } @{ $colors{$scheme} };
		is(look_at(@$view), $expected, "$name, $width pixels, $scheme: nothing sticks out of the page, nothing harms it, and its colours");
	}

	browse('--blink-settings=preferredColorScheme=0', '--no-pdf-header-footer', "--print-to-pdf=$dir/page.pdf", "file://$dir/page.html");
	skip 'poppler is not there to read what was printed', 1 if system('command -v pdfinfo >/dev/null && command -v pdftotext >/dev/null') != 0;
	my ($info) = run_command([ 'pdfinfo', "$dir/page.pdf" ]);
	like($info, qr/^Page size: +59\d.* x 84\d.*A4/m, 'it is printed on A4');
	my ($text) = run_command([ 'pdftotext', '-layout', "$dir/page.pdf", '-' ]);
	my @sheets = split /\f/, $text;
	cmp_ok(scalar(@sheets), '<=', 10, 'on few sheets');
	# where a table goes on, its headings stand again; and a row is on one sheet, with the company below the subject
	my @first = map { (grep { !/^\s*(?:Opportunity\b|by$|$)/ } split /\n/)[0] // () } @sheets;
	cmp_ok(scalar(grep { /^(?:Årsavtale|Ubrytelig|Fisk|<\/script>)/ } @first), '>=', 3, 'sheets begin with a row');
	is(join("\n", grep { /^\s*(?:AS <script>|Lang|<\/script>$)/ } @first), '', 'none within one');
}

$node->stop;
done_testing();
