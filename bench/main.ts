/** `npm run bench`: every contender of every case, interleaved, and a table. */
import { mkdir, mkdtemp, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../test/fixtures/process.ts';
import { unpack } from '../test/fixtures/tree.ts';
import { cache } from './archives.ts';
import { CASES, type Case, SCALE } from './cases.ts';
import type { Material } from './contender.ts';
import type { Measurement } from './measure.ts';
import { profile } from './profile.ts';
import { caseSection, leftOut, machine, type Row } from './table.ts';

/** Bytes of an archive that is not kept when its case is done, unless BENCH_KEEP=1 asks for it. */
const LARGE = 5e9;
const results = fileURLToPath(new URL('results.md', import.meta.url));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !CASES.some((known) => known.name === name));
if (unknown.length > 0) {
  throw new Error(`no case ${unknown.join(', ')}; there are ${CASES.map(({ name }) => name).join(', ')}`);
}

const sections: string[] = [];
const publish = (section: string) => {
  sections.push(section);
  console.log(section);
};
publish(await machine());
for (const what of CASES) {
  if (wanted.length > 0 && !wanted.includes(what.name)) continue;
  const free = await freeDisk();
  const needed = SCALE * what.disk;
  publish(free < needed ? leftOut(what.name, needed, free) : await measureCase(what));
}
// Only a whole run of whole sizes is a result.
if (wanted.length === 0 && SCALE === 1) await writeFile(results, sections.join('\n'));

async function measureCase(what: Case): Promise<string> {
  const { archive, manifests } = await what.archive();
  const folder = await mkdtemp(join(tmpdir(), 'storeimg-bench-'));
  try {
    const material = { archive, manifests, tree: join(folder, 'tree'), ...(await count(archive)) };
    if (what.contenders.some((contender) => 'readsTree' in contender)) await unpack(archive, material.tree);
    const rows = await measureRounds(what, material, join(folder, 'image'));
    const { size } = await stat(archive);
    const section = caseSection(what, material.names, size, rows);
    return what.isProfiled ? `${section}\n${await profile(material, join(folder, 'profiled'))}` : section;
  } finally {
    // Not fs.rm: that takes names for UTF-8.
    await run('rm', ['-rf', folder]);
    const isKept = process.env.BENCH_KEEP === '1' || (await stat(archive)).size < LARGE;
    if (!isKept) await rm(dirname(archive), { recursive: true });
  }
}

async function measureRounds({ name, rounds, contenders }: Case, material: Material, image: string): Promise<Row[]> {
  const measured = new Map<string, Measurement[]>(contenders.map((contender) => [contender.name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      if ('why' in contender || round > (contender.rounds ?? rounds)) continue;
      // Nobody pays for what the one before has still to write.
      await run('sync', []);
      const measurement = await contender.run(material, image);
      measured.get(contender.name)!.push(measurement);
      await run('rm', ['-rf', image]);
      console.error(`${name}, round ${round}: ${contender.name} ${measurement.seconds.toFixed(1)} s`);
    }
  }
  return contenders.map((contender) =>
    'why' in contender ? contender : { name: contender.name, measurements: measured.get(contender.name)! },
  );
}

/** Names below `/nix/store`, and inodes: hard links are names only. */
async function count(archive: string): Promise<Pick<Material, 'names' | 'inodes'>> {
  const entries = (await run('tar', ['-tvf', archive])).toString('latin1').trimEnd().split('\n');
  return { names: entries.length, inodes: entries.filter((entry) => !entry.startsWith('h')).length };
}

/** Bytes, where there are fewest. */
async function freeDisk(): Promise<number> {
  await mkdir(cache, { recursive: true });
  const disks = await Promise.all([cache, tmpdir()].map((place) => statfs(place)));
  return Math.min(...disks.map(({ bavail, bsize }) => bavail * bsize));
}
