/** The whole engine in this thread: bytes in, an image in memory out. */
import { createHash } from 'node:crypto';
import { analyseRecipes, type BuildInput, buildImage, MemoryStore, type NewHasher } from '../../src/core/index.ts';
import { wasmModule } from '../wasm/twins.ts';

const hasher: NewHasher = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

/** @throws Refusal as `buildImage`; also when e2fsck finds anything */
export async function buildInMemory(input: BuildInput): Promise<MemoryStore> {
  let image: MemoryStore | undefined;
  await buildImage(input, {
    program: async (name) => wasmModule(name),
    createStore: async (bytes) => {
      image = new MemoryStore(bytes);
      return image;
    },
    analyse: (job) => analyseRecipes(job, input.archives, hasher),
    progress: () => {},
    now: () => 0,
  });
  return image!;
}
