// A store over JavaScript Maps: the plainest reading of wit/store/store.wit, for tests and trials.
//
// Nothing survives the process, and every question looks at every row. Everything else that the WIT
// promises holds; `check.sh` asks.

import { COUNTER_MAX, Stale, StoreFailure, byteOrder, checkNodes, cursor, place } from './order.js';

/** All tenants' data. */
export class MapBackend {
  #tenants = new Map();
  #settings = new Map();

  /** The store of one tenant: what the component imports as `scimlet:store/store`. */
  store(tenant) {
    if (!this.#tenants.has(tenant)) this.#tenants.set(tenant, new MapStore());
    return this.#tenants.get(tenant);
  }

  /** The platform's own part: each tenant's settings, by name. */
  settings() {
    return new Map(this.#settings);
  }

  saveSettings(tenant, text) {
    this.#settings.set(tenant, text);
  }
}

const name = (...parts) => JSON.stringify(parts);
const nameOf = ({ kind, id }) => name(kind, id);
const keyOrder = (a, b) => byteOrder(a.kind, b.kind) || byteOrder(a.id, b.id);
const same = (a, b) => a.kind === b.kind && a.id === b.id;

class MapStore {
  /** By kind and id: `{ key, version, body, entries, claims }`. */
  rows = new Map();
  /** By path and value: the names of the rows that claim it. One, but in the middle of a commit. */
  claimed = new Map();
  /** By relation, source and target. */
  ties = new Map();
  amounts = new Map();
  events = [];

  load(keys) {
    return keys.map((key) => told(this.rows.get(nameOf(key))));
  }

  holders(claims) {
    return claims.map(({ path, value }) => {
      const [holder] = this.claimed.get(name(path, value)) ?? [];
      return this.rows.get(holder)?.key;
    });
  }

  counters(names) {
    return names.map((counter) => this.amounts.get(counter) ?? 0n);
  }

  find(plan) {
    checkNodes(plan.nodes);
    const { order, after } = plan;
    const rows = [...this.rows.values()].filter(
      (row) => row.key.kind === plan.kind && selects(plan.nodes, row.entries),
    );
    const placed = rows.map((row) => ({ row, value: order && smallest(row, order.path), id: row.key.id }));
    const compare = (a, b) => byValue(a.value, b.value, order?.descending) || byteOrder(a.id, b.id);
    placed.sort(compare);

    const walk = order ? 'value' : 'id';
    let behind = placed;
    if (after !== undefined) {
      const [value, id] = place(walk, after);
      behind = placed.filter((found) => compare(found, { value: value ?? undefined, id }) > 0);
    }
    const start = Number(plan.offset > BigInt(behind.length) ? behind.length : plan.offset);
    const end = pageEnd(behind, start, plan);
    const more = end > start && end < behind.length;
    const last = behind[end - 1];
    return {
      rows: behind.slice(start, end).map(({ row }) => told(row)),
      next: more ? cursor(walk, last.value ?? null, last.id) : undefined,
      total: plan.wantTotal ? BigInt(rows.length) : undefined,
      selection: 'exact',
    };
  }

  edges(queries) {
    return queries.map((query) => this.#edgePage(query));
  }

  #edgePage({ relation, end, after, max, wantTotal }) {
    const { tag, val } = end;
    const other = tag === 'target' ? 'source' : 'target';
    const asked = {
      source: (tie) => same(tie.source, val),
      target: (tie) => same(tie.target, val),
      between: (tie) => same(tie.source, val[0]) && same(tie.target, val[1]),
    }[tag];
    const ties = [...this.ties.values()].filter((tie) => tie.relation === relation && asked(tie));
    ties.sort((a, b) => keyOrder(a[other], b[other]));
    let behind = ties;
    if (after !== undefined) {
      const [kind, id] = place('tie', after);
      behind = ties.filter((tie) => keyOrder(tie[other], { kind, id }) > 0);
    }
    const edges = behind.slice(0, max);
    const more = edges.length > 0 && edges.length < behind.length;
    const last = edges.at(-1)?.[other];
    return {
      edges,
      next: more ? cursor('tie', last.kind, last.id) : undefined,
      total: wantTotal ? BigInt(ties.length) : undefined,
    };
  }

  commit(changes) {
    const commit = new Commit(this);
    try {
      changes.forEach((change, index) => commit.make(change, index));
      commit.checkClaims();
      return { tag: 'applied' };
    } catch (stale) {
      commit.takeBack();
      if (!(stale instanceof Stale)) throw stale;
      return { tag: 'stale', val: [stale.index] };
    }
  }

  /** Not part of the WIT: how the platform reads what `emit` wrote. */
  outbox(after, max) {
    return this.events
      .slice(Number(after), Number(after) + max)
      .map((event, at) => ({ position: after + BigInt(at + 1), event }));
  }
}

/** Makes changes one by one, and remembers how to take them back. */
class Commit {
  #undo = [];
  /** Which change claimed a value last. */
  #claims = new Map();

  constructor(store) {
    this.store = store;
  }

  make({ tag, val }, index) {
    const { store } = this;
    const hold = (condition) => {
      if (!condition) throw new Stale(index);
    };
    const stored = val.key && store.rows.get(nameOf(val.key));
    switch (tag) {
      case 'put':
        hold(stored?.version === val.replaces);
        this.#write({ ...val, version: (stored?.version ?? 0n) + 1n }, index);
        break;
      case 'reindex':
        hold(stored?.version === val.version);
        this.#write({ ...val, body: stored.body }, index);
        break;
      case 'delete':
        hold(stored?.version === val.version);
        this.#removeTies(val.key);
        this.#write({ key: val.key }, index);
        break;
      case 'link':
        hold(store.rows.has(nameOf(val.source)) && store.rows.has(nameOf(val.target)));
        this.#set(store.ties, tieName(val), val);
        break;
      case 'unlink':
        this.#set(store.ties, tieName(val), undefined);
        break;
      case 'adjust': {
        const sum = (store.amounts.get(val.name) ?? 0n) + val.delta;
        hold(sum >= val.floor && sum <= (val.ceiling ?? COUNTER_MAX) && sum <= COUNTER_MAX);
        this.#set(store.amounts, val.name, sum);
        break;
      }
      case 'check':
        hold(
          {
            absent: !stored,
            present: Boolean(stored),
            version: stored?.version === val.expect.val,
          }[val.expect.tag],
        );
        break;
      case 'emit':
        store.events.push(val);
        this.#undo.push(() => store.events.pop());
        break;
      default:
        throw new StoreFailure('other', `there is no change \`${tag}\``);
    }
  }

  /** A value may change hands in a commit, and be held twice on the way, but not at its end. */
  checkClaims() {
    for (const [claim, index] of this.#claims) {
      if (this.store.claimed.get(claim)?.size > 1) throw new Stale(index);
    }
  }

  takeBack() {
    this.#undo.reverse().forEach((step) => step());
  }

  /** Writes a row with all that it is found by; without a version, removes it. */
  #write({ key, version, body, entries = [], claims = [] }, index) {
    const { rows, claimed } = this.store;
    const id = nameOf(key);
    for (const claim of rows.get(id)?.claims ?? []) {
      this.#set(claimed, claim, without(claimed.get(claim), id));
    }
    const claimNames = new Set(claims.map(({ path, value }) => name(path, value)));
    for (const claim of claimNames) {
      this.#set(claimed, claim, new Set(claimed.get(claim)).add(id));
      this.#claims.set(claim, index);
    }
    const row = version === undefined ? undefined : { key, version, body, entries, claims: claimNames };
    this.#set(rows, id, row);
  }

  #removeTies(key) {
    for (const [id, tie] of [...this.store.ties]) {
      if (same(tie.source, key) || same(tie.target, key)) this.#set(this.store.ties, id, undefined);
    }
  }

  #set(map, id, value) {
    const before = map.get(id);
    this.#undo.push(() => put(map, id, before));
    put(map, id, value);
  }
}

const put = (map, id, value) => (value === undefined ? map.delete(id) : map.set(id, value));
const tieName = ({ relation, source, target }) => name(relation, source, target);

function without(holders, id) {
  const left = new Set(holders);
  left.delete(id);
  return left.size ? left : undefined;
}

function told(row) {
  return row && { key: row.key, version: row.version, body: row.body };
}

const COMPARE = {
  equal: (a, b) => a === b,
  'starts-with': (a, b) => a.startsWith(b),
  'ends-with': (a, b) => a.endsWith(b),
  contains: (a, b) => a.includes(b),
  less: (a, b) => byteOrder(a, b) < 0,
  'at-most': (a, b) => byteOrder(a, b) <= 0,
  greater: (a, b) => byteOrder(a, b) > 0,
  'at-least': (a, b) => byteOrder(a, b) >= 0,
};

/** Whether a row with these entries satisfies the last node. */
function selects(nodes, entries) {
  const truths = [];
  for (const { tag, val } of nodes) {
    truths.push(
      {
        both: () => truths[val[0]] && truths[val[1]],
        either: () => truths[val[0]] || truths[val[1]],
        negate: () => !truths[val],
        present: () => entries.some(({ path }) => path === val),
      }[tag]?.() ?? entries.some(({ path, value }) => path === val.path && COMPARE[tag](value, val.value)),
    );
  }
  return truths.at(-1) ?? true;
}

function smallest(row, path) {
  const values = row.entries.filter((entry) => entry.path === path).map(({ value }) => value);
  return values.sort(byteOrder)[0];
}

/** Rows without a value last, or all of it turned round. */
function byValue(a, b, descending) {
  const none = (value) => Number(value === undefined);
  const ascending = none(a) - none(b) || (a === undefined ? 0 : byteOrder(a, b));
  return descending ? -ascending : ascending;
}

/** Where a page ends that begins at `start`: at most so many rows and bytes, but one row at least. */
function pageEnd(placed, start, { maxRows, maxBytes }) {
  let end = start;
  for (let bytes = 0; end < placed.length && end - start < maxRows; end++) {
    bytes += Buffer.byteLength(placed[end].row.body);
    if (bytes > maxBytes && end > start) break;
  }
  return end;
}
