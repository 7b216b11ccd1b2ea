/** Tree, manifests and contents → closure → registration. */
export { type AnalysisJob, analyseRecipes, type Hasher, type NewHasher, type PathAnalysis } from './analysis.ts';
export { toBase32 } from './base32.ts';
export { isBinaryCache, readBinaryCache } from './binary-cache.ts';
export { type Closure, REGISTRATION, readClosure, type StorePath } from './closure.ts';
export { readDerivation } from './derivation.ts';
export {
  type Analysed,
  type AnalysedPath,
  examine,
  type Findings,
  hashPart,
  hashParts,
  isProvable,
  type Mention,
} from './examine.ts';
export { isExportStream, readExportStream } from './export-stream.ts';
export { makeNewHasher, newStreamingHasher } from './hasher.ts';
export { looksLikeManifest, type ManifestFile, type PathInfo } from './manifest.ts';
export { contentsOf, type NarRecipe, narRecipe, otherContents } from './recipe.ts';
export { registrationBound, writeRegistration } from './registration.ts';
export { type AnalysisProgress, analyseShares } from './shares.ts';
export { isStoreBaseName, STORE, storePathName, storePathOf } from './store-path.ts';
export { findStorePath, rootsOf, type WhyStep, whyDepends } from './why.ts';
