# The pictures as others read them: an XML parser, and a browser on light and on dark pages; and in
# every encoding the same. F3.4, F10.1
use strict;
use warnings FATAL => 'all';

use Compress::Zlib;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('pictures');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;

# 101: every colour of F3.4, 102: names that reach out of their bars where nothing stops them, 103: nothing;
# in January three times as much is won as is open, nothing in February, 1000 open in March
my $sales = <<'SQL';
CREATE EXTENSION salesopp CASCADE;
SELECT salesopp.create_organization('Acme');
INSERT INTO salesopp.sales_process (id, name) VALUES (9, 'Salg <&> "æøå"');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(9, 1, 'Behov & ønsker', 0), (9, 2, '<Tilbud>', 25), (9, 3, '"Møte"', 50), (9, 4, 'Muntlig', 75), (9, 5, 'Kontrakt', 100);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (101, 'Blåbær & sønner', 9), (103, 'Nothing', NULL);
SELECT salesopp.set_stage_status(101, 1, 'completed'), salesopp.set_stage_status(101, 2, 'cancelled');
INSERT INTO salesopp.opportunity (subject, estimated_revenue, progress_method, progress, decision_date, status) VALUES
	('Won', 3000, 'manual', 50, '2025-01-31', 'won'), ('Open', 2000, 'manual', 50, '2025-01-01', 'open'),
	('Open', 1000, 'manual', 100, '2025-03-01', 'open'), ('Lost', 9000, 'manual', 50, '2025-02-01', 'lost');
SQL
$node->safe_psql('postgres', 'CREATE DATABASE utf8');
$node->safe_psql('utf8', $sales);
$node->safe_psql('utf8', <<'SQL');
INSERT INTO salesopp.sales_process (id, name) VALUES (10, 'Wide');
INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability) VALUES
	(10, 1, 'a' || repeat(U&'\0301', 60), 10), (10, 2, repeat('W', 1000), 20), (10, 3, repeat(U&'\+01F680', 1000), 30),
	(10, 4, repeat(U&'\FDFD', 30), 40), (10, 5, repeat('i', 1000), 50);
INSERT INTO salesopp.opportunity (id, subject, sales_process_id) VALUES (102, repeat('Long ', 200), 10);
SQL

my %query = (
	funnel => 'salesopp.funnel_svg(101)',
	trakt => q{salesopp.funnel_svg(101, 'nb')},
	wide => 'salesopp.funnel_svg(102)',
	nothing => 'salesopp.funnel_svg(103)',
	pipeline => 'salesopp.pipeline_svg()',
	pipelinen => q{salesopp.pipeline_svg('{}', 'nb')},
	none => q{salesopp.pipeline_svg('{"id": 0}')});
my %svg;
foreach my $name (sort keys %query)
{
	$svg{$name} = $node->safe_psql('utf8', "SELECT $query{$name}");
	append_to_file("$dir/$name.svg", $svg{$name});
}

# ---------- every encoding, and whatever numbers look like in SQL

$node->safe_psql('postgres', q{CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'});
{
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	$node->safe_psql('latin1', $sales);
}
foreach my $name (qw(funnel trakt pipeline pipelinen))
{
	is($node->safe_psql('latin1', "SELECT $query{$name}"), $svg{$name}, "$name: the same in LATIN1");
	is($node->safe_psql('utf8', "SET extra_float_digits = -15; SET datestyle = german; SET client_encoding = latin1; SELECT $query{$name}"),
		$svg{$name}, "$name: the same with other settings");
}

# ---------- an XML parser

# Checks the picture's head, and that its description has what the bars say; prints the title and the
# number of bars.
my $reader = <<'PYTHON';
import sys, xml.etree.ElementTree as tree
s = '{http://www.w3.org/2000/svg}'
for path in sys.argv[1:]:
    root = tree.parse(path).getroot()
    title, desc = [root.find(s + part) for part in ('title', 'desc')]
    assert root.tag == s + 'svg' and root.get('role') == 'img', path
    assert root.get('aria-labelledby').split() == [title.get('id'), desc.get('id')], path
    assert root.get('viewBox') == '0 0 600 ' + root.get('height') and root.get('width') == '600', path
    assert {e.tag for e in root.iter()} <= {s + t for t in 'svg title desc style rect path text g'.split()}, path
    bars = root.findall(s + 'g')
    assert all(bar.find(s + 'title').text in desc.text for bar in bars), path
    print(title.text[:40].encode('ascii', 'xmlcharrefreplace').decode(), '|', len(bars))
PYTHON
append_to_file("$dir/read.py", $reader);
SKIP:
{
	my @names = sort keys %svg;
	skip 'python3 is not there to parse XML', 2 if system('command -v python3 >/dev/null') != 0;
	my ($out, $err) = run_command([ 'python3', "$dir/read.py", map { "$dir/$_.svg" } @names ]);
	is($err, '', 'an XML parser reads all pictures');
	is($out, join("\n",
			'Sales funnel: Bl&#229;b&#230;r & s&#248;nner | 5',
			'Weighted pipeline: 0.00 | 0',
			'Sales funnel: Nothing | 0',
			'Weighted pipeline: 5,000.00 | 2',
			'Vektet pipeline: 5&#160;000,00 | 2',
			'Salgstrakt: Bl&#229;b&#230;r & s&#248;nner | 5',
			'Sales funnel: Long Long Long Long Long L | 5'),
		'and finds what they show');
}

# ---------- a browser

# The pixels of a PNG file as the browser writes it, each as #rrggbb.
sub read_png
{
	my ($file) = @_;
	my $png = slurp_file($file);
	my ($data, $at) = ('', 8);
	my ($width, $height, $depth, $type, undef, undef, $interlace) = unpack 'NNC5', substr $png, 16, 13;
	my $n = $type == 6 ? 4 : 3;
	my ($before, @lines);

	die "not a PNG file that can be read: $file" unless $depth == 8 && ($type == 2 || $type == 6) && !$interlace;
	while ($at < length $png)
	{
		my ($length, $chunk) = unpack 'NA4', substr $png, $at, 8;
		$data .= substr $png, $at + 8, $length if $chunk eq 'IDAT';
		$at += $length + 12;
	}
	$data = uncompress($data);
	$before = [ (0) x ($width * $n) ];
	foreach my $y (0 .. $height - 1)
	{
		my ($filter, @line) = unpack 'C*', substr $data, $y * ($width * $n + 1), $width * $n + 1;
		foreach my $i (0 .. $#line)
		{
			my $left = $i < $n ? 0 : $line[ $i - $n ];
			my $up = $before->[$i];
			my $corner = $i < $n ? 0 : $before->[ $i - $n ];
			my $paeth = $left + $up - $corner;
			my ($a, $b, $c) = (abs($paeth - $left), abs($paeth - $up), abs($paeth - $corner));
			my @guess = (0, $left, $up, int(($left + $up) / 2), $a <= $b && $a <= $c ? $left : $b <= $c ? $up : $corner);
			$line[$i] = ($line[$i] + $guess[$filter]) % 256;
		}
		push @lines, [ map { sprintf '#%02x%02x%02x', @line[ $_ * $n .. $_ * $n + 2 ] } 0 .. $width - 1 ];
		$before = \@line;
	}
	return \@lines;
}

my ($chromium) = grep { system("command -v $_ >/dev/null") == 0 } qw(chromium chromium-browser google-chrome);

# The picture on a page of this scheme, from its upper left corner on.
sub look_at
{
	my ($name, $scheme, $background) = @_;
	my ($height) = $svg{$name} =~ / height="(\d+)"/;
	my $page = "$dir/$name-$scheme";

	append_to_file("$page.html", "<!doctype html><html style='color-scheme: $scheme; background: $background'>"
			. "<body style='margin: 0'><img src='$name.svg'></body></html>");
	local $ENV{HOME} = $dir;
	run_command([ $chromium, qw(--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --run-all-compositor-stages-before-draw --hide-scrollbars --force-color-profile=srgb),
		'--blink-settings=preferredColorScheme=' . ($scheme eq 'dark' ? 0 : 1), "--user-data-dir=$dir/profile",
		"--window-size=620,$height", "--screenshot=$page.png", "file://$page.html" ]);
	return read_png("$page.png");
}

# How many pixels of a column have this colour.
sub count_in_column
{
	my ($pixels, $x, $color) = @_;
	return scalar grep { $_->[$x] eq $color } @$pixels;
}

my ($green, $red, $yellow, $gray) = map { "#$_" } qw(2e7d32 c62828 f9c80e c4cad1);
my %card = (light => '#ffffff', dark => '#1c2128');
my %page = (light => '#fafafa', dark => '#111111');

SKIP:
{
	skip 'Chromium is not there to draw pictures', 1 unless $chromium;

	foreach my $scheme (qw(light dark))
	{
		my $pixels = look_at('funnel', $scheme, $page{$scheme});
		my @bars = map { [ /rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/ ] } $svg{funnel} =~ /<g>.*?<\/g>/sg;

		is($pixels->[30][605], $page{$scheme}, "$scheme: the page around the picture");
		is($pixels->[4][300], $card{$scheme}, "$scheme: the card goes with the page");
		# beside the mark, on the left of the name
		is_deeply([ map { $pixels->[ $_->[1] + $_->[3] / 2 ][ $_->[0] + 40 ] } @bars ],
			[ $green, $red, $yellow, $gray, $gray ], "$scheme: completed, cancelled, current, pending");
		is_deeply([ map { $pixels->[ $_->[1] + $_->[3] / 2 ][ $_->[0] - 4 ] . $pixels->[ $_->[1] + $_->[3] / 2 ][ $_->[0] + $_->[2] + 4 ] } @bars ],
			[ ($card{$scheme} x 2) x 5 ], "$scheme: the bars end where the funnel does");
		# dashes: along its upper edge the current stage is now dark, now yellow
		my @edge = @{ $pixels->[ $bars[2][1] + 2 ] }[ $bars[2][0] + 20 .. $bars[2][0] + $bars[2][2] - 20 ];
		cmp_ok(scalar(grep { $_ eq '#7a5c00' } @edge), '>', @edge / 3, "$scheme: the current stage has dashes");
		cmp_ok(scalar(grep { $_ eq $yellow } @edge), '>', @edge / 5, "$scheme: and gaps between them");
		# there are letters in the middle of each bar
		foreach my $bar (@bars)
		{
			my %colors = map { $_ => 1 } map { @{ $pixels->[$_] }[ 270 .. 330 ] } $bar->[1] + 8 .. $bar->[1] + 26;
			cmp_ok(scalar(keys %colors), '>', 3, "$scheme: a name in the bar at $bar->[1]");
		}

		$pixels = look_at('pipeline', $scheme, $page{$scheme});
		my ($january, $march) = map { /<path d="M(\d+)\.\d .*? /; $1 + 3 } $svg{pipeline} =~ /<g>.*?<\/g>/sg;
		my $won = count_in_column($pixels, $january, $green);
		my $open = count_in_column($pixels, $january, $yellow);
		cmp_ok($won, '>', 100, "$scheme: what was won in January");
		cmp_ok(abs($won - 3 * $open), '<=', 9, "$scheme: is three times as high as what is open");
		cmp_ok(abs($open - count_in_column($pixels, $march, $yellow)), '<=', 3, "$scheme: which is as high as in March");
		is(count_in_column($pixels, $march, $green), 0, "$scheme: where nothing was won");
		is(count_in_column($pixels, ($january + $march) / 2, $_), 0, "$scheme: nothing in February") foreach $green, $yellow;
	}

	# a dark page whose reader's browser knows of no dark pages: a white card
	my $pixels = look_at('nothing', 'light', '#000000');
	is($pixels->[30][605] . $pixels->[4][300], '#000000#ffffff', 'readable on a dark page without a dark scheme');

	# names that do not fit leave neither their bars nor the space between mark and percentage
	$pixels = look_at('wide', 'light', '#fafafa');
	my %between;
	foreach my $y (map { $_ - 4 .. $_ - 3 } $svg{wide} =~ /<rect x="\d+" y="(\d+)" width="\d+" height="34"/g)
	{
		$between{ $pixels->[$y][$_] }++ foreach 30 .. 570;
	}
	is_deeply([ keys %between ], ['#ffffff'], 'nothing between the bars');
	my @boxes = $svg{wide} =~ /<svg [^>]*?(x="\d+" y="\d+" width="\d+" height="36")/g;
	is(scalar(@boxes), 5, 'each name has a box');
	foreach my $box (@boxes)
	{
		my ($x, $y, $width, $height) = $box =~ /(\d+)/g;
		my %beside;
		$beside{ $pixels->[$_][ $x - 3 ] . $pixels->[$_][ $x + $width + 2 ] }++ foreach $y + 6 .. $y + $height - 7;
		is(scalar(keys %beside), 1, "nothing beside the name at $y");
	}
}

$node->stop;
done_testing();
