// Byte order, and cursors: what every store needs, whatever it keeps its rows in.

/** A failure of a store (`failure` in wit/store/store.wit); `payload` is what the bindings hand on. */
export class StoreFailure extends Error {
  constructor(tag, val) {
    super(`${tag}: ${val}`);
    this.payload = { tag, val };
  }
}

/**
 * Compares strings as their UTF-8 bytes compare. JavaScript's `<` compares 16-bit units, which puts
 * what lies beyond U+FFFF (two surrogates) before U+E000 to U+FFFF.
 */
export function byteOrder(a, b) {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit) {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The cursor behind a place: the walk that it belongs to, and what the next page begins behind. */
export function cursor(walk, ...place) {
  return JSON.stringify([walk, ...place]);
}

/** The place that a cursor names, if it is one of that walk. */
export function place(walk, text) {
  try {
    const [named, ...place] = JSON.parse(text);
    if (named === walk) return place;
  } catch {
    // Refused below.
  }
  throw new StoreFailure('other', `\`${text}\` is not a cursor for this question`);
}

/** How many nodes a plan may have. A filter that a person writes has fewer than ten. */
const MAX_NODES = 512;

/** Refuses a plan that is too large, or whose nodes name later ones. */
export function checkNodes(nodes) {
  if (nodes.length > MAX_NODES) {
    throw new StoreFailure('too-large', `a plan of ${nodes.length} nodes, where ${MAX_NODES} are taken`);
  }
  nodes.forEach(({ tag, val }, at) => {
    const operands = { both: val, either: val, negate: [val] }[tag] ?? [];
    if (operands.some((operand) => operand >= at)) {
      throw new StoreFailure('other', `node ${at} names a later node`);
    }
  });
}

/** The largest value of a counter. */
export const COUNTER_MAX = 2n ** 63n - 1n;

/** Thrown inside a commit: the change at this index is stale. */
export class Stale extends Error {
  constructor(index) {
    super(`change ${index} is stale`);
    this.index = index;
  }
}
