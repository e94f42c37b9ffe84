#!/usr/bin/env python3
"""Follows the feed of changes of one organization into a file of SQLite: what became of each opportunity, and its state.

usage: follow_feed.py FILE, with the connection from the PG* variables and the organization from the role's settings

It may be killed at any time. What it makes of a page of changes and how far it has come are written in one transaction,
so nothing is lost and nothing is dealt with twice. Whoever sends the changes on, instead of writing them down, should
send opportunity and version along: what is sent before it is written down is sent again, and that tells so.
"""
import sqlite3
import sys
import time

import psycopg2
import psycopg2.extras

STORE = """
    CREATE TABLE IF NOT EXISTS place (cursor TEXT);
    CREATE TABLE IF NOT EXISTS event (opportunity_id INTEGER, version INTEGER, kind TEXT, at TEXT, PRIMARY KEY (opportunity_id, version));
    CREATE TABLE IF NOT EXISTS opportunity (id INTEGER PRIMARY KEY, status TEXT, estimated_revenue TEXT, progress TEXT, deleted TEXT);
"""
NEXT_PAGE = """
    SELECT cursor, opportunity_id, version, kind, at::text, (after).status::text, (after).estimated_revenue::text,
        (after).progress::text, (after).deleted::text
    FROM salesopp.changes_since(%s, 500)
"""


def deal_with(store, change):
    store.execute("INSERT INTO event VALUES (?, ?, ?, ?)", (change.opportunity_id, change.version, change.kind, change.at))
    store.execute("REPLACE INTO opportunity VALUES (?, ?, ?, ?, ?)",
                  (change.opportunity_id, change.status, change.estimated_revenue, change.progress, change.deleted))


def place_of(store):
    row = store.execute("SELECT cursor FROM place").fetchone()
    return row and row[0]


def follow(database, store):
    """One page; whether there was anything on it"""
    with database, database.cursor(cursor_factory=psycopg2.extras.NamedTupleCursor) as cursor:
        cursor.execute(NEXT_PAGE, (place_of(store),))
        changes = cursor.fetchall()
    if changes:
        with store:                                  # all of it, or nothing
            for change in changes:
                deal_with(store, change)
            store.execute("DELETE FROM place")
            store.execute("INSERT INTO place VALUES (?)", (changes[-1].cursor,))
    return bool(changes)


if __name__ == "__main__":
    store = sqlite3.connect(sys.argv[1])
    store.executescript(STORE)
    database = psycopg2.connect("")
    while True:
        if not follow(database, store):
            time.sleep(1)
