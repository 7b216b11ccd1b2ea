/**
 * The engine: archive → index → closure → plan → image → check. Knows neither DOM nor Node.js; a host hands in
 * sources, block stores and the compiled programs.
 */
export { type ByteString, display, displaySize, fromText } from './bytes.ts';
export { type Expanding, ofParts, partsOf } from './compression/index.ts';
export {
  type FatNode,
  type Firmware,
  makeFirmware,
  readFirmware,
  rootPartition,
} from './disk/index.ts';
export { Refusal, sentence } from './errors.ts';
export {
  BLOCK_KINDS,
  type BlockKind,
  type BlockMap,
  type CheckVerdict,
  checkImage,
  holdsFilesystem,
  type ImageEntry,
  ImageReader,
  type InodeDetails,
  type InodeType,
  ROOT_INODE,
  readBlockMap,
  type Superblock,
  usedRanges,
} from './image/index.ts';
export type { CompiledModule, ProgramName } from './module.ts';
export {
  type AnalysisJob,
  type AnalysisProgress,
  analyseRecipes,
  analyseShares,
  contentsOf,
  type Hasher,
  looksLikeManifest,
  type ManifestFile,
  makeNewHasher,
  type NarRecipe,
  type NewHasher,
  newStreamingHasher,
  type PathAnalysis,
  type WhyStep,
} from './nix/index.ts';
export { decide, OPTIONS, type OptionRow, type Options } from './options.ts';
export {
  asked,
  COMPRESSIONS,
  type Delivery,
  type DeliveryHost,
  deliver,
  type HandoverPort,
  imageName,
  layOut,
  makeCompressor,
  offer,
  type Piece,
  piecesOf,
  type Raw,
  type RawFacts,
  Stopped,
} from './output/index.ts';
export { PRESETS, planScript } from './plan/index.ts';
export { type Phase, type Progress, throttled } from './progress.ts';
export { remembered } from './remembered.ts';
export {
  type BuildInput,
  type BuildReport,
  type Built,
  buildImage,
  type Child,
  type Inspection,
  type Judgement,
  memoryHost,
  type Overview,
  Session,
  type SessionHost,
  type SessionInput,
  type SessionListener,
} from './session/index.ts';
export {
  type BlockStore,
  MemoryStore,
  type Range,
  readStart,
  type Source,
  type SparseStore,
  type Spool,
  View,
} from './storage/index.ts';
export type { Generation, Loaders, System } from './system/index.ts';
