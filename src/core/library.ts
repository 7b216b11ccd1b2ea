/** What the package `storeimg` offers to other programs; docs/library.md shows how. All else changes without notice. */
export { Refusal, type RefusalCode, sentence } from './errors.ts';
export type {
  BuildHost,
  BuildInput,
  BuildReport,
  CompiledModule,
  ManifestFile,
  Phase,
  ProgramName,
  Progress,
} from './host.ts';
export { buildImage, type CheckVerdict, checkImage } from './image/index.ts';
export { type Inspection, inspectArchives } from './inspect.ts';
export { type MemoryHost, memoryHost } from './memory-host.ts';
export { type AnalysisJob, analyseRecipes, type Hasher, type NewHasher, type PathAnalysis } from './nix/index.ts';
export { decide, type Options } from './options.ts';
export { type BlockStore, bytesSource, type MemoryStore, type Source, type Spool } from './storage/index.ts';
