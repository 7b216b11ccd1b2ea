/** What the package `storeimg` offers to other programs; docs/library.md shows how. All else changes without notice. */
export { Refusal, type RefusalCode, sentence } from './errors.ts';
export { type CheckVerdict, checkImage } from './image/index.ts';
export type { CompiledModule, ProgramName } from './module.ts';
export {
  type AnalysisJob,
  analyseRecipes,
  type Hasher,
  type ManifestFile,
  type NewHasher,
  type PathAnalysis,
} from './nix/index.ts';
export { decide, type Options } from './options.ts';
export type { Delivery } from './output/index.ts';
export type { Phase, Progress } from './progress.ts';
export {
  type BuildInput,
  type BuildReport,
  type Built,
  buildImage,
  type Inspection,
  memoryHost,
  Session,
  type SessionHost,
  type SessionInput,
  type SessionListener,
} from './session/index.ts';
export { type BlockStore, bytesSource, MemoryStore, type Source, type Spool, type View } from './storage/index.ts';
