import datetime
import os
from decimal import Decimal

import pyodbc

from tap import done, same, test

environment = os.environ
connection = pyodbc.connect(f"Driver={{PostgreSQL Unicode}};Servername={environment['PGHOST']};Port={environment['PGPORT']};"
                            f"Database={environment['PGDATABASE']};UID=client_odbc;BoolsAsChar=0;MaxVarcharSize=4000")
connection.autocommit = True
cursor = connection.cursor()


def ask(statement, *values):
    return [tuple(row) for row in cursor.execute(statement, *values)]


def tables_and_views():
    for kind, letter in (("TABLE", "r"), ("VIEW", "v")):
        told = {row.table_name for row in cursor.tables(schema="salesopp", tableType=kind)}
        same(told, {row[0] for row in ask("SELECT relname::text FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = ?", letter)})


def columns_and_types():
    for relation in ("opportunity", "opportunity_list", "pipeline_by_employee"):
        told = {row.column_name: row for row in cursor.columns(schema="salesopp", table=relation)}
        names = [row[0] for row in ask("SELECT attname::text FROM pg_attribute WHERE attrelid = ?::text::regclass AND attnum > 0 AND NOT attisdropped", "salesopp." + relation)]
        same(sorted(told), sorted(names))
    told = {row.column_name: row for row in cursor.columns(schema="salesopp", table="opportunity")}
    same((told["estimated_revenue"].type_name, told["estimated_revenue"].column_size, told["estimated_revenue"].decimal_digits), ("numeric", 18, 2))
    same((told["id"].type_name, told["decision_date"].type_name, told["subject"].nullable), ("int8", "date", 0))


def values_have_their_types():
    row = ask("SELECT id, subject, status, estimated_revenue, decision_date, changed_at, has_process FROM salesopp.opportunity_list WHERE status = 'open' ORDER BY id LIMIT 1")[0]
    same([type(value) for value in row], [int, str, str, Decimal, datetime.date, datetime.datetime, bool])
    same(ask("SELECT subject FROM salesopp.opportunity_list WHERE estimated_revenue = ?", Decimal("3000.25")), [("Deal 3 of 1",)])


def keys():
    same([row.column_name for row in cursor.primaryKeys(schema="salesopp", table="opportunity")], ["organization_id", "id"])
    told = [(row.pktable_name, row.pkcolumn_name, row.fkcolumn_name, row.key_seq)
            for row in cursor.foreignKeys(foreignSchema="salesopp", foreignTable="opportunity") if row.pktable_name == "company"]
    same(told, [("company", "organization_id", "organization_id", 1), ("company", "id", "company_id", 2)])
    same([tuple(row) for row in cursor.primaryKeys(schema="salesopp", table="opportunity_list")], [])


def comments():
    told = {row.table_name: row.remarks for row in cursor.tables(schema="salesopp")}
    stored = dict(ask("SELECT relname::text, obj_description(oid) FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind IN ('r', 'v')"))
    if not any(told.values()):
        print("# This driver has no remarks of tables: ask obj_description()")
    assert all(stored.values()) and all(told[name] in (stored[name], None, "") for name in stored)


def one_organization():
    same(ask("SELECT DISTINCT organization_id FROM salesopp.opportunity"), [(1,)])


def functions_and_criteria():
    same(ask("SELECT subject FROM salesopp.search(?::jsonb, 'id', 2)", '{"text": "deal 1%"}'), [("Deal 1 of 1",), ("Deal 10 of 1",)])
    xlsx, = ask("SELECT salesopp.export_xlsx()")[0]
    same(bytes(xlsx[:2]), b"PK")


def errors():
    try:
        ask("SELECT * FROM salesopp.search('{\"foo\": 1}')")
        raise AssertionError("not refused")
    except pyodbc.Error as error:
        same(error.args[0], "22023")
        assert 'unknown search criterion "foo"' in error.args[1]


test("tables and views are listed, each as what it is", tables_and_views)
test("columns with their types", columns_and_types)
test("values have types that can be calculated with", values_have_their_types)
test("keys and foreign keys, of two columns", keys)
test("comments", comments)
test("one organization's rows", one_organization)
test("functions, with criteria as a parameter, and files", functions_and_criteria)
test("errors have their SQLSTATE", errors)
done()
