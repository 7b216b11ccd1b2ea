/** Programs that run beside a test file, and not longer. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Daemon {
  readonly child: ChildProcess;
  /** Fulfilled when it has ended, and all that it started: nobody writes to its profile any more. It is asked to. */
  stop(): Promise<void>;
}

/** Milliseconds that what it started may take to end by itself. */
const PATIENCE = 5000;

export function daemon(program: string, args: readonly string[], options: SpawnOptions): Daemon {
  // A group of its own: a browser is many processes, and the last to end is not the one that was started.
  const child = spawn(program, args, { ...options, detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  /** Sends a signal to all of the group; returns whether there was anybody. */
  const signal = (name: NodeJS.Signals | 0) => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, name);
    } catch {
      return false;
    }
  };
  // Whatever becomes of the test.
  const kill = () => void signal('SIGKILL');
  process.once('exit', kill);
  return {
    child,
    async stop() {
      child.kill();
      await ended;
      for (const started = performance.now(); signal(0) && performance.now() - started < PATIENCE; ) await sleep(20);
      kill();
      process.off('exit', kill);
    },
  };
}
