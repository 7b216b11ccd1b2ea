/** Plan → contents: runs debugfs' commands in order. Contents are mapped, not copied. */
import { dataBlocks, type Entry, sourceRanges, type ZeroCells } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import { CONTENT, type Command, commands, type Plan } from '../plan/index.ts';
import { bytesSource, type Source, type View } from '../storage/index.ts';
import { Debugfs } from './program.ts';
import { IMAGE } from './programs.ts';

/** What `write` is told to read. */
const CONTENT_PATH = 'content';

/** debugfs names the inode of each file that it writes. */
const ALLOCATED = /^Allocated inode: \d+\n$/;
const FULL = /No free space|Could not allocate/;

/** Commands after which progress is told. */
const BATCH = 512;

/**
 * @param progress called after every batch with the content bytes and items done so far
 * @throws Refusal `program-said` with the command and debugfs' own words; `image-full`
 */
export function populate(
  debugfsModule: CompiledModule,
  plan: Plan,
  view: View,
  progress: (bytes: number, entries: number) => void,
): void {
  const { blockSize, zeros } = plan;
  const registration = plan.registration && asEntry(bytesSource('registration', plan.registration));
  let entry: Entry | undefined;
  let content: Source | undefined;
  const files = (path: ByteString) => (path === IMAGE ? view : path === CONTENT_PATH ? content : undefined);
  const mapped = (block: number, place: number, length: number) => {
    const [from, to] = [block * blockSize, (block + length) * blockSize];
    for (const [at, offset, bytes] of sourceRanges(entry!, from, to))
      view.map(place * blockSize + at - from, bytes, entry!.source, offset);
  };
  const debugfs = new Debugfs(debugfsModule, IMAGE, true, { files, clock: plan.options.time, mapped });
  const run = (command: Command) => {
    entry = command.content === 'registration' ? registration : command.content;
    content = entry && outline(entry, zeros, blockSize);
    const argv = entry
      ? command.argv.map((argument) => (argument === CONTENT ? CONTENT_PATH : argument))
      : command.argv;
    const said = debugfs.command(argv);
    if (said !== '' && !(entry && ALLOCATED.test(said))) throw refusal(command, said, plan);
  };
  let bytes = 0;
  let entries = 0;
  let done = 0;
  for (const command of commands(plan)) {
    run(command);
    bytes += entry?.size ?? 0;
    if (MAKES.has(command.argv[0]!)) entries++;
    if (++done % BATCH === 0) progress(bytes, entries);
  }
  progress(bytes, entries);
  const said = debugfs.close();
  if (said !== '') throw new Refusal('program-said', { program: 'debugfs', command: 'close', output: display(said) });
}

/** The commands that make an item. */
const MAKES = new Set(['mkdir', 'write', 'symlink', 'ln']);

/** All of a source as a file's content. */
const asEntry = (source: Source): Entry => ({
  source,
  type: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  size: source.size,
  offset: 0,
  segments: undefined,
  target: '',
});

/**
 * What debugfs reads in place of a content: holes where the content's blocks are zeros, and elsewhere blocks that are
 * not zeros. wasm/file_runs.c writes none of it.
 */
function outline(entry: Entry, zeros: ZeroCells, blockSize: number): Source {
  const runs = [...dataBlocks(entry, zeros.get(entry), blockSize)];
  const { size } = entry;
  /** Reads mostly go forward. */
  let run = 0;
  const seek = (block: number) => {
    if (run > 0 && runs[run - 1]![1] > block) run = 0;
    while (run < runs.length && runs[run]![1] <= block) run++;
    return runs[run];
  };
  return {
    name: CONTENT_PATH,
    size,
    // debugfs reads 64 KiB at a time, into holes behind the data, too.
    read(offset, into) {
      for (let at = 0; at < into.length; at += blockSize) {
        const block = (offset + at) / blockSize;
        const found = seek(block);
        if (found && found[0] <= block) into[at] = 1;
        else into.fill(0, at, at + blockSize);
      }
    },
    nextData(offset) {
      const found = seek(Math.floor(offset / blockSize));
      return found && Math.max(offset, found[0] * blockSize);
    },
    nextHole(offset) {
      const found = seek(Math.floor(offset / blockSize));
      const isInside = found && found[0] * blockSize <= offset;
      return isInside ? Math.min(size, found[1] * blockSize) : offset;
    },
  };
}

function refusal({ argv, node: { path } }: Command, said: string, { bytes }: Plan): Refusal {
  if (FULL.test(said)) return new Refusal('image-full', { bytes, path });
  const command = argv.map((argument) => (argument === CONTENT ? display(path) : display(argument))).join(' ');
  return new Refusal('program-said', { program: 'debugfs', command, output: display(said.trim()) });
}
