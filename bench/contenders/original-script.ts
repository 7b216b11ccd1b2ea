/** The pipeline that storeimg brings to the browser, on Linux, with native e2fsprogs of the same source. */
import { fileURLToPath } from 'node:url';
import { environment } from '../../test/oracles/native.ts';
import { pathsFromGraph } from '../../test/oracles/nix.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measureProgram } from '../measure.ts';

/** All others are held against it, where it takes part. */
export const BASELINE = 'original script';

const script = fileURLToPath(new URL('original-script.sh', import.meta.url));

export const originalScript: Contender = {
  name: BASELINE,
  readsTree: true,
  async run({ tree, manifests, names }, image) {
    const args = ['--mount', 'bash', script, `${tree}/nix`, pathsFromGraph, image, ...manifests];
    const measurement = await measureProgram('unshare', args, { env: environment });
    await assertInodes(image, names + PARENTS + REGISTRATION);
    return measurement;
  },
};
