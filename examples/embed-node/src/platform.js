// What every platform has in some form: tenants, who may speak for them, and a clock.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { open } from './engine.js';

/** How many tenants are kept open. Each costs a few MiB; the one not used for longest gives way. */
const MOST_OPEN = 100;
/**
 * A tenant is looked after so often, even if nothing is known to be due. Every process looks after
 * what it has written itself, so this is for one that died in between.
 */
const ROUND_MS = 3_600_000;
/** What fails is tried again after a while. */
const RETRY_MS = 5_000;
/** How many steps a tenant may take before the others have their turn. */
const STEPS = 20;

const SCOPES = ['scim', 'scim:read', 'admin'];

/** All tenants of this program. */
export class Platform {
  #open = new Map();
  /** When each tenant is looked after next, in milliseconds. */
  #due = new Map();

  constructor(backend, secret) {
    this.backend = backend;
    this.secret = secret;
    this.settings = backend.settings();
  }

  /**
   * Makes a tenant, or gives it other settings. Throws `Problems` if the component does not take
   * them; then nothing has changed.
   */
  save(name, settings) {
    const tenant = open(settings, this.backend.store(name));
    this.backend.saveSettings(name, settings);
    this.settings.set(name, settings);
    this.#keep(name, tenant);
    // Rows that were written before are to be found by what the settings name now.
    let after;
    do after = tenant.reindex(after, 200).next;
    while (after !== undefined);
    return Object.fromEntries(SCOPES.map((scope) => [scope, this.#token(name, scope)]));
  }

  /** Who presents this token: `{ tenant, scope }`, or nobody. */
  bearer(token) {
    const [tenant, scope] = token.split('.');
    const good = this.#alike(token, this.#token(tenant, scope));
    return good && this.settings.has(tenant) ? { tenant, scope } : undefined;
  }

  /** Whether this is the secret itself. */
  isOperator(token) {
    return this.#alike(token, this.secret);
  }

  /** Compares seals, in a time that says nothing about how much was right. */
  #alike(given, right) {
    return timingSafeEqual(this.#seal(given), this.#seal(right));
  }

  #seal(text) {
    return createHmac('sha256', this.secret).update(text).digest();
  }

  /** Nothing of a token is stored: whoever knows the secret can tell a good one. */
  #token(tenant, scope) {
    return `${tenant}.${scope}.${this.#seal(`${tenant}.${scope}`).toString('hex')}`;
  }

  /** Answers a SCIM request of a tenant; `asked` lacks only what this program adds. */
  handle(name, asked) {
    const answer = this.#with(name, (tenant) => tenant.handle({ ...asked, ...moment() }));
    if (asked.method !== 'GET') this.#due.set(name, 0);
    return answer;
  }

  /** Carries out what is due by time: terms that begin or end, work that was left over. */
  sweep() {
    for (const name of this.settings.keys()) {
      if ((this.#due.get(name) ?? 0) > Date.now()) continue;
      try {
        this.#due.set(name, this.#sweepOne(name));
      } catch (error) {
        // The others have their turn all the same.
        console.error(`what is due for \`${name}\` has to wait:`, error);
        this.#due.set(name, Date.now() + RETRY_MS);
      }
    }
  }

  #sweepOne(name) {
    const latest = Date.now() + ROUND_MS;
    for (let step = 0; step < STEPS; step++) {
      const { now, seed } = moment();
      const next = this.#with(name, (tenant) => tenant.sweep(now, seed));
      if (next === undefined) return latest;
      if (next > now) return Math.min(Number(next), latest);
    }
    return 0;
  }

  #with(name, call) {
    const tenant = this.#open.get(name) ?? open(this.settings.get(name), this.backend.store(name));
    // Whoever throws has lost the instance, and whether it committed anything is unknown.
    this.#open.delete(name);
    const answer = call(tenant);
    this.#keep(name, tenant);
    return answer;
  }

  #keep(name, tenant) {
    this.#open.delete(name);
    this.#open.set(name, tenant);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN) this.#open.delete(oldest);
  }
}

/** The only clock and the only chance that the component has. */
function moment() {
  const chance = randomBytes(16);
  return { now: BigInt(Date.now()), seed: [chance.readBigUInt64LE(0), chance.readBigUInt64LE(8)] };
}
