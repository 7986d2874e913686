// One commit, within one transaction of the database.

import { COUNTER_MAX, Stale, StoreFailure } from '../order.js';

/** Judges and makes changes in order; throws `Stale` for the first that does not hold. */
export class Commit {
  /** Which change claimed a value last, by path and value. */
  #claimed = new Map();

  constructor(prepare, tenant) {
    this.prepare = prepare;
    this.tenant = tenant;
  }

  make(changes) {
    changes.forEach((change, index) => this.#one(change, index));
    this.#checkClaims();
  }

  #one({ tag, val }, index) {
    const hold = (condition) => {
      if (!condition) throw new Stale(index);
    };
    switch (tag) {
      case 'put': {
        const version = this.#version(val.key);
        hold(version === val.replaces);
        this.#write(val.key, (version ?? 0n) + 1n, val.body);
        return this.#index(val, index);
      }
      case 'reindex':
        hold(this.#version(val.key) === val.version);
        return this.#index(val, index);
      case 'delete':
        hold(this.#version(val.key) === val.version);
        return this.#remove(val.key);
      case 'link':
        hold(this.#version(val.source) !== undefined && this.#version(val.target) !== undefined);
        return this.#link(val);
      case 'unlink':
        return this.#unlink(val);
      case 'adjust':
        return hold(this.#adjust(val));
      case 'check':
        return hold(this.#expected(val));
      case 'emit':
        return this.#emit(val);
      default:
        throw new StoreFailure('other', `there is no change \`${tag}\``);
    }
  }

  #version({ kind, id }) {
    return this.#get('SELECT version FROM rows WHERE tenant = ? AND kind = ? AND id = ?', kind, id)?.version;
  }

  #write({ kind, id }, version, body) {
    this.#run(
      `INSERT INTO rows VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET version = excluded.version, body = excluded.body`,
      kind, id, version, body,
    );
  }

  /** Replaces what a row is found by. */
  #index({ key: { kind, id }, entries, claims }, index) {
    this.#forget(kind, id);
    for (const { path, value } of entries) {
      this.#run('INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?)', kind, path, value, id);
    }
    for (const { path, value } of claims) {
      this.#run('INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?, ?)', path, value, kind, id);
      this.#claimed.set(JSON.stringify([path, value]), index);
    }
  }

  #forget(kind, id) {
    this.#run('DELETE FROM entries WHERE tenant = ? AND kind = ? AND id = ?', kind, id);
    this.#run('DELETE FROM claims WHERE tenant = ? AND kind = ? AND id = ?', kind, id);
  }

  #remove({ kind, id }) {
    this.#forget(kind, id);
    this.#run('DELETE FROM ties WHERE tenant = ? AND source_kind = ? AND source_id = ?', kind, id);
    this.#run('DELETE FROM ties WHERE tenant = ? AND target_kind = ? AND target_id = ?', kind, id);
    this.#run('DELETE FROM rows WHERE tenant = ? AND kind = ? AND id = ?', kind, id);
  }

  #link({ relation, source, target, body }) {
    this.#run(
      'INSERT INTO ties VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
      relation, source.kind, source.id, target.kind, target.id, body,
    );
  }

  #unlink({ relation, source, target }) {
    this.#run(
      `DELETE FROM ties WHERE tenant = ? AND relation = ? AND source_kind = ? AND source_id = ?
        AND target_kind = ? AND target_id = ?`,
      relation, source.kind, source.id, target.kind, target.id,
    );
  }

  /** Adds to a counter, if the sum is within the range. */
  #adjust({ name, delta, floor, ceiling }) {
    const found = this.#get('SELECT value FROM counters WHERE tenant = ? AND name = ?', name);
    const sum = (found?.value ?? 0n) + delta;
    if (sum < floor || sum > (ceiling ?? COUNTER_MAX) || sum > COUNTER_MAX) return false;
    this.#run(
      'INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, sum,
    );
    return true;
  }

  #expected({ key, expect }) {
    const version = this.#version(key);
    if (expect.tag === 'absent') return version === undefined;
    if (expect.tag === 'present') return version !== undefined;
    return version === expect.val;
  }

  #emit({ topic, subject, body }) {
    const { last } = this.#get('SELECT coalesce(max(position), 0) AS last FROM events WHERE tenant = ?');
    this.#run('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)', last + 1n, topic, subject.kind, subject.id, body);
  }

  /** A value may change hands in a commit, and be held twice on the way, but not at its end. */
  #checkClaims() {
    const sql = 'SELECT count(*) AS holders FROM claims WHERE tenant = ? AND path = ? AND value = ?';
    for (const [claim, index] of this.#claimed) {
      if (this.#get(sql, ...JSON.parse(claim)).holders > 1n) throw new Stale(index);
    }
  }

  #get(sql, ...values) {
    return this.prepare(sql).get(this.tenant, ...values);
  }

  #run(sql, ...values) {
    this.prepare(sql).run(this.tenant, ...values);
  }
}
