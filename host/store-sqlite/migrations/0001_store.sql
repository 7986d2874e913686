-- One file for all tenants. Each key begins with the tenant's number, so that a tenant's rows lie
-- together and a question for one tenant never reads another's. Text is compared as bytes.

CREATE TABLE space (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- `entries` and `claims` repeat what `entry` and `claim` hold for this document (see pairs.rs), so
-- that a write touches only what differs and needs no second index to find it. They stand before
-- `body`, which may be long.
CREATE TABLE document (
    tenant  INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    entries BLOB NOT NULL,
    claims  BLOB NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, id)
) STRICT, WITHOUT ROWID;

-- How many documents of a kind there are: every list is asked for its total.
CREATE TABLE tally (
    tenant    INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    documents INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind)
) STRICT, WITHOUT ROWID;

-- `least` is 1 at the smallest value that the document has under the path: what it sorts by.
CREATE TABLE entry (
    tenant INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    path   TEXT NOT NULL,
    value  TEXT NOT NULL,
    id     TEXT NOT NULL,
    least  INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, path, value, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
    tenant INTEGER NOT NULL,
    path   TEXT NOT NULL,
    value  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (tenant, path, value)
) STRICT, WITHOUT ROWID;

-- The relation stands behind the document in both keys, so that a deleted document's ties are
-- found under every relation at once.
CREATE TABLE edge (
    tenant      INTEGER NOT NULL,
    source_kind TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    relation    TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id   TEXT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, source_kind, source_id, relation, target_kind, target_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX edge_backward
    ON edge (tenant, target_kind, target_id, relation, source_kind, source_id);

CREATE TABLE counter (
    tenant INTEGER NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Positions are given out as the highest one plus 1: whoever clears old events keeps the newest.
CREATE TABLE event (
    tenant   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    topic    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tenant (
    name     TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    id       TEXT PRIMARY KEY,
    tenant   TEXT NOT NULL,
    scheme   TEXT NOT NULL,
    verifier TEXT NOT NULL,
    scope    TEXT NOT NULL,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX credential_of_tenant ON credential (tenant, created, id);
