// Makes JavaScript of the component: `node transpile.js path/to/scimlet.wasm`, once after each
// new release of it. What comes out (`generated/`) needs no package at all.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { transpile } from '@bytecodealliance/jco-transpile';

const [component = 'scimlet.wasm'] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'generated');

// `sync`: the component is instantiated, and calls the store, without a promise in between.
const { files } = await transpile(component, {
  name: 'scimlet',
  outDir: folder,
  instantiation: 'sync',
  noTypescript: true,
});
for (const [name, bytes] of Object.entries(files)) {
  await mkdir(dirname(name), { recursive: true });
  await writeFile(name, bytes);
}
