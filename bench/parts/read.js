// One part of the analysis of contents, alone, over a whole file: read.js sha256|references FILE [MANIFEST…]
import { createHash } from 'node:crypto';
import { openSync, readFileSync, readSync } from 'node:fs';
import { ReferenceScanner } from '../../build/src/core/nix/references.js';

const [what, path, ...manifests] = process.argv.slice(2);
const hashParts = manifests.flatMap((manifest) =>
  [...readFileSync(manifest, 'latin1').matchAll(/\/nix\/store\/([0-9a-z]{32})-/g)].map(([, hash]) => hash),
);
const hash = createHash('sha256');
const scanner = new ReferenceScanner(new Set(hashParts));
const update = what === 'sha256' ? (bytes) => hash.update(bytes) : (bytes) => scanner.update(bytes, 0);

const file = openSync(path);
const buffer = new Uint8Array(2 ** 20);
for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) update(buffer.subarray(0, count));
console.log(what === 'sha256' ? hash.digest('hex') : scanner.finish().found.size);
