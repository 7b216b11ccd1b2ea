/**
 * The engine: archive → index → closure → plan → image → check. Knows neither DOM nor Node.js; a host hands in
 * sources, block stores and the compiled programs.
 */
export { type ByteString, display, displaySize, fromText } from './bytes.ts';
export { type Anew, ofParts, partsOf } from './compression/index.ts';
export {
  type FatNode,
  type Firmware,
  filesystemOffset,
  layDisk,
  makeFirmware,
  readFirmware,
  rootPartition,
} from './disk/index.ts';
export { Refusal, sentence } from './errors.ts';
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
export {
  BLOCK_KINDS,
  type BlockKind,
  type BlockMap,
  buildImage,
  type CheckVerdict,
  checkImage,
  holdsFilesystem,
  type ImageEntry,
  ImageReader,
  type InodeDetails,
  type InodeType,
  planImage,
  ROOT_INODE,
  readBlockMap,
  type Superblock,
  usedRanges,
} from './image/index.ts';
export { type Inspection, inspectArchives } from './inspect.ts';
export { type Child, Inspector, type Judgement, type Overview } from './inspector.ts';
export { type MemoryHost, memoryHost } from './memory-host.ts';
export {
  type AnalysisJob,
  analyseRecipes,
  contentsOf,
  type Hasher,
  looksLikeManifest,
  makeNewHasher,
  type NarRecipe,
  type NewHasher,
  newStreamingHasher,
  type PathAnalysis,
  type WhyStep,
} from './nix/index.ts';
export { decide, OPTIONS, type OptionRow, type Options } from './options.ts';
export {
  COMPRESSIONS,
  type Delivery,
  type DeliveryHost,
  deliver,
  filesystemStore,
  finishRaw,
  imageName,
  makeCompressor,
  type Raw,
} from './output/index.ts';
export { PRESETS, planScript } from './plan/index.ts';
export { remembered } from './remembered.ts';
export {
  type Backing,
  type BlockStore,
  MemoryStore,
  OffsetStore,
  type Range,
  readStart,
  type Source,
  type SparseStore,
  type Spool,
  WriteBackStore,
} from './storage/index.ts';
export { throttled } from './throttle.ts';
