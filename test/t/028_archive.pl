# The archive that "make dist" makes for PGXN: META.json is as its specification says, what it names is in the archive,
# what only those need who work on it is not, and it builds and installs with make (issue 16, 8).
use strict;
use warnings FATAL => 'all';

use Cwd qw(abs_path);
use FindBin;
use IO::Uncompress::Unzip qw($UnzipError);
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $project = abs_path("$FindBin::RealBin/../..");
my $dir = PostgreSQL::Test::Utils::tempdir;

# ---------- META.json, as https://pgxn.org/spec/ has it

my $text = qr/\S/;
my $term = qr/\A[^\s\/\\[:cntrl:]]{2,}\z/;
my $tag = qr/\A[^\/\\[:cntrl:]]{1,256}\z/;
my $url = qr{\A[\w+.-]+://[^/?#]+};
my $version = qr/\A(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[a-zA-Z][\w-]*)?\z/;
my $some_version = qr/\A(?:(?:[<>]=?|[=!]=)?\s*(?:0|\d+\.\d+\.\d+(?:-[a-zA-Z][\w-]*)?)(?:\s*,\s*|\z))+\z/;
my $license = qr/\A(?:agpl_3|apache_1_1|apache_2_0|artistic_[12]|bsd|freebsd|gfdl_1_[23]|gpl_[123]|lgpl_2_1|lgpl_3_0|mit|mozilla_1_[01]|openssl|perl_5|postgresql|qpl_1_0|ssleay|sun|zlib|open_source|restricted|unrestricted|unknown)\z/;

# What is a hash names the keys that there can be; "!" stands before those that must, and a pattern is for all.
my $meta_spec = {
	'!abstract' => $text, '!maintainer' => [$text], '!license' => [$license], '!name' => $term, '!version' => $version,
	'!provides' => { $term => { '!file' => $text, '!version' => $version, abstract => $text, docfile => $text } },
	'!meta-spec' => { '!version' => qr/\A1\.0\.0\z/, url => $url },
	description => $text, generated_by => $text, release_status => qr/\A(?:stable|testing|unstable)\z/, tags => [$tag],
	no_index => { file => [$text], directory => [$text] },
	prereqs => { qr/\A(?:configure|build|test|runtime|develop)\z/ => { qr/\A(?:requires|recommends|suggests|conflicts)\z/ => { $term => $some_version } } },
	resources => { homepage => $url, license => [$url], bugtracker => { web => $url, mailto => qr/@/ }, repository => { web => $url, url => $url, type => qr/\A[[:lower:]]+\z/ } },
};

# faults SPEC DATA PLACE
sub faults
{
	my ($spec, $data, $place) = @_;
	if (ref $spec eq 'HASH')
	{
		return "$place is no object" if ref $data ne 'HASH';
		my @faults = map { "$place.$_ is missing" } grep { !exists $data->{$_} } map { /^!(.*)/ } keys %$spec;
		for my $key (grep { !/\Ax_/i } sort keys %$data)
		{
			my ($part) = grep { defined } $spec->{$key}, $spec->{"!$key"}, map { $spec->{$_} } grep { /^\(\?/ && $key =~ /$_/ } keys %$spec;
			push @faults, defined $part ? faults($part, $data->{$key}, "$place.$key") : "$place.$key is unknown";
		}
		return @faults;
	}
	return map { faults($spec->[0], $_, $place) } ref $data eq 'ARRAY' ? @$data : $data if ref $spec eq 'ARRAY';
	return ref $data || $data !~ $spec ? "$place is no such value" : ();
}

my $meta = decode_json(slurp_file("$project/META.json"));
is(join('; ', faults($meta_spec, $meta, 'META')), '', 'META.json is as PGXN wants it');

# these are found
for my $change ([ version => '1.4' ], [ license => 'PostgreSQL License' ], [ tags => ['a/b'] ], [ homepage => 'x' ],
	[ prereqs => { runtime => { requires => { PostgreSQL => '15' } } } ], [ provides => { salesopp => { file => 'a' } } ])
{
	my ($key, $value) = @$change;
	isnt(join('; ', faults($meta_spec, { %$meta, $key => $value }, 'META')), '', "and not with another $key");
}

# ---------- the archive

SKIP:
{
	skip 'it is made of what git has committed, and git is not there', 1 if system('git --version >/dev/null 2>&1') != 0;
	skip 'this is not the repository, but made of it', 1 unless -e "$project/.gitattributes";

	# as it would be committed
	local $ENV{GIT_CONFIG_GLOBAL} = '/dev/null';
	system("cd $project && mkdir $dir/repository && tar -c --exclude=./.git --exclude=./tmp_check . | tar -x -C $dir/repository && cd $dir/repository &&
		git init -q && git add -A && git -c user.name=a -c user.email=a\@b commit -q -m all && touch forgotten && git add forgotten") == 0
		or die 'cannot make a repository';
	my ($out, $err) = run_command([ 'make', '-s', '-C', "$dir/repository", 'dist' ]);
	my $name = "$meta->{name}-$meta->{version}";
	is($out, "dist/$name.zip", 'make dist');
	like($err, qr/not committed is left out/, 'says what it leaves out');

	my %files;
	my $zip = IO::Uncompress::Unzip->new("$dir/repository/dist/$name.zip") or die "cannot read the archive: $UnzipError";
	do { local $/; $files{ $zip->getHeaderInfo->{Name} } = <$zip> } while $zip->nextStream == 1;
	is(join(' ', grep { !m{^\Q$name\E/} } sort keys %files), '', "all is in $name/");
	%files = map { s{^\Q$name\E/}{}r => $files{$_} } grep { !m{/$} } keys %files;
	is(join(' ', grep { /^\.|\.(?:o|so|bc)$|^forgotten$/ } sort keys %files), '', 'nothing that is only for those who work on it');
	is(join(' ', grep { !exists $files{$_} } qw(Makefile README.md LICENSE salesopp.control META.json), map { @$_{qw(file docfile)} } values %{ $meta->{provides} }),
		'', 'and all that META.json names');

	for my $file (keys %files)
	{
		my ($folder) = "$dir/unpacked/$file" =~ m{^(.*)/};
		system('mkdir', '-p', $folder) == 0 or die "cannot make $folder" unless -d $folder;
		append_to_file("$dir/unpacked/$file", $files{$file});
	}
	# without the compiler's work on speed, which takes most of the time
	command_ok([ 'make', '-s', '-C', "$dir/unpacked", 'with_llvm=no', 'COPT=-O0', 'install', "DESTDIR=$dir/installed" ], 'it builds and installs');
	# translations come only where there is msgfmt
	my @installed = grep { !/\.mo$/ } split /\n/, `cd $dir/installed && find . -type f -printf '%f\\n' | sort`;
	is("@installed", join(' ', sort 'salesopp.control', 'salesopp.so', map { s{^sql/}{}r } split(/\s+/, `make -s -C $dir/unpacked list-built list-released`), 'salesopp--1.0.control'),
		'all scripts, released and built');
}

done_testing();
