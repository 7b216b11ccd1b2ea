#!/usr/bin/env node
// The command line as it is installed. In a clone it exists only once it has been built.
import { existsSync } from 'node:fs';

const program = new URL('../build/src/node/main.js', import.meta.url);
const wasm = new URL('../wasm/dist/mke2fs.wasm', import.meta.url);
if (existsSync(program) && existsSync(wasm)) {
  await import(program.href);
} else {
  console.error('storeimg: not built yet: run “npm start” in the clone first.');
  process.exitCode = 1;
}
