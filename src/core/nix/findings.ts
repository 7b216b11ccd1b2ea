/**
 * Everything that can be found wrong with a closure, once. A finding is a sentence with path and advice; errors stop a
 * build, warnings are shown with its result.
 */
import type { EndNote } from '../archive/index.ts';
import { andMore, type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { toBase32 } from './base32.ts';
import type { DamagedManifest } from './closure.ts';
import type { Circle } from './cycles.ts';
import type { Mention } from './examine.ts';
import type { PathInfo } from './manifest.ts';
import type { OddModes } from './modes.ts';
import { STORE } from './store-path.ts';

const WHOLE_CLOSURE = 'put the whole closure into the archive (nix-store -qR)';

/** What the contents say of a path, and the manifests that say something else. */
interface Contradiction {
  readonly path: ByteString;
  readonly narHash: Uint8Array;
  readonly narSize: number;
  readonly wrong: readonly [PathInfo, ...PathInfo[]];
  /** Whether another manifest says what the contents say. */
  readonly isKnownRight: boolean;
}

const OTHER_BUILD = 'another manifest says what the content is; leave out what contradicts it';

const says = ([{ from }, ...more]: Contradiction['wrong']) =>
  more.length ? `${from} (and ${more.length} more) say` : `${from} says`;

export const ERRORS = {
  malformedName: (path: ByteString) => new Refusal('store-path-name', { path }).message,
  absentPath: ({ path, from }: PathInfo) => `${from} names ${path}, which the archive lacks: ${WHOLE_CLOSURE}.`,
  otherSize: ({ path, narSize, wrong, isKnownRight }: Contradiction) =>
    `${path} has ${narSize} bytes as NAR, and ${says(wrong)} ${wrong[0].narSize}: ${isKnownRight ? OTHER_BUILD : 'it was changed after the manifest was made; make both again'}.`,
  otherHash: ({ path, narHash, wrong, isKnownRight }: Contradiction) =>
    `${path} has the NAR hash sha256:${toBase32(narHash)}, and ${says(wrong)} sha256:${toBase32(wrong[0].narHash!)}: ${isKnownRight ? OTHER_BUILD : 'its content is damaged or changed; copy or make the archive again'}.`,
  missingReference: (path: ByteString, referrers: readonly ByteString[]) =>
    `${path} is neither in the archive nor in a manifest, and ${referrers[0]}${andMore(referrers)} refers to it: ${WHOLE_CLOSURE}, or allow it with --allow-missing.`,
  unended: (facts: EndNote) => new Refusal('archive-unended', facts).message,
  circle: ({ members, way }: Circle, isManifests: boolean) =>
    `The references of ${members.length} paths go in a circle: ${way.join(' → ')}; Nix can't register that: ${isManifests ? 'make the manifest again' : 'give a manifest that knows which of them are real, or leave the registration out with --registration none'}.`,
};

/** What becomes of a path that no manifest names. */
const UNNAMED = {
  registered: 'registered from its content',
  original: 'the original profile leaves it out',
  none: 'nothing says whether it is whole',
};

export const WARNINGS = {
  besideStorePaths: (paths: readonly ByteString[]) =>
    `“${display(paths[0]!)}”${andMore(paths)} is no store path and was left out: stores keep such things beside their paths.`,
  unended: ({ name, offset }: EndNote) =>
    `${name} stops at offset ${offset} without the blocks of zeros that end an archive: all its store paths have the hashes that the manifests say, so none of them was cut off.`,
  damagedManifest: ({ name, why }: DamagedManifest) =>
    `“${display(name)}” begins like a closure manifest, and is copied like any other file: ${why}`,
  missingReference: (path: ByteString, lacked: readonly ByteString[]) =>
    `${path} refers to ${lacked[0]}${andMore(lacked)}, which is neither in the archive nor in a manifest: left out of the registration.`,
  unnamedPath: (path: ByteString, fate: keyof typeof UNNAMED) =>
    `${path} is in the archive and in no manifest: ${UNNAMED[fate]}.`,
  unlistedReference: (path: ByteString, unlisted: readonly ByteString[], from: string) =>
    `${path} contains the hash of ${unlisted[0]}${andMore(unlisted)}, which ${from} does not list as a reference: registered as the manifest says.`,
  mention: ({ path, hashes }: Mention, file: ByteString | undefined) =>
    `${path} mentions ${STORE}/${hashes[0]}-…${file === undefined ? '' : ` in “${display(file)}”`}${andMore(hashes)}, which the archive lacks: if it is needed at run time, ${WHOLE_CLOSURE}.`,
  oddModes: ({ storePath, below, mode, usual, inNar, count }: OddModes) =>
    `${storePath}${below === '' ? '' : `: “${below}”`}${count > 1 ? ` (and ${count - 1} more in it)` : ''} has the mode 0${mode.toString(8)} where Nix has ${usual}: its NAR makes it ${inNar}; make the archive from a store if the image is not to have it.`,
};
