/** The whole engine in this thread: bytes in, an image in memory out. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  analyseRecipes,
  type BuildHost,
  type BuildInput,
  buildImage,
  MemoryStore,
  type NewHasher,
} from '../../src/core/index.ts';
import { memorySpool } from '../storage/bytes-source.ts';
import { wasmModule } from '../wasm/twins.ts';

const hasher: NewHasher = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

/** A header can promise a hole that takes hours to hash: such paths are told to have the hash 0. */
const MOST_HASHED = 2 ** 28;

/** @throws Refusal as `buildImage`; also when e2fsck finds anything */
export async function buildInMemory(input: BuildInput): Promise<MemoryStore> {
  let image: MemoryStore | undefined;
  const analyse: BuildHost['analyse'] = async ({ recipes, wanted }, sources) => {
    const short = recipes.filter(({ narSize }) => narSize <= MOST_HASHED);
    const analyses = await analyseRecipes({ recipes: short, wanted }, sources, hasher);
    const none = { narHash: new Uint8Array(32), found: new Map(), foreign: new Map() };
    return recipes.map(
      (recipe) => analyses.find(({ storePath }) => storePath === recipe.storePath) ?? { ...recipe, ...none },
    );
  };
  await buildImage(input, {
    program: async (name) => wasmModule(name),
    createStore: async (bytes) => {
      image = new MemoryStore(bytes);
      return image;
    },
    codecs: async () => new WebAssembly.Module(readFileSync('wasm/codecs/dist/codecs.wasm')),
    createSpool: async (name) => memorySpool(name),
    analyse,
    progress: () => {},
    now: () => 0,
  });
  return image!;
}
