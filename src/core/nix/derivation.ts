/**
 * Store derivations (`.drv`): Nix takes their references from what they say they are built from, not from a scan, which
 * would find their outputs, too.
 * Source of the format: Nix manual, “Derivation "ATerm" file format”; `infoForDerivation` in src/libstore/derivations.cc.
 */
import { type Node, readContent } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { byteString } from '../bytes.ts';
import { isStorePath } from './store-path.ts';

/** The largest real ones have some MiB. */
const MOST_BYTES = 64 * 2 ** 20;

const TEXT = '"[^"\\\\]*"';
const list = (item: string) => `\\[((?:${item},?)*)\\]`;
const OUTPUT = `\\((?:${TEXT},){3}${TEXT}\\)`;
const INPUT = `\\(${TEXT},\\[(?:${TEXT},?)*\\]\\)`;
/** Outputs, derivations that inputs are outputs of, and inputs that are none's; what follows is of no use here. */
const BEGINNING = new RegExp(`^Derive\\(${list(OUTPUT)},${list(INPUT)},${list(TEXT)},`);

/** What a derivation refers to; `undefined` where it is none that Nix wrote. */
export function derivationReferences(text: ByteString): ByteString[] | undefined {
  const [, , derivations = '', sources = ''] = BEGINNING.exec(text) ?? [];
  const paths = [...derivations.matchAll(/\("([^"]*)",/g), ...sources.matchAll(/"([^"]*)"/g)].map(([, path]) => path!);
  return BEGINNING.test(text) && paths.every(isStorePath) ? [...new Set(paths)] : undefined;
}

/** The same of a store path; `undefined` where it is no derivation. */
export async function readDerivation({ name, inode }: Node): Promise<ByteString[] | undefined> {
  if (inode.type !== 'file' || !name.endsWith('.drv') || inode.size > MOST_BYTES) return undefined;
  return derivationReferences(byteString(await readContent(inode)));
}
