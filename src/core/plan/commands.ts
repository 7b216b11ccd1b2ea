/** Items → the debugfs commands that make them, one at a time: neither build nor script holds them all. */
import type { Entry, Node } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Item } from './contents.ts';
import { DirectoryLayout } from './directory.ts';
import { hasChecksums } from './features.ts';
import type { Plan } from './index.ts';
import { escapeValue, placeXattrs } from './xattrs.ts';

/** One debugfs command. `CONTENT` as an argument stands for where `content` can be read. */
export interface Command {
  readonly argv: readonly ByteString[];
  /** What `write` reads. */
  readonly content?: Entry | 'registration';
  /** The item's path, for messages. */
  readonly path: ByteString;
}

/** The argument of `write` that the executor replaces by its own name for the content. */
export const CONTENT = '\0content';

/** The counter of writes depends on caches; zero is the same everywhere. */
export const FORGET_WRITES: readonly ByteString[] = ['ssv', 'kbytes_written', '0'];

const TYPE_BITS = { directory: 0o40000, file: 0o100000 } as const;

/** A directory with more subdirectories has the link count 1 (dir_nlink); debugfs' mkdir would let it overflow. */
const MOST_SUBDIRECTORIES = 64_998;

export function* commands(plan: Plan): Generator<Command> {
  if (plan.options.profile === 'original') yield* writeRegistration(plan);
  if (plan.top) yield* setInode('/', plan.top, plan);
  yield* makeItems(plan);
  if (plan.options.profile === 'default') yield* writeRegistration(plan);
  yield { argv: FORGET_WRITES, path: '' };
}

function* writeRegistration({ registrationBytes }: Plan): Generator<Command> {
  if (registrationBytes === undefined) return;
  yield { argv: ['cd', '/'], path: REGISTRATION };
  yield { argv: ['write', CONTENT, REGISTRATION], content: 'registration', path: REGISTRATION };
}

function* makeItems(plan: Plan): Generator<Command> {
  const { items, options, blockSize } = plan;
  const layout = new DirectoryLayout(blockSize, hasChecksums(options));
  if (options.profile === 'original') layout.add(undefined, REGISTRATION.length);
  // The root has lost+found.
  const subdirectories = new Map<Node | undefined, number>([[undefined, 1]]);
  const namesMade = new Map<Item, number>();
  let current: Node | undefined | null = null;
  for (const item of items) {
    const { node, inode, linkTo } = item;
    const { path } = node;
    if (node.parent !== current) {
      current = node.parent;
      yield { argv: ['cd', `/${current?.path ?? ''}`], path };
    }
    const grows = layout.add(current, node.name.length);
    if (linkTo) {
      // `ln` neither makes room nor counts links.
      if (grows) yield { argv: ['expand_dir', '.'], path };
      yield { argv: ['ln', `/${linkTo.node.path}`, node.name], path };
      const made = (namesMade.get(linkTo) ?? 1) + 1;
      namesMade.set(linkTo, made);
      if (made === linkTo.links) yield { argv: ['sif', safe(node.name), 'links_count', String(made)], path };
      continue;
    }
    yield makeInode(item);
    if (inode.type === 'directory') subdirectories.set(current, (subdirectories.get(current) ?? 0) + 1);
    yield* setInode(safe(node.name), item, plan);
  }
  for (const [directory, count] of subdirectories) {
    const path = directory?.path ?? '';
    if (count > MOST_SUBDIRECTORIES) yield { argv: ['sif', `/${path}`, 'links_count', '1'], path };
  }
}

function makeInode({ node: { name, path }, inode }: Item): Command {
  switch (inode.type) {
    case 'directory':
      return { argv: ['mkdir', name], path };
    case 'symlink':
      return { argv: ['symlink', name, inode.target], path };
    default:
      return { argv: ['write', CONTENT, name], content: inode, path };
  }
}

/** A symbolic link's mode is always 0777; owners are 0 until set. */
function* setInode(
  name: ByteString,
  { node: { path }, inode, mode, uid, gid }: Item,
  { options, blockSize }: Plan,
): Generator<Command> {
  const set = (field: string, value: string) => ({ argv: ['sif', name, field, value], path });
  if (inode.type === 'directory' || inode.type === 'file')
    yield set('mode', `0${(TYPE_BITS[inode.type] | mode).toString(8)}`);
  if (uid) yield set('uid', String(uid));
  if (gid) yield set('gid', String(gid));
  for (const [key, value] of placeXattrs(inode, blockSize, options).held)
    yield { argv: ['ea_set', name, key, escapeValue(value)], path };
}

/** debugfs takes `<12>` for inode 12 and `-f` for an option, unless they look like paths. */
const safe = (name: ByteString) => (/^[<-]/.test(name) ? `./${name}` : name);
