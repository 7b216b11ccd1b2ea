/** Ends the process when one case takes too long: what never returns can't be told by the thread that it keeps. */
import { Worker } from 'node:worker_threads';

/** A case takes a tenth of a second; a machine may be busy. */
const MOST_SECONDS = 120;

const CODE = `
const { workerData: { cases, what, seconds } } = require('node:worker_threads');
let before = -1;
setInterval(() => {
  const now = Atomics.load(cases, 0);
  if (now === before) {
    require('node:fs').writeSync(2, what + ': case ' + now + ' has not ended after ' + seconds + ' seconds\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  before = now;
}, seconds * 1000);
`;

export class Watchdog {
  readonly #cases = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(what: string) {
    const workerData = { cases: this.#cases, what, seconds: MOST_SECONDS };
    this.#worker = new Worker(CODE, { eval: true, workerData });
  }

  /** Called with every case's number before it begins. */
  begin(number: number): void {
    Atomics.store(this.#cases, 0, number);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
