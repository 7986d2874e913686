// One page of rows, as SQL.

import { StoreFailure, checkNodes, cursor, place } from '../order.js';

/** How an entry's value is compared; `to` is the parameter that it is compared with. */
const COMPARE = {
  equal: (to) => `value = ${to}`,
  less: (to) => `value < ${to}`,
  'at-most': (to) => `value <= ${to}`,
  greater: (to) => `value > ${to}`,
  'at-least': (to) => `value >= ${to}`,
  contains: (to) => `instr(value, ${to}) > 0`,
  'ends-with': (to) => `(${to} = '' OR substr(value, -length(${to})) = ${to})`,
  // From the prefix to the last text that begins with it: no byte of UTF-8 is FF.
  'starts-with': (to) => `value >= ${to} AND value < CAST(CAST(${to} AS BLOB) || x'FF' AS TEXT)`,
};

/** The values of a statement, each under a name. */
class Values {
  named = {};
  #count = 0;

  /** Takes a value and gives the text that stands for it in SQL. */
  bind(value) {
    const name = `p${this.#count++}`;
    this.named[name] = value;
    return `:${name}`;
  }
}

/** How large a plan may be when it is written out. */
const MAX_SETS = 5000;

/** SQLite writes a named set out wherever it is named, so a plan weighs as much as its tree. */
function checkWeight(nodes) {
  const weights = [];
  for (const { tag, val } of nodes) {
    const operands = { both: val, either: val, negate: [val] }[tag] ?? [];
    const weight = operands.reduce((sum, operand) => sum + weights[operand], 1);
    if (weight > MAX_SETS) throw new StoreFailure('too-large', `a plan of more than ${MAX_SETS} sets`);
    weights.push(weight);
  }
}

/** Answers a plan, exactly. */
export function find(prepare, tenant, plan) {
  checkNodes(plan.nodes);
  checkWeight(plan.nodes);
  const values = new Values();
  const here = `tenant = ${values.bind(tenant)} AND kind = ${values.bind(plan.kind)}`;
  const sets = plan.nodes.map((node, at) => `n${at}(id) AS MATERIALIZED (${set(node, here, values)})`);
  const head = sets.length ? `WITH ${sets.join(', ')}` : '';
  const chosen = sets.length ? `${here} AND id IN (SELECT id FROM n${sets.length - 1})` : here;

  const count = `${head} SELECT count(*) AS total FROM rows WHERE ${chosen}`;
  const total = plan.wantTotal ? prepare(count).get(values.named).total : undefined;
  const body = plan.order ? byValue(plan, chosen, here, values) : byId(plan, chosen, values);
  // A page may end early for its bytes, so rows are stepped through; one more says if there is more.
  const limit = values.bind(BigInt(plan.maxRows) + 1n);
  const offset = values.bind(plan.offset < 2n ** 62n ? plan.offset : 2n ** 62n);
  const found = prepare(`${head} ${body} LIMIT ${limit} OFFSET ${offset}`).iterate(values.named);
  return { ...cut(found, plan), total, selection: 'exact' };
}

/** The ids that a node selects, from those that earlier nodes do. */
function set({ tag, val }, here, values) {
  switch (tag) {
    case 'both':
      return `SELECT id FROM n${val[0]} INTERSECT SELECT id FROM n${val[1]}`;
    case 'either':
      return `SELECT id FROM n${val[0]} UNION SELECT id FROM n${val[1]}`;
    case 'negate':
      return `SELECT id FROM rows WHERE ${here} EXCEPT SELECT id FROM n${val}`;
    case 'present':
      return `SELECT id FROM entries WHERE ${here} AND path = ${values.bind(val)}`;
    default: {
      const compared = COMPARE[tag](values.bind(val.value));
      return `SELECT id FROM entries WHERE ${here} AND path = ${values.bind(val.path)} AND ${compared}`;
    }
  }
}

function byId({ after }, chosen, values) {
  const behind = after === undefined ? '' : `AND id > ${values.bind(place('id', after)[0])}`;
  return `SELECT id, version, body FROM rows WHERE ${chosen} ${behind} ORDER BY id`;
}

/** By the smallest value, then by id; rows without a value last, or all but the ids turned round. */
function byValue({ order, after }, chosen, here, values) {
  const path = values.bind(order.path);
  const smallest = `(SELECT min(value) FROM entries
    WHERE ${here} AND path = ${path} AND entries.id = rows.id)`;
  const rows = `SELECT id, version, body, ${smallest} AS smallest FROM rows WHERE ${chosen}`;
  const behind = after === undefined ? '' : `WHERE ${behindPlace(place('value', after), order, values)}`;
  const way = order.descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST';
  return `SELECT * FROM (${rows}) ${behind} ORDER BY smallest ${way}, id`;
}

function behindPlace([value, id], { descending }, values) {
  const behind = values.bind(id);
  if (value === null) {
    const others = descending ? 'OR smallest IS NOT NULL' : '';
    return `(smallest IS NULL AND id > ${behind}) ${others}`;
  }
  const from = values.bind(value);
  const beyond = descending ? `smallest < ${from}` : `smallest > ${from} OR smallest IS NULL`;
  return `${beyond} OR (smallest = ${from} AND id > ${behind})`;
}

/** At most so many rows and bytes, but one row at least; and the place of the last if there is more. */
function cut(found, { kind, order, maxRows, maxBytes }) {
  const rows = [];
  let [bytes, next] = [0, undefined];
  for (const { id, version, body, smallest = null } of found) {
    bytes += Buffer.byteLength(body);
    const full = rows.length >= maxRows || (bytes > maxBytes && rows.length > 0);
    if (full) return { rows, next };
    rows.push({ key: { kind, id }, version, body });
    next = order ? cursor('value', smallest, id) : cursor('id', id);
  }
  return { rows, next: undefined };
}
