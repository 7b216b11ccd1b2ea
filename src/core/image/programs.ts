/** e2fsprogs' programs as typed calls: what each is asked, and which of its lines are expected. */
import { type ByteString, fromText } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { LoadProgram } from '../module.ts';
import { FORGET_WRITES, type Plan } from '../plan/index.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { Debugfs, type ProgramHost, runProgram } from './program.ts';

/** The path under which every program sees the image. */
export const IMAGE = 'image';

/** mke2fs' lines that tell of a choice it made, not of a failure. */
const MKE2FS_REMARKS = [/^Filesystem too small for a journal$/, /^warning: \d+ blocks unused\.$/];

/** Makes the empty filesystem; returns mke2fs' remarks. */
export async function makeMke2fs(load: LoadProgram, clock: number) {
  const module = await load('mke2fs');
  return (store: BlockStore, { before, size }: Plan['mke2fs']): string[] => {
    const args = [...before.map(fromText), IMAGE, size];
    const { status, output } = runProgram(module, args, { files: only(store), clock });
    const lines = output.split('\n').filter((line) => line !== '');
    if (status !== 0) {
      const facts = { bytes: store.size, why: output.replace(/\s+/g, ' ').trim() };
      const isLarge = output.includes('too big to be expressed in 32 bits');
      throw isLarge ? new Refusal('image-too-large', facts) : new Refusal('image-too-small', facts);
    }
    const unexpected = lines.filter((line) => !MKE2FS_REMARKS.some((remark) => remark.test(line)));
    if (unexpected.length)
      throw new Refusal('program-said', { program: 'mke2fs', command: args.join(' '), output: unexpected.join('\n') });
    return lines;
  };
}

/** e2fsck's lines for a filesystem without a finding, besides the summary. */
const E2FSCK_PASSES = [/^e2fsck \d/, /^Pass \d: Checking /];
const E2FSCK_INDEXED = [
  ...E2FSCK_PASSES,
  /^Pass 3A: Optimizing directories$/,
  /\*\*\* FILE SYSTEM WAS MODIFIED \*\*\*/,
];
const E2FSCK_SUMMARY = /: \d+\/\d+ files \([\d.]+% non-contiguous\), \d+\/\d+ blocks$/;

/** What e2fsck finds. */
export interface CheckVerdict {
  readonly clean: boolean;
  /** All that e2fsck said. */
  readonly output: string;
}

/** `e2fsck -fn`: reads the whole filesystem's structure, changes nothing. */
export async function checkStore(load: LoadProgram, store: BlockStore | Source, clock: number): Promise<CheckVerdict> {
  const { status, output } = runProgram(await load('e2fsck'), ['-f', '-n', IMAGE], { files: only(store), clock });
  return { clean: status === 0 && saysOnly(output, E2FSCK_PASSES), output: output.trim() };
}

/** Whether a summary is all that e2fsck said besides these lines. */
function saysOnly(output: ByteString, expected: readonly RegExp[]): boolean {
  const lines = output.split('\n').filter((line) => line !== '' && !expected.some((pass) => pass.test(line)));
  return lines.length === 1 && E2FSCK_SUMMARY.test(lines[0]!);
}

/** e2fsck's status where it has changed something, as it was asked to. */
const E2FSCK_MODIFIED = 1;

/**
 * `e2fsck -D`: an index for each directory of several blocks.
 * @throws Refusal `index-failed`
 */
export async function indexDirectories(load: LoadProgram, store: BlockStore, clock: number): Promise<void> {
  const host = { files: only(store), clock };
  const { status, output } = runProgram(await load('e2fsck'), ['-f', '-y', '-D', IMAGE], host);
  if (status > E2FSCK_MODIFIED || !saysOnly(output, E2FSCK_INDEXED))
    throw new Refusal('index-failed', { output: output.trim() });
  const debugfs = new Debugfs(await load('debugfs'), IMAGE, true, host);
  debugfs.command(FORGET_WRITES);
  debugfs.close();
}

/** The files of a program that sees nothing but the image. */
export const only =
  (store: BlockStore | Source): ProgramHost['files'] =>
  (path: ByteString) =>
    path === IMAGE ? store : undefined;
