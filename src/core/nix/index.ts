/** Tree and manifests → closure → registration. */
export { type Closure, REGISTRATION, readClosure } from './closure.ts';
export type { PathInfo } from './manifest.ts';
export { writeRegistration } from './registration.ts';
export { isStoreBaseName, STORE, storePathOf } from './store-path.ts';
