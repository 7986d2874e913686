"""A store over sqlite3: all tenants in one file, durable, shared by any number of processes.

Data is plain dicts, with the names of wit/store/store.wit in lower camel case and variants as
`{"tag": ..., "val": ...}`.
"""

import sqlite3
import threading
from contextlib import contextmanager

from .commit import Commit
from .find import find
from .words import COUNTER_MAX, Stale, StoreFailure, cursor, place

__all__ = ["SqliteBackend", "StoreFailure"]

# One table for each thing that the WIT knows. Text compares by its bytes: SQLite's default.
SCHEMA = """
  CREATE TABLE IF NOT EXISTS tenants (tenant TEXT PRIMARY KEY, settings TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rows (
    tenant TEXT, kind TEXT, id TEXT, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    tenant TEXT, kind TEXT, path TEXT, value TEXT, id TEXT,
    PRIMARY KEY (tenant, kind, path, value, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entries_of_row ON entries (tenant, kind, id, path, value);
  CREATE TABLE IF NOT EXISTS claims (
    tenant TEXT, path TEXT, value TEXT, kind TEXT, id TEXT,
    PRIMARY KEY (tenant, path, value, kind, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS claims_of_row ON claims (tenant, kind, id);
  CREATE TABLE IF NOT EXISTS ties (
    tenant TEXT, relation TEXT, source_kind TEXT, source_id TEXT, target_kind TEXT, target_id TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, source_kind, source_id, relation, target_kind, target_id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ties_back ON ties
    (tenant, target_kind, target_id, relation, source_kind, source_id);
  CREATE TABLE IF NOT EXISTS counters (
    tenant TEXT, name TEXT, value INTEGER NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS events (
    tenant TEXT, position INTEGER, topic TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (tenant, position)) WITHOUT ROWID;
"""


class SqliteBackend:
    """All tenants' data."""

    def __init__(self, file):
        self._file = file
        self._local = threading.local()
        self.connection().executescript(SCHEMA)

    def connection(self):
        """This thread's own connection."""
        if not hasattr(self._local, "db"):
            # Transactions are said out loud: `isolation_level=None`.
            db = sqlite3.connect(self._file, timeout=10, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            # A commit is on the disk before it is answered.
            db.execute("PRAGMA synchronous = FULL")
            self._local.db = db
        return self._local.db

    def store(self, tenant):
        """The store of one tenant: what the component imports as `scimlet:store/store`."""
        return SqliteStore(self, tenant)

    def settings(self):
        """The platform's own part: each tenant's settings, by name."""
        return dict(self.connection().execute("SELECT tenant, settings FROM tenants"))

    def save_settings(self, tenant, text):
        sql = """INSERT INTO tenants VALUES (?, ?)
            ON CONFLICT DO UPDATE SET settings = excluded.settings"""
        self.connection().execute(sql, (tenant, text))


class SqliteStore:
    """One tenant's data."""

    def __init__(self, backend, tenant):
        self._backend = backend
        self._tenant = tenant

    def load(self, keys):
        sql = "SELECT version, body FROM rows WHERE tenant = ? AND kind = ? AND id = ?"

        def row(key):
            found = self._get(sql, key["kind"], key["id"])
            return found and {"key": key, "version": found[0], "body": found[1]}

        # In one transaction, so that the rows are of one moment.
        with self._transaction("DEFERRED"):
            return [row(key) for key in keys]

    def holders(self, claims):
        sql = "SELECT kind, id FROM claims WHERE tenant = ? AND path = ? AND value = ?"
        found = [self._get(sql, claim["path"], claim["value"]) for claim in claims]
        return [holder and {"kind": holder[0], "id": holder[1]} for holder in found]

    def counters(self, names):
        sql = "SELECT value FROM counters WHERE tenant = ? AND name = ?"
        return [(self._get(sql, name) or (0,))[0] for name in names]

    def find(self, plan):
        with self._transaction("DEFERRED") as db:
            return find(db, self._tenant, plan)

    def edges(self, queries):
        with self._transaction("DEFERRED") as db:
            return [self._edge_page(db, query) for query in queries]

    def _edge_page(self, db, query):
        tag, val = query["end"]["tag"], query["end"]["val"]
        here, other = ("target", "source") if tag == "target" else ("source", "target")
        key, far = val if tag == "between" else (val, None)
        where = f"tenant = ? AND relation = ? AND {here}_kind = ? AND {here}_id = ?"
        values = [self._tenant, query["relation"], key["kind"], key["id"]]
        if far:
            where += f" AND {other}_kind = ? AND {other}_id = ?"
            values += [far["kind"], far["id"]]
        total = None
        if query["wantTotal"]:
            (total,) = db.execute(f"SELECT count(*) FROM ties WHERE {where}", values).fetchone()
        if query["after"] is not None:
            where += f" AND ({other}_kind, {other}_id) > (?, ?)"
            values += place("tie", query["after"])
        sql = f"""SELECT relation, source_kind, source_id, target_kind, target_id, body
            FROM ties WHERE {where} ORDER BY {other}_kind, {other}_id LIMIT ?"""
        found = db.execute(sql, [*values, query["max"] + 1]).fetchall()
        edges = [edge(row) for row in found[: query["max"]]]
        last = edges[-1][other] if edges and len(found) > len(edges) else None
        following = last and cursor("tie", last["kind"], last["id"])
        return {"edges": edges, "next": following, "total": total}

    def commit(self, changes):
        try:
            # `IMMEDIATE`: nobody else writes between what is judged here and what is written.
            with self._transaction("IMMEDIATE") as db:
                Commit(db, self._tenant).make(changes)
        except Stale as stale:
            return {"tag": "stale", "val": [stale.index]}
        return {"tag": "applied"}

    def outbox(self, after, most):
        """Not part of the WIT: how the platform reads what `emit` wrote."""
        sql = """SELECT position, topic, kind, id, body FROM events
            WHERE tenant = ? AND position > ? ORDER BY position LIMIT ?"""
        events = self._backend.connection().execute(
            sql, (self._tenant, min(after, COUNTER_MAX), most)
        )
        return [
            {
                "position": at,
                "event": {"topic": topic, "subject": {"kind": kind, "id": id}, "body": body},
            }
            for at, topic, kind, id, body in events
        ]

    def _get(self, sql, *values):
        return self._backend.connection().execute(sql, (self._tenant, *values)).fetchone()

    @contextmanager
    def _transaction(self, kind):
        db = self._backend.connection()
        db.execute(f"BEGIN {kind}")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            # SQLite may have ended it already, if the disk was full, say.
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def edge(row):
    relation, source_kind, source_id, target_kind, target_id, body = row
    return {
        "relation": relation,
        "source": {"kind": source_kind, "id": source_id},
        "target": {"kind": target_kind, "id": target_id},
        "body": body,
    }
