/** What a visit of the built page downloads, compressed; more than the budget fails the build. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGETS = {
  'before anything is seen': 200_000,
  'other code': 250_000,
  'WebAssembly, when it is needed': 1_250_000,
};

const dist = new URL('../dist/', import.meta.url);
const page = readFileSync(new URL('index.html', dist), 'utf8');

/** @param {string} name */
function kindOf(name) {
  if (name === 'index.html' || page.includes(`"./${name}"`)) return 'before anything is seen';
  return name.endsWith('.wasm') ? 'WebAssembly, when it is needed' : 'other code';
}

const names = readdirSync(dist, { recursive: true }).map((name) => `${name}`.replaceAll('\\', '/'));
for (const [kind, budget] of Object.entries(BUDGETS)) {
  const files = names.filter((name) => /\.(html|js|css|wasm)$/.test(name) && kindOf(name) === kind);
  const sizes = files.map((name) => gzipSync(readFileSync(new URL(name, dist))).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${kind}: ${total} of ${budget} bytes (${files.map((name, i) => `${name} ${sizes[i]}`).join(', ')})`);
  if (total > budget) process.exitCode = 1;
}
