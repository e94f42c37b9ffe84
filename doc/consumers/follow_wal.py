#!/usr/bin/env python3
"""Follows all tables of a publication into a file of SQLite, by logical decoding with pgoutput.

usage: follow_wal.py FILE PUBLICATION SLOT, with the connection from the PG* variables

It begins with a copy of what is there, and may be killed at any time: each transaction is written together with the
place in the log where it ends, and the server is asked to go on from that place. Values are texts, as psql shows them.
"""
import json
import sqlite3
import struct
import sys

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, new_type, register_type, string_types
from psycopg2.extras import LogicalReplicationConnection
from psycopg2.sql import SQL, Identifier, Literal

STORE = """
    CREATE TABLE IF NOT EXISTS place (position INTEGER);
    CREATE TABLE IF NOT EXISTS row (relation TEXT, key TEXT, value TEXT, PRIMARY KEY (relation, key));
"""
KEYS = """
    SELECT tablename, array(SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = format('%%I.%%I', schemaname, tablename)::regclass AND indisprimary)
    FROM pg_publication_tables WHERE pubname = %s
"""


class Copy:
    """What is written must fit what is there: a row that comes twice, or is not there to be changed, is an error."""

    def __init__(self, store):
        self.store = store
        store.executescript(STORE)

    def position(self):
        row = self.store.execute("SELECT position FROM place").fetchone()
        return row and row[0]

    def move_to(self, position):
        self.store.execute("DELETE FROM place")
        self.store.execute("INSERT INTO place VALUES (?)", (position,))

    def insert(self, relation, key, row):
        self.store.execute("INSERT INTO row VALUES (?, ?, ?)", (relation, json.dumps(key), json.dumps(row)))

    def delete(self, relation, key):
        """What the row was"""
        where = (relation, json.dumps(key))
        (value,) = self.store.execute("SELECT value FROM row WHERE relation = ? AND key = ?", where).fetchone()
        self.store.execute("DELETE FROM row WHERE relation = ? AND key = ?", where)
        return json.loads(value)


class Message:
    """One message of pgoutput, version 1, as the documentation of PostgreSQL describes it"""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def text(self):
        end = self.data.index(b"\0", self.at)
        value, self.at = self.data[self.at:end].decode(), end + 1
        return value

    def row(self, columns):
        """Without what was stored apart and has not changed, which is not sent"""
        row = {}
        for name in columns[:self.take("h")]:
            kind = self.take("c")
            if kind == b"t":
                length = self.take("i")
                row[name] = self.take(f"{length}s").decode()
            elif kind == b"n":
                row[name] = None
        return row


class Follower:
    def __init__(self, copy):
        self.copy, self.relations = copy, {}

    def __call__(self, received):
        message = Message(received.payload)
        handle = getattr(self, "on_" + message.take("c").decode(), None)
        if handle:
            handle(message, received.cursor)

    def on_R(self, message, _):
        number, _, name, _, count = message.take("i"), message.text(), message.text(), message.take("c"), message.take("h")
        columns = [(message.take("b"), message.text(), message.take("ii")) for _ in range(count)]
        self.relations[number] = name, [column for _, column, _ in columns], [column for is_key, column, _ in columns if is_key]

    def on_I(self, message, _):
        (name, columns, key), _ = self.relations[message.take("i")], message.take("c")
        row = message.row(columns)
        self.copy.insert(name, [row[column] for column in key], row)

    def on_U(self, message, _):
        name, columns, key = self.relations[message.take("i")]
        old = message.row(columns) if message.take("c") in b"KO" else None
        if old:
            message.take("c")
        new = message.row(columns)
        row = self.copy.delete(name, [(old or new)[column] for column in key]) | new
        self.copy.insert(name, [row[column] for column in key], row)

    def on_D(self, message, _):
        (name, columns, key), _ = self.relations[message.take("i")], message.take("c")
        row = message.row(columns)
        self.copy.delete(name, [row[column] for column in key])

    def on_T(self, message, _):
        count, _ = message.take("i"), message.take("b")
        for _ in range(count):
            self.copy.store.execute("DELETE FROM row WHERE relation = ?", (self.relations[message.take("i")][0],))

    def on_C(self, message, cursor):
        _, _, end, _ = message.take("bqqq")
        self.copy.move_to(end)
        self.copy.store.commit()
        cursor.send_feedback(flush_lsn=end)


def begin(cursor, copy, publication, slot):
    """A new slot, and what was there when it was made. One that an earlier attempt has left is of no use."""
    cursor.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (slot,))
    cursor.execute(SQL("CREATE_REPLICATION_SLOT {} LOGICAL pgoutput").format(Identifier(slot)))
    _, position, snapshot, _ = cursor.fetchone()
    high, low = position.split("/")
    with psycopg2.connect("") as database, database.cursor() as reader:
        database.set_session(ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        reader.execute(SQL("SET TRANSACTION SNAPSHOT {}").format(Literal(snapshot)))
        reader.execute(KEYS, (publication,))
        keys = reader.fetchall()
        register_type(new_type(tuple(string_types), "AS_TEXT", lambda value, _: value), database)
        for name, key in keys:
            reader.execute(SQL("SELECT * FROM salesopp.{}").format(Identifier(name)))
            columns = [column.name for column in reader.description]
            for values in reader:
                row = dict(zip(columns, values))
                copy.insert(name, [row[column] for column in columns if column in key], row)
    copy.move_to((int(high, 16) << 32) + int(low, 16))
    copy.store.commit()


if __name__ == "__main__":
    file, publication, slot = sys.argv[1:]
    copy = Copy(sqlite3.connect(file))
    cursor = psycopg2.connect("", connection_factory=LogicalReplicationConnection).cursor()
    if copy.position() is None:
        begin(cursor, copy, publication, slot)
    cursor.start_replication(slot_name=slot, start_lsn=copy.position(), options={"proto_version": "1", "publication_names": publication})
    cursor.consume_stream(Follower(copy))
