# usage: python3 check.py FOLDER ROLE     with the database in the PG* variables
import json
import os
import subprocess
import sys

import yaml

from tap import done, test

folder, role = sys.argv[1:]


def ask(statement):
    """The rows of a statement as the role sees them; what PostgreSQL says where it refuses it."""
    done = subprocess.run(["psql", "-X", "-q", "-At", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-c", statement],
                          env={**os.environ, "PGUSER": role}, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr.strip() + " in " + statement)
    text = done.stdout.rstrip("\n")
    return [row.split("\x1f") for row in text.split("\x1e")] if text else []


def no_key_twice(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"twice in one object: {keys}"
    return dict(pairs)


# ---------- Grafana

with open(folder + "/grafana/pipeline.json") as file:
    dashboard = json.load(file, object_pairs_hook=no_key_twice)

panels = dashboard["panels"]
queries = [(panel["title"], target) for panel in panels for target in panel["targets"]]
variables = {each["name"]: each for each in dashboard["templating"]["list"]}


def is_a_dashboard():
    assert dashboard["title"] and dashboard["uid"] and isinstance(dashboard["schemaVersion"], int)
    assert "id" not in dashboard, "a file that is imported has none"
    ids = [panel["id"] for panel in panels]
    assert len(ids) == len(set(ids)), "two panels with one id"
    for panel in panels:
        place = panel["gridPos"]
        assert 0 <= place["x"] and place["x"] + place["w"] <= 24 and place["h"] > 0, panel["title"]
        assert panel["type"] in ("stat", "timeseries", "barchart", "table"), panel["type"]
        references = [target["refId"] for target in panel["targets"]]
        assert references and len(references) == len(set(references))
    fields = [(a, b) for a in panels for b in panels if a["id"] < b["id"]]
    for a, b in fields:
        p, q = a["gridPos"], b["gridPos"]
        apart = p["x"] + p["w"] <= q["x"] or q["x"] + q["w"] <= p["x"] or p["y"] + p["h"] <= q["y"] or q["y"] + q["h"] <= p["y"]
        assert apart, f"{a['title']} lies over {b['title']}"
    for each in panels + [variables["responsible"]]:
        assert each["datasource"]["uid"] == "${datasource}", "whoever imports it chooses the database"


def as_grafana_sends_it(statement, chosen):
    for macro, value in (("$__timeFrom()", "'2026-01-01T00:00:00Z'::timestamptz"), ("$__timeTo()", "'2027-01-01T00:00:00Z'::timestamptz"),
                         ("${responsible:singlequote}", chosen)):
        statement = statement.replace(macro, value)
    assert "$" not in statement, "a variable that there is not: " + statement
    return statement


def shows(title, chosen="'0'"):
    target, = [target for name, target in queries if name == title]
    return ask(as_grafana_sends_it(target["rawSql"], chosen))


def every_query_runs():
    for title, target in queries:
        assert target["rawQuery"] and target["format"] in ("table", "time_series")
        rows = shows(title)
        # of pasts that are too short there is nothing to be stalled by
        assert rows or title == "Stalled", f"{title} shows nothing"
    ask(variables["responsible"]["query"])


def time_series_have_a_time():
    for title, target in queries:
        if target["format"] == "time_series":
            described = ask("SELECT * FROM (%s) q LIMIT 0" % as_grafana_sends_it(target["rawSql"], "'0'"))
            assert described == []
            assert ask("SELECT pg_typeof(time) FROM (%s) q LIMIT 1" % as_grafana_sends_it(target["rawSql"], "'0'")) \
                == [["timestamp with time zone"]], title


def overrides_name_columns():
    for panel in panels:
        for override in panel.get("fieldConfig", {}).get("overrides", []):
            name = override["matcher"]["options"]
            assert f'AS "{name}"' in panel["targets"][0]["rawSql"], name


def figures_are_those_of_the_extension():
    open_pipeline, = ask("SELECT pipeline FROM salesopp.summary() WHERE status = 'open'")
    assert shows("Open pipeline") == [open_pipeline], (shows("Open pipeline"), open_pipeline)
    of_one, = ask("SELECT open_pipeline, responsible_id FROM salesopp.pipeline_by_employee WHERE initials = 'KH'")
    assert shows("Open pipeline", f"'{of_one[1]}'") == [of_one[:1]]
    assert sum(float(row[2]) for row in shows("By responsible")) == float(open_pipeline[0])


test("the dashboard is one", is_a_dashboard)
test("its queries name what exists, and show something", every_query_runs)
test("series have a time", time_series_have_a_time)
test("columns that are formatted are there", overrides_name_columns)
test("its figures are the extension's", figures_are_those_of_the_extension)

# ---------- dbt


class WithoutRepetition(yaml.SafeLoader):
    pass


def no_name_twice(loader, node):
    return no_key_twice([(loader.construct_object(key), loader.construct_object(value, deep=True)) for key, value in node.value])


WithoutRepetition.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, no_name_twice)
with open(folder + "/dbt/schema.yml") as file:
    schema = yaml.load(file, WithoutRepetition)
source, = schema["sources"]
relations = {table["name"]: table for table in source["tables"]}
catalog = {}
for relation, column, comment, labels in ask("""
        SELECT c.relname, a.attname, col_description(c.oid, a.attnum),
            (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = a.atttypid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY c.relname, a.attnum"""):
    catalog.setdefault(relation, {})[column] = (comment, labels)


def is_a_schema():
    assert schema["version"] == 2 and set(schema) == {"version", "sources"}
    assert source["schema"] == "salesopp"
    assert len(relations) == len(source["tables"]), "a table twice"
    for table in source["tables"]:
        assert set(table) == {"name", "description", "data_tests", "columns"}, table["name"]
        for column in table["columns"]:
            assert set(column) <= {"name", "description", "data_tests"}, column


def names_what_exists():
    for name, table in relations.items():
        assert name in catalog, name
        columns = [column["name"] for column in table["columns"]]
        assert columns == list(catalog[name]), f"{name}: {columns}"
        for column in table["columns"]:
            assert column["description"] == catalog[name][column["name"]][0], f"{name}.{column['name']}: {column['description']}"


def has_every_view():
    # what goes on this minute is no source of a report
    views = {row[0] for row in ask("SELECT relname FROM pg_class WHERE relnamespace = 'salesopp'::regnamespace AND relkind = 'v'")} - {"progress"}
    assert views <= set(relations), views - set(relations)


def failures(name, column, kind, arguments):
    """What dbt's test of that name asks for: the rows that fail."""
    relation = f"salesopp.{name}"
    if kind == "unique":
        key = arguments.get("column_name", column)
        return f"SELECT {key} FROM {relation} WHERE {key} IS NOT NULL GROUP BY {key} HAVING count(*) > 1"
    if kind == "not_null":
        return f"SELECT * FROM {relation} WHERE {column} IS NULL"
    if kind == "accepted_values":
        values = ", ".join(f"'{value}'" for value in arguments["values"])
        return f"SELECT {column} FROM {relation} WHERE {column} NOT IN ({values})"
    assert kind == "relationships", kind
    target, = [table for table in relations if arguments["to"] == f"source('salesopp', '{table}')"]
    return (f"SELECT {column} FROM {relation} c WHERE {column} IS NOT NULL"
            f" AND NOT EXISTS (SELECT FROM salesopp.{target} p WHERE p.{arguments['field']} = c.{column})")


def its_tests():
    for table in source["tables"]:
        for where in [table] + table["columns"]:
            for each in where.get("data_tests", []):
                kind, arguments = (each, {}) if isinstance(each, str) else next(iter(each.items()))
                yield table["name"], where["name"], kind, arguments


def its_tests_pass():
    counts = [f"SELECT '{kind} of {name}.{column.replace(chr(39), chr(39) * 2)}', (SELECT count(*) FROM ({failures(name, column, kind, arguments)}) f)"
              for name, column, kind, arguments in its_tests()]
    found = [row for row in ask(" UNION ALL ".join(counts)) if row[1] != "0"]
    assert not found, found
    kinds = {kind for _, _, kind, _ in its_tests()}
    assert kinds == {"unique", "not_null", "accepted_values", "relationships"}, kinds


def accepts_what_types_have():
    for name, column, kind, arguments in its_tests():
        if kind == "accepted_values":
            assert ",".join(arguments["values"]) == catalog[name][column][1], f"{name}.{column}"
    told = {(name, column) for name, column, kind, _ in its_tests() if kind == "accepted_values"}
    assert told == {(name, column) for name in relations for column in catalog[name] if catalog[name][column][1]}


test("schema.yml is one", is_a_schema)
test("it names every column of its tables and views, with the database's comment, and no others", names_what_exists)
test("every view is there", has_every_view)
test("what it tests is so", its_tests_pass)
test("the values of columns are those of their types", accepts_what_types_have)
done()
