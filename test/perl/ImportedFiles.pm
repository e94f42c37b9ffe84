# Files as other systems write them, from the bytes to records, imported by a manager (test/import/README.md).
package ImportedFiles;

use strict;
use warnings FATAL => 'all';

use Exporter 'import';
use FindBin;
use MIME::Base64;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(create_importer import_files);

my $node;
my @as_manager = (extra_params => [ '-U', 'importer' ]);

# The organization with its sales processes, and the manager's role.
sub create_importer
{
	my ($server) = @_;
	$server->safe_psql('postgres', q{CREATE EXTENSION salesopp CASCADE;
		SELECT salesopp.create_organization('Fjellbris Energi AS');
		UPDATE salesopp.organization SET time_zone = 'Europe/Oslo';
		CREATE ROLE importer LOGIN;
		GRANT CREATE ON SCHEMA public TO importer;
		SELECT format('ALTER ROLE importer SET salesopp.organization_id = %L', id) FROM salesopp.organization \gexec
		ALTER ROLE importer SET TimeZone = 'Europe/Oslo';
		SELECT salesopp.grant_access('importer', 'manager');
		SELECT set_config('salesopp.organization_id', id::text, false) FROM salesopp.organization;
		INSERT INTO salesopp.department (name) VALUES ('Bedrift'), ('Offentlig'), ('Service');
		WITH p (name, stages) AS (VALUES
			('Salesforce', '{Prospecting,Qualification,Needs Analysis,Value Proposition,Id. Decision Makers,Perception Analysis,Proposal/Price Quote,Negotiation/Review}'::text[]),
			('Sales Pipeline', '{Appointment Scheduled,Qualified To Buy,Presentation Scheduled,Decision Maker Bought-In,Contract Sent}'),
			('Pipeline', '{Qualified,Contact Made,Demo Scheduled,Proposal Made,Negotiations Started}'),
			('Odoo', '{New,Qualified,Proposition}'), ('Dynamics', '{Qualify,Develop,Propose,Close}'),
			('SuiteCRM', '{Prospecting,Qualification,Needs Analysis,Value Proposition,Identifying Decision Makers,Perception Analysis,Proposal/Price Quote,Negotiation/Review}'),
			('EspoCRM', '{Prospecting,Qualification,Proposal,Negotiation}')),
		s AS (INSERT INTO salesopp.sales_process (name) SELECT name FROM p RETURNING id, name)
		INSERT INTO salesopp.sales_process_stage (sales_process_id, position, name, probability)
		SELECT s.id, g.position, g.name, 100 * g.position / cardinality(p.stages) FROM s JOIN p USING (name), unnest(p.stages) WITH ORDINALITY g (name, position);});
	return;
}

sub load_statement
{
	my ($file) = @_;
	my $bytes = encode_base64(slurp_file("$FindBin::Bin/../import/$file.csv"), '');
	return "SET client_min_messages = warning; SELECT count(*) FROM salesopp.load_file('staging', decode('$bytes', 'base64'));\n";
}

# import_file RECORDS FILE OPTIONS EXPECTED [VALUES...]: EXPECTED has, by row, the column of its error; "out": it is left out with a warning;
# "?column": imported with a warning. All other rows are imported without any but what the stamps' names and other systems' ratings bring. VALUES are pairs of a query and its result, before the import is undone.
sub import_file
{
	my ($records, $file, $options, $expected, @values) = @_;
	my $record = $records =~ s/ies$/y/r =~ s/s$//r;
	my $import = "SELECT string_agg(format('%s|%s', row_number, outcome), E'\\n' ORDER BY row_number) FROM salesopp.import_$records('staging', NULL, '"
		. ($options =~ s/^\{/{"partial": true, /r =~ s/, \}$/}/r) . "')";
	my $check = "SELECT string_agg(format('%s|%s|%s|%s', row_number, column_name, severity, problem), E'\\n' ORDER BY row_number, severity, place) FROM salesopp.import_check('staging', NULL, '$options', '$record')"
		. " WITH ORDINALITY c (row_number, column_name, value, severity, problem, hint, place)"
		. " WHERE row_number IS NOT NULL AND problem !~ '^(there is no employee of that name, and so nobody|it is no rating, and)'";
	my @queries = ($import, map { $values[ 2 * $_ ] } 0 .. @values / 2 - 1);
	my $commit = $file eq 'salesforce-users' ? 'COMMIT' : 'ROLLBACK';
	my $out = $node->safe_psql('postgres', 'BEGIN;' . load_statement($file) . "$check;\n" . join('', map { "SELECT '~';\n$_;\n" } @queries) . "DROP TABLE staging; $commit;", @as_manager);
	my ($problems, $outcomes, @found) = split /^~\n?/m, $out;
	my (%is, %outcome);

	%outcome = map { split /\|/ } split /\n/, $outcomes;
	for (split /\n/, $problems)
	{
		next unless /^(\d+)\|([^|]*)\|(error|warning)\|(.*)/;
		my ($row, $column, $severity, $problem) = ($1, $2, $3, $4);
		next if defined $is{$row} && $is{$row} !~ /^\?/;
		$is{$row} = $problem =~ /left out$/ && (!defined $outcome{$row} || $outcome{$row} eq 'refused') ? 'out' : $severity eq 'error' ? $column : "?$column";
	}
	is_deeply(\%is, $expected, "$file: what is said of its $records");
	is_deeply([ sort { $a <=> $b } grep { $outcome{$_} eq 'refused' } keys %outcome ],
		[ sort { $a <=> $b } grep { ($expected->{$_} // '?') !~ /^\?/ && defined $outcome{$_} } keys %$expected ], "$file: which are refused");
	for (0 .. $#found)
	{
		chomp $found[$_];
		is($found[$_], $values[ 2 * $_ + 1 ], "$file: $values[2 * $_]");
	}
	return;
}

my $what = q{concat_ws('|', o.status, o.estimated_revenue, o.actual_revenue, o.decision_date, o.close_date)};
sub of { return "SELECT $what FROM salesopp.opportunity o WHERE subject = '$_[0]'" }

# What is no file to import.
sub refuse_file
{
	my ($file, $message) = @_;
	my ($code, $out, $err) = $node->psql('postgres', load_statement($file) . "SELECT count(*) FROM salesopp.import_opportunities('staging');", @as_manager);
	like($err, $message, "$file is refused");
	return;
}

sub import_files
{
	($node) = @_;
	import_file('employees', 'salesforce-users', '{}', { 10 => 'Alias', 11 => 'Department', 12 => 'Full Name' });
	is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE is_active) FROM salesopp.employee', @as_manager), '9|8', 'employees for all other files');

	import_file('opportunities', 'salesforce-report', '{"sales_process": "Salesforce"}',
		{ 6 => '?actual_revenue', 7 => 'Stage', 8 => 'Opportunity Owner', 9 => 'Amount', 11 => 'Close Date', 12 => 'Amount', 13 => '', 14 => 'Opportunity Name',
			16 => 'Probability (%)', map { $_ => 'out' } 19 .. 24 },
		of('Heat pumps, phase 1'), 'open|48500.00|2027-01-29', of('Depot lighting'), 'won|86400.00|86400.00|2026-06-30',
		q{SELECT r.name FROM salesopp.opportunity o JOIN salesopp.loss_reason r ON r.id = o.loss_reason_id WHERE o.subject = 'Service agreement 2026'}, 'Price too high');
	import_file('opportunities', 'salesforce-report-nb', '{"sales_process": "Salesforce"}',
		{ 6 => '?Close Date', 11 => 'Close Date', 12 => 'Stage', map { $_ => 'out' } 3, 8, 13 .. 18 });
	import_file('opportunities', 'salesforce-dataloader-opportunity', '{"sales_process": "Salesforce"}', { 5 => 'out', 6 => 'STAGENAME', 7 => 'OWNERID', 10 => 'CURRENCYISOCODE' });
	import_file('opportunities', 'hubspot-deals', '{}',
		{ 4 => 'Closed Lost Reason', 5 => 'Close Date', 6 => '?actual_revenue', 7 => 'Deal owner', 9 => 'Record ID', 10 => 'Pipeline', 13 => 'Currency' });
	import_file('opportunities', 'pipedrive-deals', '{}',
		{ 5 => '?Deal - Lost reason', 6 => 'Deal - Status', 8 => 'Deal - Currency of Value', 9 => 'Deal - Stage', 11 => 'Deal - Deal closed on', 12 => '', 14 => 'Deal - Title' },
		of('Isanlegg'), 'won|99000.00|99000.00|2026-09-15|2026-09-29');
	import_file('opportunities', 'odoo-crm-lead', '{"sales_process": "Odoo"}', { 6 => 'Lost Reason', 11 => 'Sales Team', 13 => '' },
		q{SELECT count(*) FROM salesopp.opportunity WHERE subject = '-10 % kampanje høst'}, 1,
		q{SELECT c.name, t.last_name FROM salesopp.opportunity o JOIN salesopp.company c ON c.id = o.company_id JOIN salesopp.contact t ON t.id = o.contact_id
			WHERE o.subject = 'Varmesentral'}, 'Bjørkelund Bygg AS|Engåsen');
	import_file('opportunities', 'odoo-crm-lead-technical', '{"sales_process": "Odoo"}', { 1 => 'partner_id/id', map { $_ => 'stage_id/id' } 2 .. 9 });
	import_file('opportunities', 'dynamics-opportunities', '{"sales_process": "Dynamics"}',
		{ 7 => 'Est. revenue', 8 => 'Est. revenue', 9 => '?Est. close date', 10 => 'Est. revenue', 12 => 'Owner', 13 => '',
			14 => 'Status Reason', 15 => 'Est. revenue' },
		of('Isanlegg'), 'won|95000.00|99000.00|2026-09-15|2026-09-29');
	import_file('opportunities', 'dynamics-opportunities-serial', '{"sales_process": "Dynamics"}',
		{ 5 => '?Est. close date', 6 => '?Est. close date', 8 => 'Est. close date' });
	import_file('opportunities', 'suitecrm-opportunities', '{"sales_process": "SuiteCRM"}',
		{ 6 => 'Amount', 7 => 'out', 8 => '?Expected Close Date', 9 => 'Assigned User Name', 10 => 'Currency' },
		of('Isanlegg'), 'won|99000.00|99000.00|2026-09-29', of(q{O''Hallow & sønner "natt"}), 'open|480000.50|2027-02-28');
	import_file('opportunities', 'espocrm-opportunities', '{"sales_process": "EspoCRM"}', { 8 => 'amountCurrency', 9 => 'accountId' });
	import_file('opportunities', 'salesopp-list-en', '{}', { 6 => 'Id', map { $_ => '' } 1 .. 4, 7, 8 });
	import_file('opportunities', 'salesopp-list-nb', '{}', { 1 => '', 2 => '', 3 => '', 4 => '', 5 => 'Status', 6 => 'Årsak', 7 => '', 8 => 'Ansvarlig' });
	import_file('opportunities', 'spreadsheet-nb', '{"sales_process": "Standard sales process"}',
		{ (map { $_ => 'Beløp' } 9 .. 13, 25), 15 => '?Forventet lukking', 16 => 'close_date', 17 => 'Fase', 19 => 'Fase', 20 => 'Selger', 21 => 'Selger', 22 => 'Selger', 28 => 'out' });
	import_file('opportunities', 'spreadsheet-ambiguous-dates', '{"date_order": "dmy"}', {});
	import_file('opportunities', 'spreadsheet-time-zones', '{}', { 5 => 'Closed', 6 => 'Closed', 7 => 'Closed', 9 => 'Closed' },
		of('Nettordre 2'), 'won|200.50|200.50|2026-07-01', of('Nettordre 3'), 'won|300.50|300.50|2026-06-30');
	import_file('opportunities', 'broken-quote', '{}', {});
	import_file('opportunities', 'broken-quotes-inside', '{"sales_process": "SuiteCRM"}', {}, of('Rør 6" og 8" lang'), 'open|2000.00', of('Rør 8", krympet'), 'open|3000.00');
	import_file('opportunities', 'broken-short-rows', '{}', { 5 => 'Value' });
	import_file('opportunities', 'utf16-excel-text', '{}', {}, of('Sak 1'), 'open|1000.50|2027-02-01');

	import_file('employees', 'espocrm-users', '{}', {});
	import_file('companies', 'hubspot-companies', '{}', { 7 => 'Company name', 9 => '' });
	import_file('companies', 'suitecrm-accounts', '{}', { 4 => 'out' });
	import_file('companies', 'odoo-res-partner', '{}', { map { $_ => 'out' } 2 .. 5, 7 });
	import_file('contacts', 'odoo-res-partner', '{}', { 1 => 'out', 5 => 'Related Company', 6 => 'out', 8 => 'out' });
	import_file('contacts', 'pipedrive-persons', '{}', { 4 => 'Person - Organization', 8 => '' });
	import_file('contacts', 'dynamics-contacts', '{}', { 5 => 'Last Name', 8 => 'Gender' });
	import_file('projects', 'odoo-project', '{}', { 6 => 'Name' });
	import_file('activities', 'suitecrm-calls', '{}', { 6 => 'out' });
	import_file('activities', 'pipedrive-activities', '{}',
		{ 6 => 'Activity - Type', 7 => 'Activity - Subject', map { $_ => 'Activity - Deal' } 1, 2, 4, 8, 9 });
	import_file('activities', 'salesforce-tasks', '{}', { 1 => 'Opportunity', 5 => 'Opportunity', 10 => 'out', 11 => 'out' });

	refuse_file('empty', qr/the file is empty/);
	refuse_file('spreadsheet-mixed-dates', qr/Expected close: the month comes first here/);
	refuse_file('spreadsheet-ambiguous-dates', qr/Expected close: day and month can be read in two ways/);
	return;
}

1;
