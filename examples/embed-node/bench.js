// What a call costs in this process, without HTTP: `node bench.js [map | FILE]`.

import { backend } from './src/backend.js';
import { open } from './src/engine.js';

const USERS = 1000;
const store = backend(process.argv[2] ?? 'map').store(`bench-${process.pid}`);

let clock = BigInt(Date.now());
let tenant;
function ask(method, path, body, query) {
  const headers = [{ name: 'content-type', value: 'application/scim+json' }];
  const answer = tenant.handle({
    method, path, query, headers, body: body ? JSON.stringify(body) : '',
    principal: { id: 'bench', scopes: ['admin'] },
    now: clock++, seed: [clock, clock], baseUrl: 'https://scim.example.com/scim/v2',
  });
  if (answer.status >= 300) throw new Error(answer.body);
  return answer.body && JSON.parse(answer.body);
}

/** Does something so many times and prints what half of them took at most, and 99 of 100. */
function measure(name, times, work) {
  const micros = [];
  for (let at = 0; at < times; at++) {
    const begun = process.hrtime.bigint();
    work(at);
    micros.push(Number(process.hrtime.bigint() - begun) / 1000);
  }
  micros.sort((a, b) => a - b);
  const at = (share) => micros[Math.floor(share * (times - 1))].toFixed(0).padStart(8);
  console.log(`${name.padEnd(28)}${at(0.5)}${at(0.99)}`);
}

console.log(`${'microseconds'.padEnd(28)}${'half'.padStart(8)}${'99 %'.padStart(8)}`);
measure('open a tenant', 20, () => {
  tenant = open('{}', store);
});
const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
const patch = (active) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path: 'active', value: active }],
});
const ids = [];
measure('POST a user', USERS, (at) => {
  ids.push(ask('POST', '/Users', { schemas, userName: `user-${at}@example.com` }).id);
});
measure('GET a user by id', USERS, (at) => ask('GET', `/Users/${ids[at]}`));
measure('GET a user by userName', 200, (at) => {
  ask('GET', '/Users', undefined, `filter=userName%20eq%20%22user-${at}@example.com%22`);
});
measure('GET a page of 100 users', 50, () => ask('GET', '/Users', undefined, 'count=100'));
measure('PATCH active to false', 200, (at) => ask('PATCH', `/Users/${ids[at]}`, patch(false)));
measure('DELETE a user', 200, (at) => ask('DELETE', `/Users/${ids[at]}`));
