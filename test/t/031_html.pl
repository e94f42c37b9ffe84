# The documents as pages of HTML (make docs): every link leads somewhere, and each SQLSTATE of the reference to what to do.
use strict;
use warnings FATAL => 'all';

use File::Basename;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no pandoc here' if system('command -v pandoc >/dev/null') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir;
is(system("cp -r Makefile packaging doc $dir && cd $dir && packaging/make_docs >$dir/log 2>&1"), 0, 'the pages are made') or diag slurp_file("$dir/log");
is(slurp_file("$dir/log") =~ s/^dist.*\n//gmr, '', 'without a warning');

my %page = map { basename($_) => slurp_file($_) } glob("$dir/dist/html/*.html");
is(join(' ', sort keys %page), join(' ', sort map { s/\.md$/.html/r } map { basename($_) } glob('doc/*.md')), 'one of each document');
my (%anchors, @astray);
$anchors{$_} = { map { $_ => 1 } $page{$_} =~ /\bid="([^"]+)"/g } foreach keys %page;
foreach my $name (sort keys %page)
{
	# what the contents and the text lead to; other files stand beside the pages in the repository
	foreach my $link ($page{$name} =~ /<a [^>]*href="([^":]+)"/g)
	{
		my ($target, $anchor) = $link =~ /^([^#]*)#?(.*)$/;
		next if $target =~ m{/|\.(?!html)} || $target !~ /^(?:|\w+\.html)$/;
		$target ||= $name;
		push @astray, "$name: $link" if !$page{$target} || ($anchor ne '' && !$anchors{$target}{$anchor});
	}
	push @astray, "$name: from elsewhere" if $page{$name} =~ /<(?:script|link|img)[^>]+(?:src|href)="https?:/;
}
is(join("\n", @astray), '', 'every link leads to a page and a place that is there, and nothing comes from elsewhere');

my $reference = $page{'reference.html'};
my ($table) = $reference =~ /(<table(?:(?!<table).)*?id="sqlstate-55000".*?<\/table>)/s;
cmp_ok(scalar(() = $table =~ /id="sqlstate-/g), '>', 20, 'the SQLSTATEs have places');
my @bare = map { s/<a .*?<\/a>|<code>.*?<\/code>//gsr =~ /\b(?:22023|P0002|55000|42501|23514|54000)\b/g } $reference =~ /Errors: (.*?)<\/p>/gs;
is(join(' ', @bare), '', 'and each that a function can raise leads there');
like($reference, qr/type: "search"/, 'the page has its search field');

done_testing();
