# Texts and dates that formats have trouble with, in every part of every file: characters that XML cannot
# hold, text from right to left, years before Christ. F10.1; C1, C11 and C12 of the issue of the first day.
use strict;
use warnings FATAL => 'all';
use utf8;

use Compress::Zlib;
use Encode qw(decode encode);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $json = JSON::PP->new->utf8->allow_nonref;
my $has_poppler = system('pdftotext -v >/dev/null 2>&1 && pdftoppm -v >/dev/null 2>&1') == 0;
my ($python) = grep { -x $_ || system("command -v $_ >/dev/null 2>&1") == 0 } qw(/usr/bin/python3 python3);
my ($chromium) = grep { system("command -v $_ >/dev/null 2>&1") == 0 } qw(chromium chromium-browser google-chrome);
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('texts');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# What statements print; the text of both is Perl's.
sub sql
{
	my ($statements, $db) = @_;
	return decode('UTF-8', $node->safe_psql($db // 'postgres', encode('UTF-8', $statements)));
}

# A file that a call returns, and its bytes.
my $n_files = 0;
sub export
{
	my ($format, $arguments, $settings, $db) = @_;
	$arguments //= '';
	my $file = "$dir/" . ++$n_files . ".$format";
	my $bytes = pack 'H*', sql(($settings // '') . "; SELECT encode(salesopp.export_$format($arguments), 'hex')", $db);
	append_to_file($file, $bytes);
	return ($file, $bytes);
}

# Text of UTF-16, in hexadecimal digits; Perl's own decoder takes some characters for wrong.
sub from_utf16
{
	my @units = unpack 'n*', pack 'H*', $_[0];
	my $text = '';
	while (defined(my $unit = shift @units))
	{
		$unit = 0x10000 + (($unit & 0x3FF) << 10) + (shift(@units) & 0x3FF) if ($unit & 0xFC00) == 0xD800;
		$text .= chr $unit;
	}
	return $text;
}

# ---------- C1: characters that XML cannot hold, wherever a text can get

# every control character, the two that are none, and what ends markup
my $odd = join '', 'a', (map { chr } 1 .. 31, 127 .. 159), "\x{FFFE}|\x{FFFF}|\x{FDD0}|\x{2028}|\x{1F680}|]]>&amp;<!--<b>\"'_x0041_|b";
# what people read of it
(my $readable = $odd) =~ s/[\x01-\x1F\x7F-\x9F\x{2028}]/ /g;
$readable =~ s/[\x{FFFE}\x{FFFF}]/\x{FFFD}/g;
sub literal { my ($text) = @_; return join '', q{U&'}, (map { $_ eq "'" ? q{''} : /[\w ]/a ? $_ : sprintf '\+%06X', ord } split //, $text), q{'} }
my $odd_sql = literal($odd);

my $sales = <<"SQL";
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization($odd_sql);
INSERT INTO salesopp.department (id, name) VALUES (1, $odd_sql);
INSERT INTO salesopp.sales_region (id, name) VALUES (1, $odd_sql);
INSERT INTO salesopp.employee (id, initials, name) VALUES (1, $odd_sql, $odd_sql);
INSERT INTO salesopp.company (id, name) VALUES (1, $odd_sql);
INSERT INTO salesopp.contact (id, company_id, first_name, last_name) VALUES (1, 1, $odd_sql, $odd_sql);
INSERT INTO salesopp.project (id, name) VALUES (1, $odd_sql);
INSERT INTO salesopp.sales_process (id, name) VALUES (9, $odd_sql);
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES (9, 1, $odd_sql, 50);
INSERT INTO salesopp.custom_field (name, data_type) VALUES ($odd_sql, 'text');
INSERT INTO salesopp.opportunity (id, subject, note, sales_process_id, company_id, contact_id, project_id, responsible_id, sales_region_id, department_id, created_by, changed_by)
VALUES (1, $odd_sql, $odd_sql, 9, 1, 1, 1, 1, 1, 1, 1, 1);
SQL
sql($sales);
my $columns = sql(q{SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0});

# every criterion that takes a text, or the id of something that has a name
my %criteria = ((map { $_ => $odd } qw(subject note text)), custom => { $odd => $odd },
	(map { $_ => 1 } qw(company_id project_id contact_id sales_region_id department_id responsible_id created_by changed_by)), sales_process_id => 9);
my $all_criteria = literal(JSON::PP->new->canonical->encode(\%criteria));

# Reads each part of a workbook with an XML parser; prints the properties and the texts of all cells.
append_to_file("$dir/read.py", <<'PYTHON');
import json, sys, zipfile
from xml.etree import ElementTree

def texts(root, name):
    return [e.text or '' for e in root.iter() if e.tag.split('}')[-1] == name]

with zipfile.ZipFile(sys.argv[1]) as archive:
    parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
print(json.dumps({
    'parts': sorted(parts),
    'company': texts(parts['docProps/app.xml'], 'Company'),
    'description': texts(parts['docProps/core.xml'], 'description'),
    'cells': sum((texts(root, 't') for name, root in parts.items() if name.startswith('xl/worksheets/sheet')), [])}))
PYTHON
sub read_workbook
{
	my ($file) = @_;
	my ($out, $err) = run_command([ $python, "$dir/read.py", $file ]);
	is($err, '', 'an XML parser reads every part');
	return $err eq '' ? $json->decode($out) : {};
}

SKIP:
{
	skip 'python3 is not there to parse XML', 1 unless $python;

	my $book = read_workbook((export('xlsx', "columns => '$columns'"))[0]);
	is_deeply($book->{company}, [$readable], 'the organization is a property, with what can be read of it');
	cmp_ok(scalar(@{ $book->{parts} // [] }), '>', 10, 'parts of all kinds');
	# a control is an escape in a cell, and so is what looks like one
	my $cell = $odd =~ s/_x0041_/_x005F_x0041_/r =~ s/[\x{FFFE}\x{FFFF}]/\x{FFFD}/gr =~ s/([\x01-\x08\x0B-\x1F])/sprintf '_x%04X_', ord $1/ger;
	# subject, company, project, responsible, changed_by, region, department, process; the organization on the other sheet
	is(scalar(grep { $_ eq $cell } @{ $book->{cells} }), 9, 'cells keep their characters');

	foreach my $language (qw(en nb))
	{
		$book = read_workbook((export('xlsx', "$all_criteria, language => '$language'"))[0]);
		my $description = $book->{description}[0] // '';
		# three texts, a custom field and its value, ten names of which one is two
		is(scalar(() = $description =~ /\Q$readable\E/g), 15, "$language: so do the criteria") or diag($description);
		unlike($description, qr/[\x01-\x1F\x7F-\x9F\x{FFFE}\x{FFFF}]/, "$language: and nothing else is in them");
	}
	foreach my $name ("repeat('Long ', 400000)", "repeat(U&'\\+01F680\\0001', 400000)", "repeat(U&'\\FFFF', 40000)")
	{
		sql("UPDATE salesopp.organization SET name = 'x' || $name");
		$book = read_workbook((export('xlsx', q{'{"id": 0}'}))[0]);
		my $company = $book->{company}[0] // '';
		is(length(encode('UTF-16LE', $company)) / 2 <= 32767 && $company =~ /…$/, 1, "$name is cut");
	}
	sql("UPDATE salesopp.organization SET name = $odd_sql");

	append_to_file("$dir/svg.py", <<'PYTHON');
import json, sys
from xml.etree import ElementTree
print(json.dumps([e.text for e in ElementTree.parse(sys.argv[1]).iter() if (e.text or '').strip() and not e.tag.endswith('style')]))
PYTHON
	foreach my $call (q{funnel_svg(1)}, q{funnel_svg(1, 'nb')}, "pipeline_svg($all_criteria)")
	{
		my ($name) = $call =~ /^(\w+)/;
		my $path = "$dir/" . ++$n_files . '.svg';
		append_to_file($path, encode('UTF-8', sql("SELECT salesopp.$call")));
		my ($out, $err) = run_command([ $python, "$dir/svg.py", $path ]);
		is($err, '', "an XML parser reads $name");
		my $texts = join '|', @{ $json->decode($out) };
		# title: subject; description: process and stage; a bar's title
		cmp_ok(scalar(() = $texts =~ /\Q$readable\E/g), '>=', 4, "$name: all texts are in it") if $name eq 'funnel_svg';
		unlike($texts, qr/[\x01-\x1F\x7F-\x9F\x{FFFE}\x{FFFF}]/, "$name: and can be read");
	}
}

# What is told about a PDF document, as it stands in the file.
sub pdf_info
{
	my ($bytes, $key) = @_;
	my ($hex) = $bytes =~ m{/$key <((?:[0-9A-F]{4})+)>};
	$hex //= '';
	return $hex =~ /^FEFF/ ? from_utf16(substr $hex, 4) : "no text: $hex";
}
my ($file, $bytes) = export('pdf', "$all_criteria");
is(pdf_info($bytes, 'Author'), $readable, 'PDF: the author is the organization, with what can be read of it');
is(scalar(() = pdf_info($bytes, 'Subject') =~ /\Q$readable\E/g), 15, 'PDF: the subject are the criteria');
is(pdf_info($bytes, 'Title'), 'Sales opportunities', 'PDF: title');
sql("UPDATE salesopp.organization SET name = repeat(U&'\\+01F680', 100000)");
($file, $bytes) = export('pdf');
my $author = pdf_info($bytes, 'Author');
like($author, qr/^\x{1F680}{1000,2100}$/, 'PDF: a long one is cut between characters');

# ---------- C11: from right to left

my %rtl = (
	10 => 'שלום', 11 => 'שלום 123 ABC', 12 => 'ABC שלום 123', 13 => 'שלום (עולם) [1-2]', 14 => 'שלום - 1,234.50',
	15 => 'ABC (שלום) DEF', 16 => "שלום\x{200F}!", 17 => "\x{202E}abc\x{202C} def", 18 => "a\x{202A}b\x{202C}c",
	19 => "ABC \x{2067}שלום 1\x{2069} DEF", 20 => 'مرحبا', 21 => 'الله لا إله', 22 => 'العقد ١٢٣ (A)', 23 => 'گچپژ', 24 => "مرحبا\x{200C}مرحبا");
# as they stand on the page, from left to right
my %drawn = (
	10 => 'םולש', 11 => 'ABC 123 םולש', 12 => 'ABC 123 םולש', 13 => '[1-2] (םלוע) םולש', 14 => '1,234.50 - םולש',
	15 => 'ABC (םולש) DEF', 16 => '!םולש', 17 => 'cba def', 18 => 'abc', 19 => 'ABC 1 םולש DEF',
	20 => "\x{FE8E}\x{FE92}\x{FEA3}\x{FEAE}\x{FEE3}",
	21 => "\x{FEEA}\x{FEDF}\x{FE87} \x{FEFB} \x{FEEA}\x{FEE0}\x{FEDF}\x{FE8D}",
	22 => "(A) ١٢٣ \x{FEAA}\x{FED8}\x{FECC}\x{FEDF}\x{FE8D}",
	23 => "\x{FB8B}\x{FB59}\x{FB7D}\x{FB94}",
	24 => "\x{FE8E}\x{FE92}\x{FEA3}\x{FEAE}\x{FEE3}\x{FE8E}\x{FE92}\x{FEA3}\x{FEAE}\x{FEE3}");
my $long = join ' ', ('הצעה', 'ארוכה', 'מאוד') x 40;
my $long_arabic = join ' ', ('عرض', 'طويل', 'بببببببب') x 40;
sql('CREATE DATABASE directions');
sql(<<"SQL" . join('', map { "INSERT INTO salesopp.opportunity (id, subject) VALUES ($_, " . literal($rtl{$_}) . ");\n" } sort keys %rtl), 'directions');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('חברה (בע״מ) 2026');
INSERT INTO salesopp.company (id, name) VALUES (1, 'עסק'), (2, 'شركة');
-- as they are, with what is blank at their ends
SET row_security = off;
INSERT INTO salesopp.opportunity (id, subject) VALUES (30, '$long'), (31, '$long_arabic'), (32, 'ABC $long'), (33, repeat('א', 500000)),
	(34, repeat(U&'\\200F', 300000) || 'ש!'), (35, repeat(U&'\\2067', 3000) || 'x'), (36, repeat('(', 400) || repeat('א)', 400)), (37, 'א' || repeat(U&'\\05B8', 500000)),
	(38, repeat(U&'\\202B\\2068', 100000) || 'x'), (39, repeat('ב[', 100000)),
	-- over this FriBidi writes where it must not, unless it is kept from isolates
	(40, repeat(repeat(U&'\\2069', 21) || 'BB' || U&'\\202A\\2067' || repeat(U&'\\2069', 5) || U&'\\06AF[+\\06AF', 91));
SQL

my ($font) = grep { -r } qw(/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf);

# What a document consists of, inflated.
sub streams
{
	my ($bytes) = @_;
	# what is compressed may itself end with a carriage return
	return grep { defined } map { uncompress($_) // uncompress(s/\r\z//r) } $bytes =~ /stream\r?\n(.*?)\nendstream/sg;
}

# The texts that stand on the pages, each in the order in which it is drawn: a font of one's own is asked
# for its characters.
sub drawn_texts { return map { from_utf16($_) } map { /<((?:[0-9A-F]{4})*)>\s*Tj/g } streams($_[0]) }

# Where the tables of a TrueType font begin.
sub tables { my ($whole) = @_; return map { unpack 'A4x4N', substr $whole, 12 + 16 * $_, 12 } 0 .. unpack('n', substr $whole, 4, 2) - 1 }

# The glyphs of a font that are put together from others of which one is not in it.
sub incomplete_glyphs
{
	my ($whole) = @_;
	my %table = tables($whole);
	my $n = unpack 'n', substr $whole, $table{maxp} + 4, 2;
	my @places = unpack('n', substr $whole, $table{head} + 50, 2) ? unpack("x$table{loca}N" . ($n + 1), $whole) : map { 2 * $_ } unpack "x$table{loca}n" . ($n + 1), $whole;
	my %incomplete;
	foreach my $glyph (grep { $places[ $_ + 1 ] > $places[$_] } 0 .. $n - 1)
	{
		my $at = $table{glyf} + $places[$glyph];
		next if unpack('n', substr $whole, $at, 2) != 0xFFFF;
		$at += 10;
		for (my $flags = 0x20; $flags & 0x20;)
		{
			($flags, my $part) = unpack 'nn', substr $whole, $at, 4;
			$incomplete{$glyph} = 1 if $places[ $part + 1 ] == $places[$part];
			$at += 4 + ($flags & 1 ? 4 : 2) + ($flags & 8 ? 2 : $flags & 0x40 ? 4 : $flags & 0x80 ? 8 : 0);
		}
	}
	return sort keys %incomplete;
}

# The font without the forms that Arabic letters have when they are joined: its ranges of such characters
# keep their last one.
sub without_forms
{
	my ($whole) = @_;
	my %table = tables($whole);
	my ($entry) = grep { unpack('nn', substr $whole, $table{cmap} + 4 + 8 * $_, 4) == 3 && unpack('x2n', substr $whole, $table{cmap} + 4 + 8 * $_, 4) == 1 } 0 .. 9;
	my $at = $table{cmap} + unpack 'N', substr $whole, $table{cmap} + 8 + 8 * $entry, 4;
	my $n = unpack('n', substr $whole, $at + 6, 2) / 2;
	foreach my $segment (0 .. $n - 1)
	{
		my ($end, $start) = map { unpack 'n', substr $whole, $at + $_ + 2 * $segment, 2 } 14, 16 + 2 * $n;
		substr($whole, $at + 16 + 2 * $n + 2 * $segment, 2) = pack 'n', $end if $end >= 0xFE80 && $end <= 0xFEFF && $start < $end;
	}
	# the table's checksum
	my ($record) = grep { substr($whole, 12 + 16 * $_, 4) eq 'cmap' } 0 .. 40;
	my $sum = 0;
	$sum = ($sum + $_) & 0xFFFFFFFF foreach unpack 'N*', substr($whole, $table{cmap}, unpack 'N', substr $whole, 12 + 16 * $record + 12, 4) . "\0\0\0";
	substr($whole, 12 + 16 * $record + 4, 4) = pack 'N', $sum;
	return $whole;
}

SKIP:
{
	skip 'the font DejaVu Sans is not there', 1 unless $font;
	my $own = "SET salesopp.pdf_font = '$font'";

	foreach my $id (sort keys %rtl)
	{
		my @texts = drawn_texts((export('pdf', "'{\"id\": $id}', columns => '{subject}'", $own, 'directions'))[1]);
		my ($found) = grep { $_ eq $drawn{$id} } @texts;
		is($found, $drawn{$id}, "drawn from left to right: $rtl{$id}") or diag(join "\n", @texts);
	}
	my @texts = drawn_texts((export('pdf', q{'{"company_id": [1, 2]}'}, $own, 'directions'))[1]);
	ok((grep { $_ eq '2026 (מ״עב) הרבח' } @texts), 'so is the organization');
	ok((grep { $_ eq "Company: \x{FE94}\x{FEDB}\x{FEAE}\x{FEB7} ,קסע" } @texts), 'and a criterion, its list as one text') or diag(join "\n", @texts);

	# cut where reading ends: on the left, where it begins on the right
	@texts = drawn_texts((export('pdf', q{'{"id": {">=": 30}}', 'id', '{subject}'}, $own, 'directions'))[1]);
	my $reversed = reverse $long;
	my ($hebrew) = grep { /^….{50,}הצעה$/ || /^….{50,}העצה$/ } @texts;
	like($hebrew // '', qr/^…/, 'a long text ends in an ellipsis on the left');
	is(substr($reversed, -length(substr $hebrew // '', 1)), substr($hebrew // '', 1), 'and begins with its beginning');
	my ($mixed) = grep { /^ABC .*…/ } @texts;
	ok(defined $mixed && $mixed =~ /^ABC (.*?) ?…$/ && substr($reversed, -length $1) eq $1, 'on the right in a text that begins with Latin letters') or diag($mixed);
	my ($arabic) = grep { /^….{50,}\x{FECB}$/ } @texts;
	ok(defined $arabic, 'a long Arabic text, too') or diag(join "\n", @texts);
	# a letter that is joined to the next has another form at the end
	unlike($arabic // '', qr/^…[\x{FE91}\x{FE92}]/, 'its last letter is at an end');
	ok((grep { /^…א{100,1000}$/ } @texts), 'letters without end');
	ok((grep { $_ eq '!ש' } @texts), 'heaps of marks that do not show take no place');
	ok((grep { /^…\x{5B8}{900,}א$/ } @texts), 'nor do marks without end');

	# letters that are put together from others, such as a qaf in the middle from a ring, a tooth and dots
	my ($embedded) = grep { substr($_, 0, 4) eq "\0\x01\0\0" } streams((export('pdf', q{'{"id": 22}'}, $own, 'directions'))[1]);
	is(join(' ', incomplete_glyphs($embedded)), '', 'all parts of the glyphs are embedded');

	# a font that has the letters, but not the forms in which they are joined
	my $simple = "$dir/without_forms.ttf";
	append_to_file($simple, without_forms(slurp_file($font)));
	@texts = drawn_texts((export('pdf', q{'{"id": {">=": 20, "<=": 21}}', 'id', '{subject}'}, "SET salesopp.pdf_font = '$simple'", 'directions'))[1]);
	foreach my $id (20, 21)
	{
		my $reversed = reverse $rtl{$id};
		ok((grep { $_ eq $reversed } @texts), "without joined forms: $id") or diag(join "\n", @texts);
	}

	# the same from a program that reads PDF
	if ($has_poppler)
	{
		my ($file) = export('pdf', q{'{"id": [10, 11, 12]}'} =~ s/\[.*\]/{">=": 10, "<=": 12}/r, $own, 'directions');
		my $text = decode('UTF-8', scalar `pdftotext -layout $file - 2>/dev/null`) =~ s/[\x{202A}-\x{202E}]//gr;
		is(scalar(() = $text =~ /שלום/g), 3, 'pdftotext reads it in the order of reading');
		like(decode('UTF-8', scalar `pdfinfo -enc UTF-8 $file`), qr/Author: +חברה \(בע״מ\) 2026/, 'what is told about the document stays in it');
	}

	# Many such documents take no more memory than the first ones.
	my $memory = q{(regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1]};
	if (-r '/proc/self/status')
	{
		my $many = 'SELECT count(octet_length(salesopp.export_pdf())) FROM generate_series(1, 30)';
		my $failing = 'DO $$ BEGIN FOR i IN 1 .. 30 LOOP BEGIN PERFORM salesopp.export_pdf(sort => CASE WHEN octet_length(salesopp.export_pdf()) > 0 THEN \'no\' END); EXCEPTION WHEN invalid_parameter_value THEN NULL; END; END LOOP; END $$';
		my @kb = split /\n/, sql("$own; $many; SELECT $memory; $many; $failing; SELECT $memory", 'directions');
		cmp_ok($kb[3], '<', $kb[1] + 4096, "90 more exports: memory does not grow ($kb[1] kB, $kb[3] kB)");
	}
}

# A font without Arabic: the letters are marks, in their order
(undef, $bytes) = export('pdf', q{'{"id": 11}', columns => '{subject}'}, undef, 'directions');
SKIP:
{
	skip 'poppler is not there', 1 unless $has_poppler;
	like(scalar `pdftotext -layout $dir/$n_files.pdf - 2>/dev/null`, qr/ABC 123 \?\?\?\?/, 'the built-in fonts have marks for them');
}

# In a picture each name is read as it says itself: these two look alike.
SKIP:
{
	skip 'Chromium is not there to draw pictures', 2 unless $chromium;
	my %names = (60 => 'ש MMMM', 61 => 'MMMM ש', 62 => 'MMMM ס');
	my %screen;
	foreach my $id (sort keys %names)
	{
		my $page = "$dir/name-$id";
		sql("INSERT INTO salesopp.opportunity (id, subject) VALUES ($id, '$names{$id}')", 'directions');
		append_to_file("$page.svg", sql("SELECT salesopp.funnel_svg($id)", 'directions'));
		local $ENV{HOME} = $dir;
		run_command([ $chromium, qw(--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --run-all-compositor-stages-before-draw --hide-scrollbars), "--user-data-dir=$dir/profile",
			'--window-size=620,200', "--screenshot=$page.png", "file://$page.svg" ]);
		$screen{$id} = slurp_file("$page.png");
	}
	is($screen{60} eq $screen{61}, 1, 'a picture shows a Hebrew name from right to left');
	isnt($screen{61} eq $screen{62}, 1, 'and what it shows depends on the name');
}

# ---------- C12: years before Christ, and beyond 9999

sql('CREATE DATABASE dates');
sql(<<'SQL', 'dates');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Dates');
INSERT INTO salesopp.opportunity (id, subject, decision_date, created_at, changed_at, estimated_revenue, progress_method, progress) VALUES
	(1, 'one', '0044-03-15 BC', '2024-01-01', '0043-01-02 12:00:00+00 BC', 100, 'manual', 50), (2, 'two', '0001-12-31 BC', '2024-01-01', '0001-06-30 00:00:00+00 BC', 100, 'manual', 50),
	(3, 'three', '0001-01-01', '2024-01-01', '0001-01-01 00:00:00+00', 100, 'manual', 50), (4, 'four', '10000-01-01', '2024-01-01', '10000-02-03 04:05:00+00', 100, 'manual', 50),
	(5, 'five', '5874897-12-31', '2024-01-01', '294276-12-31 00:00:00+00', 100, 'manual', 50), (6, 'six', '4714-11-24 BC', '2024-01-01', '4713-02-01 00:00:00+00 BC', 100, 'manual', 50);
SQL
my %days = (
	en => [ "15 Mar 0044\x{A0}BC", "31 Dec 0001\x{A0}BC", '1 Jan 0001', '1 Jan 10000', '31 Dec 5874897', "24 Nov 4714\x{A0}BC" ],
	nb => [ "15.03.0044\x{A0}f.Kr.", "31.12.0001\x{A0}f.Kr.", '01.01.0001', '01.01.10000', '31.12.5874897', "24.11.4714\x{A0}f.Kr." ]);
my %times = (
	en => [ "2 Jan 0043\x{A0}BC 12:00", "30 Jun 0001\x{A0}BC 00:00", '1 Jan 0001 00:00', '3 Feb 10000 04:05', '31 Dec 294276 00:00', "1 Feb 4713\x{A0}BC 00:00" ],
	nb => [ "02.01.0043\x{A0}f.Kr. 12:00", "30.06.0001\x{A0}f.Kr. 00:00", '01.01.0001 00:00', '03.02.10000 04:05', '31.12.294276 00:00', "01.02.4713\x{A0}f.Kr. 00:00" ]);
my @iso = ('0044-03-15 BC', '0001-12-31 BC', '0001-01-01', '10000-01-01', '5874897-12-31', '4714-11-24 BC');
my @iso_times = ('0043-01-02 12:00:00+00 BC', '0001-06-30 00:00:00+00 BC', '0001-01-01 00:00:00+00', '10000-02-03 04:05:00+00', '294276-12-31 00:00:00+00', '4713-02-01 00:00:00+00 BC');
my $settings = "SET timezone = 'UTC'";
my $which = q{sort => 'id asc', columns => '{id, decision_date, changed_at}'};
(undef, $bytes) = export('csv', $which, "$settings; SET datestyle = 'German'", 'dates');
is($bytes, join("\r\n", 'Id,Decision date,Last changed', (map { ($_ + 1) . ",$iso[$_],$iso_times[$_]" } 0 .. 5), ''), 'CSV: ISO dates, which COPY reads');
SKIP:
{
	skip 'python3 is not there', 1 unless $python;
	my $book = read_workbook((export('xlsx', $which, $settings, 'dates'))[0]);
	is_deeply([ grep { /^\d+-\d\d-\d\d/ } @{ $book->{cells} } ], [ map { ($iso[$_], $iso_times[$_]) } 0 .. 5 ], 'Excel, which has no such dates: as texts');
}
SKIP:
{
	skip 'poppler is not there', 2 unless $has_poppler;
	foreach my $language (qw(en nb))
	{
		my ($file) = export('pdf', "$which, language => '$language'", $settings, 'dates');
		my $text = decode('UTF-8', scalar `pdftotext -layout $file - 2>/dev/null`);
		$text =~ s/[ \x{A0}]+/ /g;
		my @missing = grep { my $line = ($_ + 1) . " $days{$language}[$_] $times{$language}[$_]" =~ s/\x{A0}/ /gr; $text !~ /^ ?\Q$line\E ?$/m } 0 .. 5;
		is_deeply(\@missing, [], "PDF, $language: days and times with their era") or diag($text);
	}
}
foreach my $case ([ 1, en => "Mar 44\x{A0}BC" ], [ 1, nb => "mar 44\x{A0}f.Kr." ], [ 2, en => "Dec 1\x{A0}BC" ], [ 3, en => 'Jan 1' ], [ 4, en => 'Jan 10000' ], [ 6, nb => "nov 4714\x{A0}f.Kr." ])
{
	my ($id, $language, $month) = @$case;
	my $picture = sql("SELECT salesopp.pipeline_svg('{\"id\": $id}', '$language')", 'dates') =~ s/&#(\d+);/chr $1/ger;
	like($picture, qr/<title>\Q$month\E: /, "SVG, $language: $month");
}
sql("INSERT INTO salesopp.opportunity (id, subject, decision_date, estimated_revenue, progress_method, progress) VALUES (7, 'seven', '0020-05-05 BC', 100, 'manual', 50)", 'dates');
my $years = sql(q{SELECT salesopp.pipeline_svg('{"id": [1, 7]}'::jsonb - 'id' || '{"decision_date": {"to": "0001-01-01"}, "id": {"<>": 2}}')}, 'dates');
$years =~ s/&#(\d+);/chr $1/ge;
is(join('|', $years =~ /<title>(\d[^:]*):/g), "44\x{A0}BC|20\x{A0}BC", 'SVG: years');

$node->stop;
done_testing();
