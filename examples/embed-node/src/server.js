// SCIM in a fastify program: `SECRET=... node src/server.js [map | FILE]`.
//
//   PUT /tenants/NAME   the platform's own: makes a tenant, or changes its settings (the body)
//   /scim/v2/...        SCIM, answered by the component
//   /admin/v1/...       what it answers to admins beside SCIM

import Fastify from 'fastify';

import { backend } from './backend.js';
import { Problems } from './engine.js';
import { Platform } from './platform.js';

const BASE = '/scim/v2';
const ADMIN = '/admin/v1';

/** What the component gets to see of the headers; never who asks. */
const SHOWN = [
  'accept', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'prefer', 'user-agent',
  'x-http-method-override',
];

const { SECRET, PORT = '8080', STORE = process.argv[2] ?? 'map' } = process.env;
if (!SECRET) throw new Error('set SECRET to something long that nobody knows');
const platform = new Platform(backend(STORE), SECRET);

const app = Fastify({ bodyLimit: 4 << 20 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => {
  try {
    done(null, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    done(Object.assign(new Error('the body is not UTF-8'), { statusCode: 400 }));
  }
});

/** The token of an `Authorization` header, and whether the word `Bearer` is missing. */
function presented(header = '') {
  const [, word, token] = /^(?:(bearer) +)?(\S+) *$/i.exec(header) ?? [];
  return { token, bare: token !== undefined && word === undefined };
}

function scimError(reply, status, detail) {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail };
  return reply.code(status).type('application/scim+json').send(JSON.stringify(body));
}

app.put('/tenants/:name', (request, reply) => {
  const { token } = presented(request.headers.authorization);
  if (!token || !platform.isOperator(token)) return reply.code(401).send();
  try {
    return { tokens: platform.save(request.params.name, request.body ?? '{}') };
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return reply.code(422).send({ problems: error.problems });
  }
});

/** The path as the component knows it: below the SCIM base, where admins have a corner of their own. */
function below(url) {
  return url.startsWith(ADMIN) ? `/.admin${url.slice(ADMIN.length)}` : url.slice(BASE.length);
}

function scim(request, reply) {
  const { token, bare } = presented(request.headers.authorization);
  const caller = token && platform.bearer(token);
  if (!caller) {
    reply.header('www-authenticate', 'Bearer realm="scimlet"');
    return scimError(reply, 401, 'a valid bearer token is needed');
  }
  const [path, query] = below(request.raw.url).split(/\?(.*)/s);
  const headers = SHOWN.filter((name) => name in request.headers);
  const answer = platform.handle(caller.tenant, {
    method: request.method === 'HEAD' ? 'GET' : request.method,
    path,
    query,
    headers: [
      ...headers.map((name) => ({ name, value: request.headers[name] })),
      ...(bare ? [{ name: 'x-scimlet-bare-token', value: 'true' }] : []),
    ],
    body: request.body ?? '',
    principal: { id: `${caller.tenant}.${caller.scope}`, scopes: [caller.scope] },
    baseUrl: `http://${request.host}${BASE}`,
  });
  for (const { name, value } of answer.headers) reply.header(name, value);
  return reply.code(answer.status).send(answer.body || undefined);
}
for (const base of [BASE, ADMIN]) {
  app.all(base, scim);
  app.all(`${base}/*`, scim);
}

app.setErrorHandler((error, _, reply) => {
  const status = error.statusCode ?? 500;
  if (status >= 500) console.error(error);
  return scimError(reply, status, status >= 500 ? 'something broke; it is in the log' : error.message);
});

setInterval(() => platform.sweep(), 1000).unref();

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());
console.log(`listening on ${await app.listen({ port: Number(PORT) })}`);
