/** `npm run bench`: every contender of every case, interleaved, and a table. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../test/fixtures/process.ts';
import { CASES } from './cases.ts';
import type { Measurement } from './measure.ts';
import { caseTable, machine } from './table.ts';

const ROUNDS = 3;
const results = fileURLToPath(new URL('results.md', import.meta.url));

const wanted = process.argv.slice(2);
const sections: string[] = [await machine()];
const folder = await mkdtemp(join(tmpdir(), 'storeimg-bench-'));
try {
  for (const { name, make, contenders } of CASES) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const { description, ...material } = await make(join(folder, name));
    const measured = new Map<string, Measurement[]>(contenders.map((contender) => [contender.name, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      for (const contender of contenders) {
        // Nobody pays for what the one before has still to write.
        await run('sync', []);
        const measurement = await contender.run(material, join(folder, 'image'));
        measured.get(contender.name)!.push(measurement);
        await run('rm', ['-rf', join(folder, 'image')]);
        console.error(`${name}, round ${round}: ${contender.name} ${measurement.seconds.toFixed(1)} s`);
      }
    }
    sections.push(caseTable(name, description, measured));
  }
} finally {
  await run('rm', ['-rf', folder]);
}
const text = sections.join('\n');
console.log(text);
if (wanted.length === 0) await writeFile(results, text);
