/** The simplest use of a session: archives in, image out. */
import type { Options } from '../options.ts';
import type { SessionHost, SessionInput, SessionListener } from './host.ts';
import { type Built, Session } from './session.ts';

/** What an image is made of, and how. */
export interface BuildInput extends SessionInput {
  readonly options: Options;
}

/**
 * Builds an image. It is a view: reading it reads the archives, which have to stay as they are.
 * @throws Refusal for whatever is wrong with input, options or the image itself
 */
export async function buildImage(input: BuildInput, host: SessionHost, listener: SessionListener = {}): Promise<Built> {
  const session = await Session.open(input, input.options, host, listener);
  return session.build(input.options);
}
