/** Plan → contents: runs debugfs' commands in order, with the archive's contents fetched ahead of them. */
import { contentOf as entryContent, fetchedBatches } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../host.ts';
import { CONTENT, type Command, commands, type Plan } from '../plan/index.ts';
import { type BlockStore, bytesSource, type Source } from '../storage/index.ts';
import { Debugfs } from './program.ts';
import { IMAGE } from './programs.ts';

/** What `write` is told to read. */
const CONTENT_PATH = 'content';

/** debugfs names the inode of each file that it writes. */
const ALLOCATED = /^Allocated inode: \d+\n$/;
const FULL = /No free space|Could not allocate/;

/**
 * @param registration the registration's content, awaited only when its turn has come
 * @param progress called after every batch with the content bytes and items done so far
 * @throws Refusal `program-said` with the command and debugfs' own words; `image-full`
 */
export async function populate(
  debugfsModule: CompiledModule,
  plan: Plan,
  store: BlockStore,
  registration: () => Promise<Uint8Array>,
  progress: (bytes: number, entries: number) => void,
): Promise<void> {
  let content: Source | undefined;
  let registrationBytes: Uint8Array | undefined;
  const files = (path: ByteString) => (path === IMAGE ? store : path === CONTENT_PATH ? content : undefined);
  const debugfs = new Debugfs(debugfsModule, IMAGE, true, { files, clock: plan.options.time });
  const run = (command: Command) => {
    content = contentOf(command, registrationBytes);
    const argv = content
      ? command.argv.map((argument) => (argument === CONTENT ? CONTENT_PATH : argument))
      : command.argv;
    const said = debugfs.command(argv);
    if (said !== '' && !(content && ALLOCATED.test(said))) throw refusal(command, said, plan);
  };
  let bytes = 0;
  let entries = 0;
  for await (const batch of fetchedBatches(commands(plan), entryOf)) {
    if (batch.some((command) => command.content === 'registration')) registrationBytes = await registration();
    for (const command of batch) {
      run(command);
      bytes += content?.size ?? 0;
    }
    entries += batch.reduce((made, { argv }) => made + (MAKES.has(argv[0]!) ? 1 : 0), 0);
    progress(bytes, entries);
  }
  const said = debugfs.close();
  if (said !== '') throw new Refusal('program-said', { program: 'debugfs', command: 'close', output: display(said) });
}

/** The commands that make an item. */
const MAKES = new Set(['mkdir', 'write', 'symlink', 'ln']);

/** A file's content as a source of its own. */
function contentOf({ content }: Command, registration: Uint8Array | undefined): Source | undefined {
  if (!content) return undefined;
  return content === 'registration' ? bytesSource(content, registration!) : entryContent(content);
}

/** The archive's entry that a command reads. */
const entryOf = ({ content }: Command) => (content === 'registration' ? undefined : content);

function refusal({ argv, node: { path } }: Command, said: string, { bytes }: Plan): Refusal {
  if (FULL.test(said)) return new Refusal('image-full', { bytes, path });
  const command = argv.map((argument) => (argument === CONTENT ? display(path) : display(argument))).join(' ');
  return new Refusal('program-said', { program: 'debugfs', command, output: display(said.trim()) });
}
