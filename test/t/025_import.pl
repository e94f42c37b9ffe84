# Files as other systems write them: what becomes of each row, and what is said of it (test/perl/ImportedFiles.pm). N11; issue 15, 1 to 3
use strict;
use warnings FATAL => 'all';

use FindBin;
use lib "$FindBin::Bin/../perl";
use ImportedFiles;
use PostgreSQL::Test::Cluster;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('import');
$node->init(extra => [ '--locale=C.UTF-8', '--encoding=UTF8' ]);
$node->start;
create_importer($node);
import_files($node);

done_testing();
