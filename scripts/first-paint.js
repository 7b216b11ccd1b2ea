/** What a first visit downloads before anything is seen, compressed; more than the budget fails the build. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 200_000;

const dist = new URL('../dist/', import.meta.url);
const page = readFileSync(new URL('index.html', dist), 'utf8');
const files = ['index.html', ...[...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name]) => name)];
const sizes = files.map((name) => gzipSync(readFileSync(new URL(name, dist))).length);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`First paint: ${total} of ${BUDGET} bytes (${files.map((name, i) => `${name} ${sizes[i]}`).join(', ')})`);
if (total > BUDGET) process.exit(1);
