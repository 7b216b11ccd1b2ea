/** Programs that run beside a test file, and not longer. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

export interface Daemon {
  readonly child: ChildProcess;
  /** Fulfilled when it has ended; it is asked to. */
  stop(): Promise<void>;
}

export function daemon(program: string, args: readonly string[], options: SpawnOptions): Daemon {
  const child = spawn(program, args, options);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  // Whatever becomes of the test.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    child,
    async stop() {
      child.kill();
      await ended;
      process.off('exit', kill);
    },
  };
}
