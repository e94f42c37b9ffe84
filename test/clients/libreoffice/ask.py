# usage: python3 ask.py PIPE JDBC-URL ROLE     in a folder of its own, with a data source "salesopp" of ODBC
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet.DataPilotFieldOrientation import COLUMN, DATA, ROW
from com.sun.star.sheet.GeneralFunction import SUM
from com.sun.star.table import CellAddress, CellRangeAddress

from tap import done, same, test

pipe, jdbc_url, role = sys.argv[1:]


def stored(statement):
    """What psql says."""
    done = subprocess.run(["psql", "-X", "-q", "-At", "-F", "|", "-c", statement], env={**os.environ, "PGUSER": role}, capture_output=True, text=True, check=True)
    return [tuple(line.split("|")) for line in done.stdout.splitlines()]


def connect_to_office():
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            time.sleep(0.5)
    raise SystemExit("the office does not answer")


def value(name, what):
    return PropertyValue(Name=name, Value=what)


office = connect_to_office()
create = lambda name: office.ServiceManager.createInstanceWithContext(name, office)
databases = create("com.sun.star.sdb.DatabaseContext")
desktop = create("com.sun.star.frame.Desktop")


def make_source(name, url, *info):
    """A Base document, registered under a name, as its wizard makes it."""
    source = databases.createInstance()
    source.URL = url
    source.User = role
    source.Info = info
    source.TableFilter = ("%",)
    place = f"file://{os.getcwd()}/{name}.odb"
    source.DatabaseDocument.storeAsURL(place, ())
    databases.registerObject(name, source)
    return source


# Drivers call the columns of their answers otherwise; where these stand is laid down.
PLACES = {"tables": (3, 5), "columns": (4, 6), "keys": (4, 4), "foreign keys": (3, 8)}


def answers(result, what):
    found = []
    first, second = PLACES[what]
    while result.next():
        found.append((result.getString(first), result.getString(second)))
    return found


def tables_and_views(connection):
    for kind, letter in (("TABLE", "r"), ("VIEW", "v")):
        told = answers(connection.MetaData.getTables(None, "salesopp", "%", (kind,)), "tables")
        same(sorted((name,) for name, _ in told), sorted(stored(f"SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = '{letter}'")))
    names = connection.Tables.ElementNames
    assert any(name.endswith("salesopp.opportunity_list") for name in names) and any(name.endswith("salesopp.opportunity") for name in names), f"Base shows the views among its tables: {names[:3]}"


def columns(connection):
    told = answers(connection.MetaData.getColumns(None, "salesopp", "opportunity_list", "%"), "columns")
    known = stored("""SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = 'salesopp.opportunity_list'::regclass AND a.attnum > 0 ORDER BY a.attnum""")
    same([name for name, _ in told], [name for name, _ in known])
    kinds = dict(told)
    same([kinds[name] for name in ("id", "estimated_revenue", "decision_date")], ["int8", "numeric", "date"])


def keys(connection):
    told = answers(connection.MetaData.getPrimaryKeys(None, "salesopp", "opportunity"), "keys")
    same(sorted(name for name, _ in told), ["id", "organization_id"])
    foreign = answers(connection.MetaData.getImportedKeys(None, "salesopp", "opportunity"), "foreign keys")
    assert ("company", "company_id") in foreign, foreign


def comments(connection):
    told = dict(answers(connection.MetaData.getTables(None, "salesopp", "opportunity%", ("TABLE", "VIEW")), "tables"))
    known = dict(stored("SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind IN ('r', 'v') AND relname LIKE 'opportunity%'"))
    same(told, known)


QUERY = """SELECT COALESCE(to_char(decision_date, 'YYYY-MM'), 'none') AS month, COALESCE(responsible, 'nobody') AS responsible, weighted_value AS pipeline
    FROM salesopp.opportunity_list WHERE status = 'open'"""


def pivot(connection):
    """The rows of a query of Base in a sheet of Calc, and a pivot table of them: months down, people across."""
    document = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (value("Hidden", True),))
    try:
        sheet = document.Sheets.getByIndex(0)
        result = connection.createStatement().executeQuery(QUERY)
        rows = [("month", "responsible", "pipeline")]
        while result.next():
            rows.append((result.getString(1), result.getString(2), result.getDouble(3)))
        last = len(rows) - 1
        sheet.getCellRangeByPosition(0, 0, 2, last).DataArray = tuple(rows)
        same(last, int(stored("SELECT count(*) FROM salesopp.opportunity_list WHERE status = 'open'")[0][0]))
        tables = sheet.DataPilotTables
        descriptor = tables.createDataPilotDescriptor()
        descriptor.setSourceRange(CellRangeAddress(0, 0, 0, 2, last))
        fields = descriptor.DataPilotFields
        for position, orientation in ((0, ROW), (1, COLUMN), (2, DATA)):
            fields.getByIndex(position).Orientation = orientation
        fields.getByIndex(2).Function = SUM
        tables.insertNewByName("pipeline", CellAddress(0, 5, 0), descriptor)
        shown = tables.getByIndex(0).OutputRange
        cells = sheet.getCellRangeByPosition(shown.StartColumn, shown.StartRow, shown.EndColumn, shown.EndRow).DataArray
    finally:
        document.close(True)
    # a row with the buttons of the fields, one with the people, then the months; totals last
    heading = next(i for i, row in enumerate(cells) if "KH" in row)
    people = cells[heading][1:]
    found = {(row[0], person): round(amount, 4) for row in cells[heading + 1:] for person, amount in zip(people, row[1:]) if amount != ""}
    total = list(cells[-1])[-1]
    return found, total


def pivot_is_right(connection):
    found, total = pivot(connection)
    expected = {(month, person): float(amount) for month, person, amount in
                stored(f"SELECT month, responsible, sum(pipeline) FROM ({QUERY}) q GROUP BY 1, 2")}
    assert len(expected) > 6
    same({cell: found.get(cell) for cell in expected}, expected)
    same(round(total, 4), float(stored("SELECT pipeline FROM salesopp.summary() WHERE status = 'open'")[0][0]))


def rows_of_one_organization(connection):
    result = connection.createStatement().executeQuery("SELECT DISTINCT organization_id FROM salesopp.opportunity")
    result.next()
    same((result.getLong(1), result.next()), (1, False))


for kind, url, info in (("ODBC", "sdbc:odbc:salesopp", ()),
                        ("JDBC", jdbc_url, (value("JavaDriverClass", "org.postgresql.Driver"),
                                            value("JavaDriverClassPath", "file:///usr/share/java/postgresql.jar")))):
    made = {}

    def connects():
        made["connection"] = make_source(kind, url, *info).getConnection(role, "")

    test(f"{kind}: Base connects", connects)
    if "connection" not in made:
        continue
    connection = made["connection"]
    test(f"{kind}: tables and views", lambda: tables_and_views(connection))
    test(f"{kind}: columns and types", lambda: columns(connection))
    # LibreOffice 7.4 breaks down when it is asked for foreign keys by ODBC, and has no comments there
    if kind == "JDBC":
        test(f"{kind}: keys and foreign keys", lambda: keys(connection))
        test(f"{kind}: comments", lambda: comments(connection))
    test(f"{kind}: one organization's rows", lambda: rows_of_one_organization(connection))
    test(f"{kind}: a pivot table of the pipeline by month and responsible", lambda: pivot_is_right(connection))
    connection.close()
done()
desktop.terminate()
