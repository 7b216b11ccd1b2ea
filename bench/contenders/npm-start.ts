/** `npm start` where it has run before, until the page is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { measure } from '../measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PORT = 5174;

export const npmStart: Contender = {
  name: 'second npm start, until the page answers',
  async run() {
    const env = { ...process.env, PORT: String(PORT) };
    const child = spawn('npm', ['start'], { cwd: root, env, stdio: 'ignore', detached: true });
    const ended = once(child, 'exit');
    try {
      return await measure(async () => {
        while (!(await answers())) {
          if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
          await setTimeout(20);
        }
      });
    } finally {
      // npm's whole process group, the server with it.
      process.kill(-child.pid!, 'SIGTERM');
      await ended;
    }
  },
};

async function answers(): Promise<boolean> {
  try {
    return (await fetch(`http://localhost:${PORT}/`)).ok;
  } catch {
    return false;
  }
}
