// Node.js 20 runs no TypeScript; vite, which builds the page, does.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('main.ts', import.meta.url)), { configFile: false });
