// A store over better-sqlite3: all tenants in one file, durable, shared by any number of processes.

import Database from 'better-sqlite3';

import { Commit } from './sqlite/commit.js';
import { find } from './sqlite/find.js';
import { COUNTER_MAX, Stale, cursor, place } from './order.js';

/** One table for each thing that the WIT knows. Text compares by its bytes: SQLite's default. */
const SCHEMA = `
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
`;

/** All tenants' data. */
export class SqliteBackend {
  #db;
  #statements = new Map();

  constructor(file) {
    this.#db = new Database(file, { timeout: 10_000 });
    // Versions and counters have 64 bits.
    this.#db.defaultSafeIntegers();
    this.#db.pragma('journal_mode = WAL');
    // A commit is on the disk before it is answered.
    this.#db.pragma('synchronous = FULL');
    this.#db.exec(SCHEMA);
  }

  /** The store of one tenant: what the component imports as `scimlet:store/store`. */
  store(tenant) {
    return new SqliteStore(this.#db, (sql) => this.#prepare(sql), tenant);
  }

  /** The platform's own part: each tenant's settings, by name. */
  settings() {
    const rows = this.#prepare('SELECT tenant, settings FROM tenants').all();
    return new Map(rows.map(({ tenant, settings }) => [tenant, settings]));
  }

  saveSettings(tenant, text) {
    const sql = 'INSERT INTO tenants VALUES (?, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings';
    this.#prepare(sql).run(tenant, text);
  }

  #prepare(sql) {
    if (!this.#statements.has(sql)) this.#statements.set(sql, this.#db.prepare(sql));
    return this.#statements.get(sql);
  }
}

class SqliteStore {
  #db;
  #prepare;
  #tenant;

  constructor(db, prepare, tenant) {
    this.#db = db;
    this.#prepare = prepare;
    this.#tenant = tenant;
  }

  load(keys) {
    // In one transaction, so that the rows are of one moment.
    return this.#db.transaction(() =>
      keys.map((key) => {
        const row = this.#get(
          'SELECT version, body FROM rows WHERE tenant = ? AND kind = ? AND id = ?', key.kind, key.id,
        );
        return row && { key, ...row };
      }),
    )();
  }

  holders(claims) {
    const sql = 'SELECT kind, id FROM claims WHERE tenant = ? AND path = ? AND value = ?';
    return claims.map(({ path, value }) => this.#get(sql, path, value));
  }

  counters(names) {
    const sql = 'SELECT value FROM counters WHERE tenant = ? AND name = ?';
    return names.map((name) => this.#get(sql, name)?.value ?? 0n);
  }

  find(plan) {
    // Not kept: a plan's SQL is as good as never the same twice.
    const prepare = (sql) => this.#db.prepare(sql);
    return this.#db.transaction(() => find(prepare, this.#tenant, plan))();
  }

  edges(queries) {
    return this.#db.transaction(() => queries.map((query) => this.#edgePage(query)))();
  }

  #edgePage({ relation, end, after, max, wantTotal }) {
    const [here, other] = end.tag === 'target' ? ['target', 'source'] : ['source', 'target'];
    const [key, far] = end.tag === 'between' ? end.val : [end.val];
    let where = `tenant = ? AND relation = ? AND ${here}_kind = ? AND ${here}_id = ?`;
    const values = [relation, key.kind, key.id];
    if (far) {
      where += ` AND ${other}_kind = ? AND ${other}_id = ?`;
      values.push(far.kind, far.id);
    }
    const total = wantTotal
      ? this.#get(`SELECT count(*) AS total FROM ties WHERE ${where}`, ...values).total
      : undefined;
    if (after !== undefined) {
      where += ` AND (${other}_kind, ${other}_id) > (?, ?)`;
      values.push(...place('tie', after));
    }
    const sql = `SELECT * FROM ties WHERE ${where} ORDER BY ${other}_kind, ${other}_id LIMIT ?`;
    const found = this.#prepare(sql).all(this.#tenant, ...values, max + 1);
    const edges = found.slice(0, max).map(edge);
    const last = edges.at(-1)?.[other];
    const more = edges.length > 0 && found.length > max;
    return { edges, next: more ? cursor('tie', last.kind, last.id) : undefined, total };
  }

  commit(changes) {
    const commit = new Commit((sql) => this.#prepare(sql), this.#tenant);
    try {
      // `immediate`: nobody else writes between what is judged here and what is written.
      this.#db.transaction(() => commit.make(changes)).immediate();
      return { tag: 'applied' };
    } catch (stale) {
      if (!(stale instanceof Stale)) throw stale;
      return { tag: 'stale', val: [stale.index] };
    }
  }

  /** Not part of the WIT: how the platform reads what `emit` wrote. */
  outbox(after, max) {
    const sql = `SELECT position, topic, kind, id, body FROM events
      WHERE tenant = ? AND position > ? ORDER BY position LIMIT ?`;
    const events = this.#prepare(sql).all(this.#tenant, after < COUNTER_MAX ? after : COUNTER_MAX, max);
    return events.map(({ position, topic, kind, id, body }) => ({
      position,
      event: { topic, subject: { kind, id }, body },
    }));
  }

  #get(sql, ...values) {
    return this.#prepare(sql).get(this.#tenant, ...values);
  }
}

function edge(row) {
  return {
    relation: row.relation,
    source: { kind: row.source_kind, id: row.source_id },
    target: { kind: row.target_kind, id: row.target_id },
    body: row.body,
  };
}
