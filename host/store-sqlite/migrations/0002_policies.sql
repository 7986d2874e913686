-- Policies by their digest, each once however many tenants have it. `code` may have many megabytes;
-- it stands last, so that whoever reads the rest never reads it.
CREATE TABLE policy (
    digest  TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    hooks   TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    code    BLOB NOT NULL
) STRICT;

-- What each tenant has installed, in order. `before` is what was in force then; none: nothing was.
CREATE TABLE install (
    tenant    TEXT NOT NULL,
    number    INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    installed INTEGER NOT NULL,
    before    INTEGER,
    PRIMARY KEY (tenant, number)
) STRICT, WITHOUT ROWID;

-- The number of the install that is in force; none: none is.
ALTER TABLE tenant ADD COLUMN install INTEGER;
