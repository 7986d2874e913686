// Which store: `map`, or the path of an SQLite file.

import { MapBackend } from './store/map.js';
import { SqliteBackend } from './store/sqlite.js';

/** Opens a backend by its name on the command line. */
export function backend(name) {
  return name === 'map' ? new MapBackend() : new SqliteBackend(name);
}
