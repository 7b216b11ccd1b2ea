/** e2fsprogs' programs as typed calls: what each is asked, and which of its lines are expected. */
import { type ByteString, fromText } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { BuildHost } from '../index.ts';
import type { Plan } from '../plan/index.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { type ProgramHost, runProgram } from './program.ts';

/** The path under which every program sees the image. */
export const IMAGE = 'image';

type Loaded = (name: Parameters<BuildHost['program']>[0]) => Promise<WebAssembly.Module>;

/** mke2fs' lines that tell of a choice it made, not of a failure. */
const MKE2FS_REMARKS = [/^Filesystem too small for a journal$/, /^warning: \d+ blocks unused\.$/];

/** Makes the empty filesystem; returns mke2fs' remarks. */
export async function makeMke2fs(load: Loaded, clock: number) {
  const module = await load('mke2fs');
  return (store: BlockStore, { before, size }: Plan['mke2fs']): string[] => {
    const args = [...before.map(fromText), IMAGE, size];
    const { status, output } = runProgram(module, args, { files: only(store), clock });
    const lines = output.split('\n').filter((line) => line !== '');
    if (status !== 0)
      throw new Refusal('image-too-small', { bytes: store.size, why: output.replace(/\s+/g, ' ').trim() });
    const unexpected = lines.filter((line) => !MKE2FS_REMARKS.some((remark) => remark.test(line)));
    if (unexpected.length)
      throw new Refusal('program-said', { program: 'mke2fs', command: args.join(' '), output: unexpected.join('\n') });
    return lines;
  };
}

/** e2fsck's lines for a filesystem without a finding, besides the summary. */
const E2FSCK_PASSES = [/^e2fsck \d/, /^Pass \d: Checking /];
const E2FSCK_SUMMARY = /: \d+\/\d+ files \([\d.]+% non-contiguous\), \d+\/\d+ blocks$/;

export interface CheckVerdict {
  readonly clean: boolean;
  /** All that e2fsck said. */
  readonly output: string;
}

/** `e2fsck -fn`: reads the whole filesystem's structure, changes nothing. */
export async function checkStore(load: Loaded, store: BlockStore | Source, clock: number): Promise<CheckVerdict> {
  const { status, output } = runProgram(await load('e2fsck'), ['-f', '-n', IMAGE], { files: only(store), clock });
  const lines = output.split('\n').filter((line) => line !== '' && !E2FSCK_PASSES.some((pass) => pass.test(line)));
  const clean = status === 0 && lines.length === 1 && E2FSCK_SUMMARY.test(lines[0]!);
  return { clean, output: output.trim() };
}

export const only =
  (store: BlockStore | Source): ProgramHost['files'] =>
  (path: ByteString) =>
    path === IMAGE ? store : undefined;
