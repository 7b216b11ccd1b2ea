/** An open input, its stages, and the image that comes of it: the only room that hosts enter. */
export { type BuildInput, buildImage } from './build.ts';
export type { Contents } from './contents.ts';
export type { SessionHost, SessionInput, SessionListener } from './host.ts';
export type { Inspection } from './inspect.ts';
export { memoryHost } from './memory-host.ts';
export type { Overview } from './overview.ts';
export type { BuildReport } from './report.ts';
export { type Built, type Child, type Judgement, Session } from './session.ts';
