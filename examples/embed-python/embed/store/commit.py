"""One commit, within one transaction of the database."""

from .words import COUNTER_MAX, Stale, StoreFailure


class Commit:
    """Judges and makes changes in order; raises `Stale` for the first that does not hold."""

    def __init__(self, db, tenant):
        self._db = db
        self._tenant = tenant
        # Which change claimed a value last, by path and value.
        self._claimed = {}

    def make(self, changes):
        for index, change in enumerate(changes):
            if not self._one(change["tag"], change["val"], index):
                raise Stale(index)
        self._check_claims()

    def _one(self, tag, val, index):
        """Whether the change holds; if it does, it is made."""
        match tag:
            case "put":
                return self._put(val, index)
            case "reindex":
                if self._version(val["key"]) != val["version"]:
                    return False
                self._index(val, index)
            case "delete":
                if self._version(val["key"]) != val["version"]:
                    return False
                self._remove(val["key"])
            case "link":
                if None in (self._version(val["source"]), self._version(val["target"])):
                    return False
                self._link(val)
            case "unlink":
                self._unlink(val)
            case "adjust":
                return self._adjust(val)
            case "check":
                return self._expected(val)
            case "emit":
                self._emit(val)
            case _:
                raise StoreFailure("other", f"there is no change `{tag}`")
        return True

    def _version(self, key):
        sql = "SELECT version FROM rows WHERE tenant = ? AND kind = ? AND id = ?"
        return self._value(sql, key["kind"], key["id"])

    def _put(self, put, index):
        version = self._version(put["key"])
        if version != put["replaces"]:
            return False
        self._run(
            """INSERT INTO rows VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body""",
            put["key"]["kind"],
            put["key"]["id"],
            (version or 0) + 1,
            put["body"],
        )
        self._index(put, index)
        return True

    def _index(self, found_by, index):
        """Replaces what a row is found by."""
        kind, id = found_by["key"]["kind"], found_by["key"]["id"]
        self._forget(kind, id)
        for entry in found_by["entries"]:
            sql = "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?)"
            self._run(sql, kind, entry["path"], entry["value"], id)
        for claim in found_by["claims"]:
            sql = "INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?, ?)"
            self._run(sql, claim["path"], claim["value"], kind, id)
            self._claimed[claim["path"], claim["value"]] = index

    def _forget(self, kind, id):
        self._run("DELETE FROM entries WHERE tenant = ? AND kind = ? AND id = ?", kind, id)
        self._run("DELETE FROM claims WHERE tenant = ? AND kind = ? AND id = ?", kind, id)

    def _remove(self, key):
        kind, id = key["kind"], key["id"]
        self._forget(kind, id)
        self._run(
            "DELETE FROM ties WHERE tenant = ? AND source_kind = ? AND source_id = ?", kind, id
        )
        self._run(
            "DELETE FROM ties WHERE tenant = ? AND target_kind = ? AND target_id = ?", kind, id
        )
        self._run("DELETE FROM rows WHERE tenant = ? AND kind = ? AND id = ?", kind, id)

    def _link(self, edge):
        self._run(
            """INSERT INTO ties VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET body = excluded.body""",
            *ends(edge),
            edge["body"],
        )

    def _unlink(self, edge):
        self._run(
            """DELETE FROM ties WHERE tenant = ? AND relation = ? AND source_kind = ?
                AND source_id = ? AND target_kind = ? AND target_id = ?""",
            *ends(edge),
        )

    def _adjust(self, adjust):
        """Adds to a counter, if the sum is within the range."""
        sql = "SELECT value FROM counters WHERE tenant = ? AND name = ?"
        total = (self._value(sql, adjust["name"]) or 0) + adjust["delta"]
        ceiling = COUNTER_MAX if adjust["ceiling"] is None else min(adjust["ceiling"], COUNTER_MAX)
        if not adjust["floor"] <= total <= ceiling:
            return False
        self._run(
            """INSERT INTO counters VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET value = excluded.value""",
            adjust["name"],
            total,
        )
        return True

    def _expected(self, guard):
        version, expect = self._version(guard["key"]), guard["expect"]
        if expect["tag"] == "absent":
            return version is None
        if expect["tag"] == "present":
            return version is not None
        return version == expect["val"]

    def _emit(self, event):
        last = self._value("SELECT max(position) FROM events WHERE tenant = ?") or 0
        subject = event["subject"]
        self._run(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
            last + 1,
            event["topic"],
            subject["kind"],
            subject["id"],
            event["body"],
        )

    def _check_claims(self):
        """A value may change hands in a commit, and be held twice on the way, but not at its end."""
        sql = "SELECT count(*) FROM claims WHERE tenant = ? AND path = ? AND value = ?"
        for (path, value), index in self._claimed.items():
            if self._value(sql, path, value) > 1:
                raise Stale(index)

    def _value(self, sql, *values):
        found = self._db.execute(sql, (self._tenant, *values)).fetchone()
        return found and found[0]

    def _run(self, sql, *values):
        self._db.execute(sql, (self._tenant, *values))


def ends(edge):
    source, target = edge["source"], edge["target"]
    return edge["relation"], source["kind"], source["id"], target["kind"], target["id"]
