/** What was thrown, for people, and what can be told from it. */
import type { Refusal, RefusalCode } from '../../src/core/errors.ts';
import { sentence } from '../../src/core/index.ts';

export interface Failure {
  readonly sentence: string;
  /** Of a refusal; a defect has none. */
  readonly code: RefusalCode | undefined;
}

export function failureOf(thrown: unknown): Failure {
  const isRefusal = thrown instanceof Error && thrown.name === 'Refusal';
  return { sentence: sentence(thrown), code: isRefusal ? (thrown as Refusal).code : undefined };
}
