// The component: compiled once, instantiated for each tenant.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { instantiate } from '../generated/scimlet.js';
import { wasi } from './wasi.js';

const GENERATED = join(import.meta.dirname, '..', 'generated');
const modules = new Map();

function coreModule(name) {
  if (!modules.has(name)) {
    modules.set(name, new WebAssembly.Module(readFileSync(join(GENERATED, name))));
  }
  return modules.get(name);
}

/** A platform whose tenants bring no policies of their own. */
const noPolicy = {
  describe: () => undefined,
  shape: () => {
    throw Object.assign(new Error('no policy'), { payload: 'unavailable' });
  },
  entitle: () => {
    throw Object.assign(new Error('no policy'), { payload: 'unavailable' });
  },
};

/** What is wrong with a tenant's settings: `[{ path, detail }]`. */
export class Problems extends Error {
  constructor(problems) {
    super(problems.map(({ path, detail }) => `${path}: ${detail}`).join('\n'));
    this.problems = problems;
  }
}

/**
 * Opens a tenant: an instance of its own, bound to its store. The answer has the methods of the
 * resource `tenant` in wit/scim/scim.wit. If one of them throws, the instance is broken: open anew.
 */
export function open(settings, store) {
  const imports = {
    ...wasi,
    'scimlet:store/store': {
      load: (keys) => store.load(keys),
      holders: (claims) => store.holders(claims),
      counters: (names) => new BigUint64Array(store.counters(names)),
      find: (plan) => store.find(plan),
      edges: (queries) => store.edges(queries),
      commit: (changes) => store.commit(changes),
    },
    'scimlet:scim/policy': noPolicy,
  };
  const { provider } = instantiate(coreModule, imports);
  try {
    return provider.Tenant.open(settings);
  } catch (error) {
    // `open` answers with a list of problems; anything else is a trap.
    const problems = error.payload ?? error;
    throw Array.isArray(problems) ? new Problems(problems) : error;
  }
}
