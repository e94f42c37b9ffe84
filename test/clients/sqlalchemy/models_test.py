"""Prints TAP: what is reflected is what the catalog has, and what ORMs are known to stumble over."""
import warnings

from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, configure_mappers
from sqlalchemy.dialects.postgresql import ENUM

from models import Base, Opportunity, map_tables


def check(name, got, expected):
    print("ok -" if got == expected else "not ok -", name)
    if got != expected:
        print(f"# got {got!r}\n# expected {expected!r}")


def refused(session, work):
    """The SQLSTATE that it ends with"""
    try:
        work()
        session.commit()
    except DBAPIError as error:
        session.rollback()
        return error.orig.pgcode
    return None


engine = create_engine("postgresql+psycopg2://", future=True)
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    map_tables(engine)
    configure_mappers()
check("only indexes on expressions are left out, with no word on relationships",
      sorted({str(w.message) for w in warned if "expression-based index" not in str(w.message)}), [])

classes = {c.__table__.name: c for c in Base.classes} | {"opportunity": Opportunity}
in_catalog = """SELECT relname, (SELECT array_agg(attname::text ORDER BY n) FROM unnest(conkey) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute USING (attnum) WHERE attrelid = c.oid),
    array(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attidentity <> ''),
    array(SELECT attname::text FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = c.oid AND typtype = 'e' ORDER BY 1)
    FROM pg_class c JOIN pg_constraint ON conrelid = c.oid AND contype = 'p' WHERE relnamespace = 'salesopp'::regnamespace"""
with engine.connect() as connection:
    catalog = {name: facts for name, *facts in connection.execute(text(in_catalog))}
    labels = {name: tuple(values) for name, values in connection.execute(text(
        "SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY 1"))}
check("every table has its key, identity columns and enums", {name: [
    [c.name for c in inspect(mapped).primary_key], [c.name for c in mapped.__table__.c if c.identity],
    sorted(c.name for c in mapped.__table__.c if isinstance(c.type, ENUM))] for name, mapped in classes.items()}, catalog)
check("enums have their labels", [c for mapped in classes.values() for c in mapped.__table__.c
                                  if isinstance(c.type, ENUM) and tuple(c.type.enums) != labels[c.type.name]], [])
check("columns have their comments", [c for mapped in classes.values() for c in mapped.__table__.c
                                      if not c.comment and c is not Opportunity.__table__.c.version], [])
check("two ways to the same table are two relationships",
      {"employee", "manager"} <= {r.key for r in inspect(classes["employee_manager"]).relationships}, True)

Employee = classes["employee"]
with Session(engine, info={"organization": 1, "employee": 1}) as session:
    session.add_all(Opportunity(subject=f"Bulk {i}", responsible_id=1) for i in range(500))
    session.commit()
    everything = select(Opportunity).where(Opportunity.subject.like("Bulk %"))
    deals = session.scalars(everything).all()
    check("500 in one go, each with a key of its own", len({(d.organization_id, d.id) for d in deals}), 500)
    deal = deals[0]
    deal.custom = {"colour": "blue"}
    check("a custom value that nobody has defined is refused", refused(session, session.flush), "23514")
    deal.responsible_id = None
    session.commit()
    check("to take the responsible away leaves the organization", (deal.organization_id, deal.responsible), (1, None))
    check("a collection is read", len(session.get(Employee, (1, 1)).opportunity_by_responsible) >= 499, True)
    session.rollback()
    check("by enum", session.scalar(select(func.count()).select_from(Opportunity).where(Opportunity.priority == "normal")) >= 500, True)
    check("a label that there is not is refused", refused(session, lambda: session.execute(
        text("UPDATE salesopp.opportunity SET priority = 'urgent' WHERE id = :id"), {"id": deal.id})), "22P02")
    lists = Table("opportunity_list", MetaData(schema="salesopp"), autoload_with=engine)
    check("a view is read, by its columns", session.execute(select(lists.c.subject, lists.c.responsible).where(lists.c.id == 1)).one(),
          ("Heat pumps", "KH"))
    session.rollback()

with Session(engine) as session:
    check("who chooses no organization sees nothing", session.scalars(select(Opportunity)).all(), [])
    session.rollback()
    check("and writes nothing", refused(session, lambda: session.add(Opportunity(subject="Whose?"))), "22023")
