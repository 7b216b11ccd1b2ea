/** The pipeline that storeimg brings to the browser, on Linux, with native e2fsprogs of the same source. */
import { fileURLToPath } from 'node:url';
import { environment } from '../../test/oracles/native.ts';
import { pathsFromGraph } from '../../test/oracles/nix.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measureProgram } from '../measure.ts';
import { BASELINE } from '../table.ts';

const script = fileURLToPath(new URL('original-script.sh', import.meta.url));

export const originalScript: Contender = {
  name: BASELINE,
  async run({ nix, manifests, names }, image) {
    const args = ['--mount', 'bash', script, nix, pathsFromGraph, image, ...manifests];
    const measurement = await measureProgram('unshare', args, { env: environment });
    await assertInodes(image, names + PARENTS + REGISTRATION);
    return measurement;
  },
};
