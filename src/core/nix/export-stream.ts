/**
 * What `nix-store --export` writes: NARs, each followed by what Nix knows of its path. Contents stay where they are.
 * Source: Nix, src/libstore/export-import.cc. For each path: 1, the NAR, "NIXE", path, references, deriver, 0 or an old
 * signature; after the last one 0.
 */
import type { NamedEntry } from '../archive/index.ts';
import { type ByteString, byteString, display } from '../bytes.ts';
import { readStart, type Source } from '../storage/index.ts';
import type { PathInfo } from './manifest.ts';
import { NarReader, readNar } from './nar-reader.ts';
import { isStorePath } from './store-path.ts';

/** How an export stream begins: the number 1, then a NAR. */
const BEGINNING = '\x01\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0\0nix-archive-1';
const NIXE = 0x4558494e;
/** Linux' PATH_MAX less the final NUL. */
const MOST_PATH = 4095;
/** More references than a store has paths. */
const MOST_REFERENCES = 2 ** 24;
const MOST_SIGNATURE = 2 ** 12;

export const isExportStream = (source: Source): boolean =>
  byteString(readStart(source, BEGINNING.length)) === BEGINNING;

/**
 * Reads all entries, one store path after the other.
 * @param infos takes what Nix knows of each path
 * @throws Refusal `nar-damaged`, `nar-truncated`
 */
export async function* readExportStream(source: Source, infos: PathInfo[]): AsyncGenerator<NamedEntry> {
  const reader = new NarReader(source, 0, source.size);
  reader.what = 'what comes before its first NAR';
  const storePath = async (what: string, isOptional = false): Promise<ByteString> => {
    const at = reader.at;
    const path = await reader.string(what, MOST_PATH);
    if (!isStorePath(path) && !(isOptional && path === ''))
      throw reader.damaged(`“${display(path)}” is no store path`, at);
    return path;
  };
  for (;;) {
    const more = await reader.number();
    if (more === 0) break;
    if (more !== 1) throw reader.damaged('another path or the end should follow', reader.at - 8);
    // Whose NAR it is stands behind it.
    const before = infos.at(-1)?.path;
    reader.what = before === undefined ? 'its first NAR' : `the NAR that follows ${before}`;
    const nar = await readNar(reader, '');
    reader.what = `what follows that NAR`;
    if ((await reader.number()) !== NIXE) throw reader.damaged('no path follows the NAR', reader.at - 8);
    const path = await storePath('a store path');
    reader.what = `what follows the NAR of ${path}`;
    const count = await reader.number();
    if (count > MOST_REFERENCES) throw reader.damaged(`${path} has ${count} references`, reader.at - 8);
    const references: ByteString[] = [];
    while (references.length < count) references.push(await storePath('a reference'));
    const deriver = await storePath('a deriver', true);
    if ((await reader.number()) === 1) await reader.string('a signature', MOST_SIGNATURE);
    infos.push({ path, references, narHash: undefined, narSize: undefined, deriver, from: source.name });
    for (const { path: below, header, inode } of nar) {
      const full = path.slice(1) + below;
      if (full.length > MOST_PATH) throw reader.damaged(`a path has ${full.length} bytes`, header);
      yield { path: full, header, inode };
    }
  }
  if (!reader.ended) throw reader.damaged('something follows the last path', reader.at);
}
