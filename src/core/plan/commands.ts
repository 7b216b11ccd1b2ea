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
  /** What it makes, for messages. */
  readonly node: Pick<Node, 'path'>;
}

/** The argument of `write` that the executor replaces by its own name for the content. */
export const CONTENT = '\0content';

/** The counter of writes depends on caches; zero is the same everywhere. */
export const FORGET_WRITES: readonly ByteString[] = ['ssv', 'kbytes_written', '0'];

const ROOT = { path: '' };

const TYPE_BITS = { directory: 0o40000, file: 0o100000 } as const;

/** A directory with more subdirectories has the link count 1 (dir_nlink); debugfs' mkdir would let it overflow. */
const MOST_SUBDIRECTORIES = 64_998;

/** All of a plan's commands for debugfs, in order. */
export function* commands(plan: Plan): Generator<Command> {
  if (plan.options.profile === 'original') yield* writeRegistration(plan);
  if (plan.top) yield* setInode('/', plan.top, plan);
  yield* makeItems(plan);
  if (plan.options.profile === 'default') yield* writeRegistration(plan);
  yield { argv: FORGET_WRITES, node: ROOT };
}

function* writeRegistration({ registrationBytes }: Plan): Generator<Command> {
  if (registrationBytes === undefined) return;
  const node = { path: REGISTRATION };
  yield { argv: ['cd', '/'], node };
  yield { argv: ['write', CONTENT, REGISTRATION], content: 'registration', node };
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
    if (node.parent !== current) {
      current = node.parent;
      yield { argv: ['cd', `/${current?.path ?? ''}`], node };
    }
    const grows = layout.add(current, node.name.length);
    if (linkTo) {
      // `ln` neither makes room nor counts links.
      if (grows) yield { argv: ['expand_dir', '.'], node };
      yield { argv: ['ln', `/${linkTo.node.path}`, node.name], node };
      const made = (namesMade.get(linkTo) ?? 1) + 1;
      namesMade.set(linkTo, made);
      if (made === linkTo.links) yield { argv: ['sif', safe(node.name), 'links_count', String(made)], node };
      continue;
    }
    yield makeInode(item);
    if (inode.type === 'directory') subdirectories.set(current, (subdirectories.get(current) ?? 0) + 1);
    yield* setInode(safe(node.name), item, plan);
  }
  for (const [node = ROOT, count] of subdirectories) {
    if (count > MOST_SUBDIRECTORIES) yield { argv: ['sif', `/${node.path}`, 'links_count', '1'], node };
  }
}

function makeInode({ node, inode }: Item): Command {
  const { name } = node;
  switch (inode.type) {
    case 'directory':
      return { argv: ['mkdir', name], node };
    case 'symlink':
      return { argv: ['symlink', name, inode.target], node };
    default:
      return { argv: ['write', CONTENT, name], content: inode, node };
  }
}

/** A symbolic link's mode is always 0777; owners are 0 until set. */
function* setInode(
  name: ByteString,
  { node, inode, mode, uid, gid }: Item,
  { options, blockSize }: Plan,
): Generator<Command> {
  const set = (field: string, value: string) => ({ argv: ['sif', name, field, value], node });
  if (inode.type === 'directory' || inode.type === 'file')
    yield set('mode', `0${(TYPE_BITS[inode.type] | mode).toString(8)}`);
  if (uid) yield set('uid', String(uid));
  if (gid) yield set('gid', String(gid));
  for (const [key, value] of placeXattrs(inode, blockSize, options).held)
    yield { argv: ['ea_set', name, key, escapeValue(value)], node };
}

/** debugfs takes `<12>` for inode 12 and `-f` for an option, unless they look like paths. */
const safe = (name: ByteString) => (/^[<-]/.test(name) ? `./${name}` : name);
