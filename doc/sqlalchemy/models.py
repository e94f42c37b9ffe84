"""The tables of the schema salesopp as classes of SQLAlchemy (1.4 or 2), read from the database: map_tables(engine).

Base.classes has one for each table. What they refer to is named after the column (opportunity.responsible for
responsible_id), and the other way round by both (employee.opportunity_by_responsible).
"""
from sqlalchemy import Column, FetchedValue, Integer, MetaData, event, text
from sqlalchemy.ext.automap import automap_base, generate_relationship
from sqlalchemy.orm import Session

Base = automap_base(metadata=MetaData(schema="salesopp"))


class Opportunity(Base):
    """An UPDATE or DELETE of one that somebody else has changed since it was read is a StaleDataError."""
    __tablename__ = "opportunity"
    version = Column(Integer, nullable=False, server_default=FetchedValue(), server_onupdate=FetchedValue())
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}


def column_of(constraint):
    """Without the organization, which is the first column of every key."""
    return list(constraint.columns.keys())[-1]


def name_of_one(base, local, referred, constraint):
    return column_of(constraint).removesuffix("_id")


def name_of_many(base, local, referred, constraint):
    return f"{referred.__table__.name}_by_{name_of_one(base, local, referred, constraint)}"


def for_reading(*arguments, cascade=None, passive_deletes=None, **options):
    """Write responsible_id, not responsible: as all keys share the organization, SQLAlchemy could not tell which
    of a row's relationships gives it, and taking one away would take the organization along."""
    return generate_relationship(*arguments, viewonly=True, **options)


def map_tables(engine):
    Base.prepare(autoload_with=engine, generate_relationship=for_reading,
                 name_for_scalar_relationship=name_of_one, name_for_collection_relationship=name_of_many)


@event.listens_for(Session, "after_begin")
def choose(session, transaction, connection):
    """For whom each transaction works, as in Session(engine, info={"organization": 1, "employee": 1})"""
    for setting in ("organization", "employee"):
        connection.execute(text(f"SELECT set_config('salesopp.{setting}_id', :id, true)"),
                           {"id": str(session.info.get(setting, ""))})
