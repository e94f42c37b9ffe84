/*
 * make_staging.c
 *		A table for a CSV file: texts, as its header names them.
 *
 * It is made with the caller's rights, and named in the caller's search path: so the function has none of its own.
 */
#include "compat.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "import/csv_header.h"
#include "import/make_staging.h"

PG_FUNCTION_INFO_V1(make_staging);

/*
 * What it is called, where there is no such relation yet. Without a schema it is temporary, and so nobody else's, and gone
 * with the session. It does not hide what that name means to the caller so far.
 */
static RangeVar *
new_name(text *name)
{
	RangeVar   *relation = makeRangeVarFromNameList(textToQualifiedNameList(name));

	if (OidIsValid(RangeVarGetRelid(relation, NoLock, true)))
		ereport(ERROR,
				errcode(ERRCODE_DUPLICATE_TABLE),
				errmsg("relation \"%s\" already exists", text_to_cstring(name)),
				errhint("Drop it first, or pass another name."));
	if (relation->schemaname == NULL)
		relation->schemaname = "pg_temp";
	return relation;
}

RangeVar *
make_staging_table(text *name, char **columns, int n)
{
	RangeVar   *relation = new_name(name);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", quote_qualified_identifier(relation->schemaname, relation->relname));
	for (int i = 0; i < n; i++)
		appendStringInfo(&sql, "%s%s pg_catalog.text", i > 0 ? ", " : "", quote_identifier(columns[i]));
	appendStringInfoChar(&sql, ')');

	SPI_connect();
	if (SPI_execute(sql.data, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not make a table for a header");
	SPI_finish();
	return relation;
}

/* Who does not know that the file needs it is told how it is read. */
static void
tell_delimiter(const text *name, char delimiter)
{
	if (delimiter != ',')
		ereport(NOTICE,
				delimiter == '\t' ? errmsg("the delimiter of the header is a tab") : errmsg("the delimiter of the header is \"%c\"", delimiter),
				errhint("Read the file with \\copy %s FROM 'FILE' WITH (FORMAT csv, HEADER, DELIMITER %s)",
						text_to_cstring(name), delimiter == '\t' ? "E'\\t'" : quote_literal_cstr(pnstrdup(&delimiter, 1))));
}

Datum
make_staging(PG_FUNCTION_ARGS)
{
	text	   *name;
	text	   *line;
	RangeVar   *relation;
	CsvHeader	header;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				PG_ARGISNULL(0) ? errmsg("the name of a staging table must not be NULL") : errmsg("the header of a staging table must not be NULL"),
				errhint("Pass a name, and the first line of the CSV file."));
	name = PG_GETARG_TEXT_PP(0);
	line = PG_GETARG_TEXT_PP(1);
	header = read_csv_header(VARDATA_ANY(line), VARSIZE_ANY_EXHDR(line));
	relation = make_staging_table(name, header.names, header.n);
	tell_delimiter(name, header.delimiter);
	PG_RETURN_OID(RangeVarGetRelid(relation, NoLock, false));
}
