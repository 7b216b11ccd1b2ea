/** The two things that a full registration takes, each alone and over all of the archive. */
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const program = fileURLToPath(new URL('../parts/read.js', import.meta.url));

export const sha256Alone: Contender = {
  name: 'SHA-256 alone',
  run: ({ archive }) => measureProgram(process.execPath, [program, 'sha256', archive]),
};

export const referencesAlone: Contender = {
  name: 'search for references alone',
  run: ({ archive, manifests }) => measureProgram(process.execPath, [program, 'references', archive, ...manifests]),
};
