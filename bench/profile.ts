/** Where the time of `storeimg build` goes: Node.js' CPU profile of the engine's thread, by function. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../test/fixtures/process.ts';
import type { Material } from './contender.ts';
import { storeimgArguments } from './contenders/storeimg-build.ts';

/** A `.cpuprofile`: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** A node each, and the microseconds since the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** Where all of the populate phase runs. */
const isPopulate = ({ functionName, url }: Frame) => functionName === 'populate' && url.endsWith('/image/populate.js');

/** Shares below this are summed up. */
const LEAST_SHARE = 0.01;
const OURS = /\/build\/(src\/.*)\.js$/;

/** Microseconds by row. */
type Times = Map<string, number>;

/** Runs a build once, and shows its functions by the time spent in themselves. */
export async function profile(material: Material, folder: string): Promise<string> {
  const profiles = join(folder, 'profiles');
  await mkdir(profiles, { recursive: true });
  const options = ['--cpu-prof', '--cpu-prof-dir', profiles];
  await run(process.execPath, [...options, ...storeimgArguments(material, join(folder, 'image'))]);
  for (const name of await readdir(profiles)) {
    const threadProfile: CpuProfile = JSON.parse(await readFile(join(profiles, name), 'utf8'));
    if (threadProfile.nodes.some(({ callFrame }) => isPopulate(callFrame))) return section(threadProfile);
  }
  throw new Error('no thread has a populate phase');
}

function section(threadProfile: CpuProfile): string {
  const { build, populate } = selfTimes(threadProfile);
  const total = (times: Times) => [...times.values()].reduce((sum, time) => sum + time, 0);
  const share = (times: Times, row: string) => (times.get(row) ?? 0) / total(times);
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const rows = [...build.keys()].sort(
    (a, b) => share(populate, b) - share(populate, a) || share(build, b) - share(build, a),
  );
  const shown = rows.filter((row) => Math.max(share(populate, row), share(build, row)) >= LEAST_SHARE);
  const lines = shown.map((row) => `| ${row} | ${percent(share(populate, row))} | ${percent(share(build, row))} |`);
  const largest = rows.find((row) => row.startsWith('`src/'))!;
  const seconds = (times: Times) => (total(times) / 1e6).toFixed(1);
  return `### Where the time of \`storeimg build\` goes

One run under the profiler, the engine's thread; hashing has its own beside it. Time in a function itself and in what it calls of the language's own; at least 1 % of either.

| | populate, ${seconds(populate)} s | whole build, ${seconds(build)} s |
|---|---|---|
${lines.join('\n')}

Largest function of ours in populate: ${largest}, ${percent(share(populate, largest))}.
`;
}

/** By row: of the whole thread, and from the first sample below `populate` to the last. */
function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): { build: Times; populate: Times } {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rows = new Map<number, string>();
  const populating = new Set<number>();
  const visit = (id: number, caller: string, isBelow: boolean) => {
    const { callFrame, children = [] } = byId.get(id)!;
    const row = rowOf(callFrame, caller);
    const below = isBelow || isPopulate(callFrame);
    rows.set(id, row);
    if (below) populating.add(id);
    for (const child of children) visit(child, row, below);
  };
  visit(nodes[0]!.id, '(root)', false);

  const first = samples.findIndex((id) => populating.has(id));
  const last = samples.findLastIndex((id) => populating.has(id));
  const build: Times = new Map();
  const populate: Times = new Map();
  samples.forEach((id, index) => {
    const row = rows.get(id)!;
    const time = timeDeltas[index]!;
    build.set(row, (build.get(row) ?? 0) + time);
    if (index >= first && index <= last) populate.set(row, (populate.get(row) ?? 0) + time);
  });
  return { build, populate };
}

/** What has no file of its own, as `TypedArray.set` and `node:fs`' inner calls, counts for its caller. */
function rowOf({ functionName, url, lineNumber }: Frame, caller: string): string {
  if (url.startsWith('wasm:')) return 'e2fsprogs in WebAssembly';
  const name = functionName || `(line ${lineNumber + 1} as built)`;
  const [, ours] = OURS.exec(url) ?? [];
  if (ours) return `\`${ours}.ts\` ${name}`;
  if (url.startsWith('node:')) return `\`${url}\` ${name}`;
  return functionName.startsWith('(') ? functionName : caller;
}
