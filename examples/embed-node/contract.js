// The far end of `scimlet-store-contract`: `node contract.js map`, or `node contract.js FILE`.
//
// A question a line on standard input, an answer a line on standard output. The data has the shape
// of the component's bindings already, but for numbers of 64 bits (strings there, BigInt here) and none.

import { createInterface } from 'node:readline';

import { backend } from './src/backend.js';
import { StoreFailure } from './src/store/order.js';

const LARGE = new Set(['version', 'replaces', 'offset', 'delta', 'floor', 'ceiling']);

function read(name, value) {
  // None is `null` there and `undefined` here.
  if (value === null) return undefined;
  if (LARGE.has(name) && typeof value === 'string') return BigInt(value);
  // `{ tag: 'version', val }`, an expectation.
  if (value?.tag === 'version') return { ...value, val: BigInt(value.val) };
  return value;
}

function written(_, value) {
  return typeof value === 'bigint' ? value.toString() : value;
}

function answer(stores, { id, tenant, call, args }) {
  try {
    if (call === 'outbox') args[0] = BigInt(args[0]);
    return { id, ok: stores.store(tenant)[call](...args) };
  } catch (error) {
    const failure = error instanceof StoreFailure ? error.payload : { tag: 'other', val: String(error) };
    return { id, failure };
  }
}

const stores = backend(process.argv[2] ?? 'map');
for await (const line of createInterface({ input: process.stdin })) {
  const told = answer(stores, JSON.parse(line, read));
  process.stdout.write(`${JSON.stringify(told, written)}\n`);
}
