# F10.1 The list as a PDF document, as other programs read it: pdftotext, pdfinfo, pdftoppm.
use strict;
use warnings FATAL => 'all';

use MIME::Base64;
use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'pdftotext, pdfinfo and pdftoppm (poppler-utils) are not there'
  if system('pdftotext -v >/dev/null 2>&1 && pdfinfo -v >/dev/null 2>&1 && pdftoppm -v >/dev/null 2>&1') != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Blåbær & Sønner'), salesopp.create_organization('Other');
SET salesopp.organization_id = '1';
INSERT INTO salesopp.employee (initials, name) VALUES ('ÅØ', 'Åse Ødegård');
INSERT INTO salesopp.company (name) VALUES ('Kjøperen (AS) \ Co');
INSERT INTO salesopp.opportunity (id, subject, company_id, estimated_revenue, decision_date, responsible_id)
VALUES (1, 'Passed', 1, 1234567.5, CURRENT_DATE - 1, 1), (2, 'Today', 1, 0, CURRENT_DATE, 1), (3, 'Soon', 1, NULL, CURRENT_DATE + 7, 1),
	(4, 'Later', 1, 99999999999.99, CURRENT_DATE + 8, 1), (5, 'No date', NULL, 5, NULL, NULL), (6, 'Won one', 1, 10, CURRENT_DATE - 1, 1),
	(7, 'Lost one', 1, 10, CURRENT_DATE, 1), (8, repeat('Langt emne ', 100000), 1, 7, NULL, 1), (9, E'tab\tline\nfeed\x01 end', 1, 8, NULL, 1),
	(10, 'Deleted', 1, 1, NULL, 1), (11, 'With stages', 1, 1, NULL, 1);
SELECT salesopp.close_won(6), salesopp.close_lost(7), salesopp.attach_process(11, 1);
SELECT salesopp.delete_opportunities('{10}');
INSERT INTO salesopp.opportunity (id, subject) SELECT 1000 + n, 'Number ' || n || '.' FROM generate_series(1, 200) n;
SET salesopp.organization_id = '2';
INSERT INTO salesopp.opportunity (id, subject) VALUES (2000, 'Not yours');
CREATE ROLE reader LOGIN;
SELECT salesopp.grant_access('reader', 'reader');
ALTER ROLE reader SET salesopp.organization_id = '1';
SQL

my $dir = PostgreSQL::Test::Utils::tempdir();
my $n = 0;

# What an export gives, as a file, and the notices that came with it.
sub export
{
	my ($arguments, $before) = @_;
	my $file = "$dir/" . ++$n . '.pdf';
	my ($out, $err) = ('', '');
	$node->psql('postgres', ($before // '') . ";SELECT encode(salesopp.export_pdf($arguments), 'base64')",
		stdout => \$out, stderr => \$err, extra_params => [ '-U', 'reader' ], on_error_stop => 1, on_error_die => 0);
	open(my $handle, '>:raw', $file) or die $!;
	print $handle decode_base64($out);
	close $handle;
	return ($file, $err);
}

# the fonts' character maps are written by libharu, which poppler finds odd
sub text_of { my ($file) = @_; return scalar `pdftotext -layout $file - 2>/dev/null` }

sub info_of
{
	my ($file) = @_;
	my $info = `pdfinfo $file 2>&1`;
	return { $info =~ /^([^:\n]+):\s+(.*)$/mg };
}

# The colours of a page's pixels, with the number of each.
sub colors_of
{
	my ($file) = @_;
	my $picture = `pdftoppm -r 200 -f 1 -l 1 $file 2>/dev/null`;
	$picture =~ s/^P6\s+\d+\s+\d+\s+255\s//s or die 'not a picture';
	my %colors;
	$colors{$_}++ for unpack('(H6)*', $picture);
	return \%colors;
}

# ---------- the whole list

my ($file) = export("'{}', 'id'");
my $info = info_of($file);
my $text = text_of($file);
is($info->{'Page size'}, '842 x 595 pts (A4)', 'A4, landscape');
is($info->{Title}, 'Sales opportunities', 'title');
is($info->{Author}, 'Blåbær & Sønner', 'author is the organization');
is($info->{Subject}, 'All opportunities', 'subject are the criteria');
my $pages = $info->{Pages};
cmp_ok($pages, '>', 4, 'several pages');

my @found = $text =~ /^\s*(?:Open|Won|Lost) +(Passed|Today|Soon|Later|No date|Won one|Lost one|Langt emne|tab line|With stages|Number \d+\.)/mg;
my $expected = $node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SELECT CASE WHEN subject LIKE 'Langt%' THEN 'Langt emne'
	WHEN subject LIKE 'tab%' THEN 'tab line' ELSE subject END FROM salesopp.search('{}', 'id', NULL)});
is(join("\n", @found), $expected, 'every row of the list is there, in its order, and no other');
is(() = ($text =~ /Subject +Company +Project/g), $pages, 'the headings are on each page');
is(join(' ', $text =~ /(Page \d+ of \d+)/g), join(' ', map { "Page $_ of $pages" } 1 .. $pages), 'page x of y');
like($text, qr/Sales opportunities +Blåbær & Sønner/, 'title and organization');
like($text, qr/Kjøperen \(AS\) \\ Co/, 'parentheses, a backslash, letters of Latin-1');
like($text, qr/1,234,567\.50/, 'numbers as English has them');
like($text, qr/99,999,999,999\.99/, 'a large number is whole');
like($text, qr/tab line feed +end/, 'control characters are spaces');

# F1.4 the summary at the end
my ($last) = $text =~ /(Summary.*)/s;
for my $line (split /\n/, $node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SELECT initcap(status) || ' ' || opportunities
	|| ' ' || to_char(estimated_revenue, 'FM999,999,999,999,990.00') || ' ' || to_char(pipeline, 'FM999,999,999,999,990.00') FROM salesopp.summary()}))
{
	my $pattern = join(' +', map { quotemeta } split / /, $line);
	like($last, qr/$pattern/, "summary: $line");
}

# ---------- nothing overflows

my ($long) = export("'{\"id\": 8}'");
like(text_of($long), qr/Langt emne Langt.*…/, 'a subject of 1 MB ends in an ellipsis');
my $boxes = `pdftotext -bbox $long - 2>/dev/null`;
my ($company) = $boxes =~ /<word xMin="([\d.]+)"[^>]*>Kjøperen</;
my ($ellipsis) = map { /xMax="([\d.]+)"/ } grep { /…<\/word>/ && /Lang|emne|>…/ } split /\n/, $boxes;
cmp_ok($ellipsis, '<', $company, 'it ends before the next column begins');
my @beyond = grep { $_ > 842 - 30 } $boxes =~ /xMax="([\d.]+)"/g;
is(scalar(@beyond), 0, 'nothing is beyond the margin');
my $all_columns = $node->safe_psql('postgres', q{SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'salesopp.opportunity_list'::regclass AND attnum > 0});
my ($wide) = export("'{}', 'id', '$all_columns'");
is(scalar(grep { $_ > 842 - 30 } `pdftotext -bbox $wide - 2>/dev/null` =~ /xMax="([\d.]+)"/g), 0, 'nor with all columns');
like(text_of($wide), qr/99,999,999,999\.99/, 'and numbers are whole');
my ($few) = export("'{\"id\": 1}', 'id', '{progress, subject}'");
like(text_of($few), qr/Progress\s.*Subject.*0 +Passed/s, 'columns in the order that was asked for');

# dates have the room that the widest of the months takes, in bold where they can be in color: none is set smaller than others
$node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; SET row_security = off;
	INSERT INTO salesopp.opportunity (id, subject, decision_date, changed_at)
	SELECT 700 + m, 'Month', make_date(2020, m, 28), make_timestamptz(2020, m, 28, 20, 58, 0)
	FROM generate_series(1, 12) m});
for my $language (qw(en nb))
{
	my ($months) = export(qq{'{"id": {">=": 701, "<=": 712}}', 'id', '{id, decision_date, changed_at, subject}', '$language'});
	my %heights;
	for my $word (split /\n/, `pdftotext -bbox $months - 2>/dev/null`)
	{
		my ($top, $bottom) = $word =~ /yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(?:2020|28\.\d\d\.2020|20:58)</ or next;
		$heights{ sprintf '%.2f', $bottom - $top }++;
	}
	is(join(' ', values %heights), 36, "$language: all dates and times are of one size");
}

# ---------- colours: F1.2, F1.3

my %color = (red => 'c62828', green => '2e7d32', blue => '1565c0', yellow => 'f9b800');
my %seen = (
	1 => [ 'yellow flag, red date', qw(yellow red) ],
	2 => [ 'yellow flag, green date', qw(yellow green) ],
	3 => [ 'yellow flag, blue date', qw(yellow blue) ],
	4 => [ 'yellow flag, black date', qw(yellow) ],
	5 => [ 'yellow flag, no date', qw(yellow) ]);
for my $id (sort keys %seen)
{
	my ($name, @wanted) = @{ $seen{$id} };
	# without the summary, which has all flags, on the page: what is above it is enough
	my ($one) = export("'{\"id\": $id}', 'id', '{flag, subject, decision_date}'");
	my ($none) = export("'{\"id\": 0}', 'id', '{flag, subject, decision_date}'");
	my ($with, $without) = (colors_of($one), colors_of($none));
	my @more = sort grep { ($with->{ $color{$_} } // 0) > ($without->{ $color{$_} } // 0) } keys %color;
	# the chart's bars are blue too, and there are some only where there is revenue
	@more = grep { $_ ne 'blue' || $id == 3 } @more;
	is_deeply(\@more, [ sort @wanted ], "row $id: $name");
}
for my $id (6, 7)
{
	my ($one) = export("'{\"id\": $id}', 'id', '{flag, subject, decision_date}'");
	my ($none) = export("'{\"id\": 0}', 'id', '{flag, subject, decision_date}'");
	my ($with, $without) = (colors_of($one), colors_of($none));
	my @more = sort grep { $_ ne 'blue' && ($with->{ $color{$_} } // 0) > ($without->{ $color{$_} } // 0) } keys %color;
	is_deeply(\@more, [ $id == 6 ? 'green' : 'red' ], "row $id: the flag alone, the date is black");
}

# ---------- Norwegian

my ($norwegian) = export("'{\"status\": \"open\", \"company_id\": 1}', 'id', NULL, 'nb'");
$text = text_of($norwegian);
like($text, qr/Salgsmuligheter/, 'Norwegian title');
like($text, qr/Status: Ikke avgjort; Firma: Kjøperen \(AS\) \\ Co/, 'Norwegian criteria, with names');
like(text_of((export("'{\"company_id\": [null, 1], \"contact_id\": null, \"delivery_date\": null}', 'id', NULL, 'nb'"))[0]),
	qr/Firma: ingen, Kjøperen \(AS\) \\ Co; Kontaktperson: ingen; Leveringsdato: ingen/, 'of links and dates, that there is none');
like($text, qr/1\x{c2}?\x{a0}234\x{c2}?\x{a0}567,50|1 234 567,50/, 'Norwegian numbers');
like($text, qr/\d\d\.\d\d\.\d{4} \d\d:\d\d/, 'Norwegian times');
like($text, qr/Side 1 av 1/, 'Norwegian page numbers');
like($text, qr/Oppsummering.*Totalt/s, 'Norwegian summary');

$node->safe_psql('postgres', q{SET salesopp.organization_id = '1';
	INSERT INTO salesopp.custom_field (name, data_type) VALUES ('Signed', 'boolean'), ('Weight', 'number'), ('Due', 'date');
	SET row_security = off;
	INSERT INTO salesopp.opportunity (id, subject, changed_at) VALUES (90, 'Old as can be', '-infinity')});
for ([ '{"custom": {"Signed": true}}', 'Custom field: Signed = Yes', 'Egendefinert felt: Signed = Ja' ],
	[ '{"custom": {"Signed": false, "Weight": -1234.5}}', 'Custom field: Signed = No, Weight = -1,234.5', "Egendefinert felt: Signed = Nei, Weight = -1\xc2\xa0234,5" ],
	[ '{"custom": {"Due": "2024-02-29"}}', 'Custom field: Due = 2024-02-29', 'Egendefinert felt: Due = 2024-02-29' ],
	[ '{"custom": {"Due": {"from": "2024-02-29"}, "Weight": {"from": 0.5, "to": 10}}}', 'Custom field: Due from 29 Feb 2024, Weight from 0.5 to 10',
		"Egendefinert felt: Due fra 29.02.2024, Weight fra 0,5 til 10" ],
	[ '{"custom": {"Signed": null, "Weight": [1.5, null]}}', 'Custom field: Signed = none, Weight = 1.5, none', 'Egendefinert felt: Signed = ingen, Weight = 1,5, ingen' ],
	[ '{"responsible_id": []}', 'Responsible: none', 'Ansvarlig: ingen' ],
	[ '{"responsible_id": [1, 99]}', 'Responsible: Åse Ødegård, 99', 'Ansvarlig: Åse Ødegård, 99' ],
	[ '{"status": []}', 'Status: none', 'Status: ingen' ],
	[ '{"text": "x", "text_in": ["subject", "company"]}', 'Text: x; Text in: Subject, Company', 'Fritekst: x; Fritekst i: Emne, Firma' ],
	[ '{"priority": ["high", "low"], "rating": 3}', 'Rating: 3; Priority: High, Low', 'Vurdering: 3; Prioritet: Høy, Lav' ],
	[ '{"close_date": {"from": "2024-02-29"}}', 'Close date: from 29 Feb 2024', 'Lukkedato: fra 29.02.2024' ])
{
	my ($criteria, @words) = @$_;
	is(info_of((export("'$criteria', 'id', NULL, '$_'"))[0])->{Subject}, shift @words, "$criteria in words, $_") for qw(en nb);
}
# F9 each criterion has a word of its own; its value is the first of these that it takes
my (undef, undef, $unknown) = $node->psql('postgres', q{SET salesopp.organization_id = '1'; SELECT salesopp.summary('{"": 1}')});
my ($keys) = $unknown =~ /HINT: +The criteria are (.*)\./;
my $every = $node->safe_psql('postgres', qq{SET salesopp.organization_id = '1';
	INSERT INTO salesopp.saved_search (name) VALUES ('x');
	CREATE FUNCTION pg_temp.value(key text) RETURNS jsonb LANGUAGE plpgsql AS \$\$
	DECLARE
		given jsonb;
	BEGIN
		FOREACH given IN ARRAY ARRAY['1', '{}', '"x"', '"subject"', '"open"', '"low"', '"commit"', '"ignore"']::jsonb[] LOOP
			BEGIN
				PERFORM salesopp.summary(jsonb_build_object(key, given));
				RETURN given;
			EXCEPTION WHEN invalid_parameter_value THEN
			END;
		END LOOP;
	END \$\$;
	SELECT jsonb_object_agg(key, pg_temp.value(key)) FROM unnest(string_to_array('$keys', ', ')) key});
my %words = map { (split /:/)[0] => 1 } split /; /, info_of((export("'$every', 'id', '{id}'"))[0])->{Subject};
my @keys = split /, /, $keys;
is(scalar(keys %words), scalar(@keys), 'as many words as criteria');
my ($timeless) = export("'{\"id\": 90}', 'id', '{changed_at, subject}'");
like(text_of($timeless), qr/-infinity +Old as can be/, 'a time that is none');

# ---------- widths follow what is in the columns (issue 15, item 9)

$node->safe_psql('postgres', q{SET salesopp.organization_id = '1';
	INSERT INTO salesopp.company (id, name) SELECT 200 + n, 'Nordnorsk Fiskeeksport og Handelshus avdeling ' || n FROM generate_series(1, 40) n;
	INSERT INTO salesopp.project (id, company_id, name) SELECT 200 + n, 200 + n, 'Utbygging av kjølelager og kaianlegg nummer ' || n FROM generate_series(1, 40) n;
	INSERT INTO salesopp.opportunity (id, subject, company_id) SELECT 2000 + n, 'Pumpe ' || n, 200 + n FROM generate_series(1, 40) n;
	UPDATE salesopp.opportunity SET subject = repeat('Meget langt emne ', 10) || '2040' WHERE id = 2040});
my $sparse = q{'{"id": {">=": 2001, "<=": 2040}}', 'id'};
$text = text_of((export($sparse))[0]);
is(() = ($text =~ /Pumpe \d+ +Nordnorsk Fiskeeksport og Handelshus avdeling \d+/g), 39, 'companies have the room of projects that there are none of');
like($text, qr/Meget l\S*… +Nordnorsk Fiskeeksport og Handelshus avdeling 40/, 'a subject that is very long is cut, and takes none of it');
$node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; UPDATE salesopp.opportunity SET project_id = company_id WHERE id BETWEEN 2001 AND 2040});
$text = text_of((export($sparse))[0]);
is(() = ($text =~ /Pumpe \d+ +Nordnorsk Fisk.* Utbygging av kj/g), 39, 'where both are long, both are seen');
$text = text_of((export(q{'{"id": {">=": 2001, "<=": 2039}}', 'id', '{subject, company, project, responsible}'}))[0]);
is(() = ($text =~ /Pumpe \d+ +Nordnorsk Fiskeeksport og Handelshus avdeling \d+ +Utbygging av kjølelager og kaianlegg nummer \d+/g), 39, 'and whole where there is room for both');

# ---------- nothing, and everything

my ($empty) = export("'{\"id\": 0}'");
$text = text_of($empty);
is(info_of($empty)->{Pages}, 1, 'an empty list is a page');
like($text, qr/Subject +Company.*Summary.*Total +0 +0\.00/s, 'with headings and summary');

$node->safe_psql('postgres', q{SET salesopp.organization_id = '1';
	INSERT INTO salesopp.opportunity (id, subject) SELECT 3000 + plane, 'P ' || plane || ' ' || string_agg(chr(plane * 65536 + c), '')
	FROM generate_series(0, 16) plane, unnest(ARRAY[33, 256, 1024, 8230, 12354, 55203, 65533]) c
	GROUP BY plane});
my ($planes, $notice) = export("'{\"id\": {\">=\": 3000}}', 'id'");
is(() = (text_of($planes) =~ /P \d+ /g), 17, 'characters of every plane');
is(() = ($notice =~ /NOTICE:  the font of the PDF document lacks some characters/g), 1, 'one notice for all that the font lacks');
like(text_of($planes), qr/P 16 \?\?\?\?/, 'which show as question marks');
(undef, $notice) = export("'{\"id\": 1}'");
is($notice, '', 'no notice where there is no need');
$node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; INSERT INTO salesopp.opportunity (id, subject) VALUES
	(5000, U&'Cafe\0301 Bla\030Aba\0308r w\200Dj s\00ADh \FEFFx'), (5001, 'a' || repeat(U&'\0301', 500000)), (5002, repeat(U&'\200D', 300000) || 'end')});
my ($accents, $none) = export("'{\"id\": 5000}'");
like(text_of($accents), qr/Café Blåbär wj sh x/, 'accents that follow their letters; what does not show');
is($none, '', 'and the built-in fonts have that');
my ($million) = export("'{\"id\": {\">=\": 5001, \"<=\": 5002}}', 'id'");
like(text_of($million), qr/á\?+…/, 'an accent 500,000 times ends in an ellipsis');
like(text_of($million), qr/Open +end/, 'what does not show takes no place');
my ($informed) = export("'{\"id\": {\">=\": 100000}, \"subject\": \"Łódź 日本\"}'");
is(info_of($informed)->{Subject}, 'Id: >= 100,000; Subject: Łódź 日本', 'what is told about the document has all characters');

# A font with a number of two bytes changed in a table, and the table's checksum made right.
sub changed
{
	my ($bytes, $table, $at, $number) = @_;
	my $entry = 12;
	$entry += 16 while substr($bytes, $entry, 4) ne $table;
	my ($offset, $length) = unpack 'NN', substr($bytes, $entry + 8, 8);
	substr($bytes, $offset + $at, 2) = pack 'n', $number;
	my $words = substr($bytes, $offset, $length) . "\0" x (-$length % 4);
	substr($words, 8, 4) = "\0" x 4 if $table eq 'head';
	my $sum = 0;
	$sum = ($sum + $_) & 0xFFFFFFFF for unpack 'N*', $words;
	substr($bytes, $entry + 4, 4) = pack 'N', $sum;
	return $bytes;
}

# ---------- salesopp.pdf_font

my ($font) = glob('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf /usr/share/fonts/truetype/*/*Sans*.ttf');
SKIP:
{
	skip 'there is no TrueType font', 5 unless defined $font && -r $font;
	$node->safe_psql('postgres', "ALTER ROLE reader SET salesopp.pdf_font = '$font'");
	$node->safe_psql('postgres', q{SET salesopp.organization_id = '1'; INSERT INTO salesopp.opportunity (id, subject) VALUES (4000, 'Łódź, Привет');});
	my ($own, $messages) = export("'{\"id\": 4000}'");
	like(text_of($own), qr/Łódź, Привет/, 'a font of one\'s own has more characters');
	is($messages, '', 'and lacks none');
	like(scalar(`pdffonts $own 2>/dev/null`), qr/yes +yes +yes/, 'it is embedded, as far as it is used, and can be read');
	cmp_ok(-s $own, '<', 200_000, 'the file stays small');
	my ($mixed, $lacking) = export("'{\"id\": {\">=\": 3000, \"<=\": 3016}}', 'id'");
	like($lacking, qr/lacks some characters/, 'what it lacks is told');
}
mkdir "$dir/folder" or die $!;
mkfifo("$dir/pipe.ttf", 0644) or die $!;
append_to_file("$dir/text.ttf", "This is not a font.\n");
append_to_file("$dir/short.ttf", "\0\1\0\0");
append_to_file("$dir/empty.ttf", '');
append_to_file("$dir/secret.ttf", "\0\1\0\0 no");
chmod 0, "$dir/secret.ttf";
if (defined $font)
{
	my $whole = slurp_file($font);
	append_to_file("$dir/cut.ttf", substr($whole, 0, length($whole) / 3));
	append_to_file("$dir/table.ttf", substr($whole, 0, 300));
	# a byte of another value; a table of another name
	my $damaged = $whole;
	substr($damaged, length($whole) / 2, 1) = chr(255 - ord(substr($damaged, length($whole) / 2, 1)));
	append_to_file("$dir/damaged.ttf", $damaged);
	append_to_file("$dir/without.ttf", $whole =~ s/loca/LOCA/r);
	# numbers that do not go together, in tables with the right checksums
	append_to_file("$dir/em.ttf", changed($whole, 'head', 18, 0));
	append_to_file("$dir/widths.ttf", changed($whole, 'hhea', 34, 0xFFFF));
	append_to_file("$dir/glyphs.ttf", changed($whole, 'maxp', 4, 3));
	# a list of characters that is beyond the end of the file
	append_to_file("$dir/beyond.ttf", changed($whole, 'cmap', 8, 0x7FFF));
}
my %broken = (
	"$dir/missing.ttf" => [ '58P01', qr/could not open the font/ ],
	"$dir/folder" => [ '42809', qr/is not a TrueType font/ ],
	# a pipe is not waited for
	"$dir/pipe.ttf" => [ '42809', qr/is not a TrueType font/ ],
	"$dir/text.ttf" => [ '42809', qr/is not a TrueType font/ ],
	"$dir/empty.ttf" => [ '42809', qr/is not a TrueType font/ ],
	"$dir/short.ttf" => [ '42809', qr/is not a TrueType font/ ],
	($> != 0 ? ("$dir/secret.ttf" => [ '42501', qr/could not open the font/ ]) : ()),
	(defined $font ? (map { ("$dir/$_.ttf" => [ '42809', qr/is not a TrueType font, or it is damaged/ ]) } qw(cut table damaged without em widths glyphs)) : ()),
	(defined $font ? ("$dir/beyond.ttf" => [ '(?:42809|XX001)', qr/is not a TrueType font|could not load the font/ ]) : ()));
for my $name (sort keys %broken)
{
	my ($state, $message) = @{ $broken{$name} };
	my ($out, $err) = ('', '');
	$node->safe_psql('postgres', "ALTER ROLE reader SET salesopp.pdf_font = '$name'");
	$node->psql('postgres', "\\set VERBOSITY verbose\nSELECT salesopp.export_pdf()", stdout => \$out, stderr => \$err, extra_params => [ '-U', 'reader' ]);
	like($err, qr/ERROR:  $state: .*$message/, 'refused: ' . $name =~ s/.*\///r);
	like($err, qr/HINT:  Set salesopp\.pdf_font to/, '... with a hint');
}
my ($out, $err) = ('', '');
$node->psql('postgres', "SELECT salesopp.current_organization(); SET salesopp.pdf_font = 'x'", stderr => \$err, extra_params => [ '-U', 'reader' ]);
like($err, qr/permission denied to set parameter/, 'not everybody may choose a file of the server');
$node->safe_psql('postgres', 'ALTER ROLE reader RESET salesopp.pdf_font');

# ---------- what fails leaves nothing

$node->safe_psql('postgres', q{CREATE FUNCTION failing(n integer, font text, OUT rss bigint, OUT files bigint) LANGUAGE plpgsql AS $$
DECLARE
	status text;
BEGIN
	PERFORM set_config('salesopp.organization_id', '1', false), set_config('salesopp.pdf_font', font, false);
	FOR i IN 1..n LOOP
		BEGIN
			PERFORM length(salesopp.export_pdf('{}', CASE WHEN i % 2 = 0 THEN 'id' ELSE 'nonsense' END));
			RAISE EXCEPTION 'undo';
		EXCEPTION WHEN OTHERS THEN
			NULL;
		END;
		BEGIN
			PERFORM set_config('salesopp.pdf_font', '/nonsense', true), salesopp.export_pdf();
		EXCEPTION WHEN OTHERS THEN
			NULL;
		END;
	END LOOP;
	rss := (regexp_match(pg_read_file('/proc/self/status'), 'RssAnon:\s+(\d+)'))[1];
	files := (SELECT count(*) FROM pg_ls_dir('/proc/self/fd'));
END $$});
SKIP:
{
	skip 'there is no /proc', 4 unless -r '/proc/self/status';
	my $font_or_none = $font // '';
	my @figures = split /[|\n]/, $node->safe_psql('postgres', "SELECT * FROM failing(50, '$font_or_none'); SELECT * FROM failing(500, '$font_or_none')");
	cmp_ok($figures[2], '<', $figures[0] + 4096, "500 failed exports: memory does not grow ($figures[0] kB, $figures[2] kB)");
	# the server keeps some of its own open
	cmp_ok($figures[3], '<', $figures[1] + 50, 'and no files stay open');

	# cancelled at many moments, also while libharu compresses
	my $cancelled = 0;
	my $sql = "SET salesopp.organization_id = '1'; SELECT rss, files FROM failing(1, '');\n";
	$sql .= "SET statement_timeout = " . (1 + $_ % 40) . "; SELECT length(salesopp.export_pdf());\nSET statement_timeout = 0;\n" for 1 .. 200;
	$sql .= "SELECT rss, files FROM failing(1, '');\n";
	my ($all, $errors) = ('', '');
	$node->psql('postgres', $sql, stdout => \$all, stderr => \$errors, on_error_stop => 0);
	$cancelled = () = ($errors =~ /canceling statement due to statement timeout/g);
	my @lines = grep { /\|/ } split /\n/, $all;
	my @before = split /\|/, $lines[0];
	my @after = split /\|/, $lines[-1];
	cmp_ok($cancelled, '>', 10, "cancelled $cancelled of 200");
	cmp_ok($after[0], '<', $before[0] + 8192, 'memory does not grow');
	cmp_ok($after[1], '<', $before[1] + 50, 'and no files stay open');
	unlike($errors, qr/ERROR:  (?!canceling)/, 'there is no other error');
}

$node->stop;
done_testing();
