/** What keeps a store path in the closure: the references that lead to it from a root. */
import { useEffect, useState } from 'preact/hooks';
import type { WhyStep } from '../../../src/core/index.ts';
import { inspecting } from '../inspection.ts';
import { text } from '../text.ts';
import { shortName } from './space-map.tsx';

interface Props {
  /** Absolute. */
  readonly storePath: string;
  readonly onOpen: (path: string) => void;
}

export function Why({ storePath, onOpen }: Props) {
  const engine = inspecting.value;
  const [steps, setSteps] = useState<readonly WhyStep[]>();
  useEffect(() => {
    let isCurrent = true;
    setSteps(undefined);
    // Contents that can't be read are told of elsewhere.
    engine?.why(storePath).then(
      (found) => isCurrent && setSteps(found),
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [engine, storePath]);
  return (
    <section class="why" aria-label={text.why}>
      <h3>{text.why}</h3>
      {steps === undefined ? (
        <p class="help">{text.whyWaiting}</p>
      ) : steps.length === 0 ? (
        <p>{text.whyRoot}</p>
      ) : (
        <Way steps={steps} onOpen={onOpen} />
      )}
    </section>
  );
}

interface WayProps extends Pick<Props, 'onOpen'> {
  readonly steps: readonly WhyStep[];
}

function Way({ steps, onOpen }: WayProps) {
  return (
    <ol class="largest">
      {steps.map(({ from, to, file }) => (
        <li key={to}>
          <button type="button" class="plain" onClick={() => onOpen(from.slice(1))}>
            {nameOf(from)}
          </button>{' '}
          {text.refersTo} <strong>{nameOf(to)}</strong>{' '}
          <span class="quiet">{file === undefined ? text.manifestSays : text.standsIn(within(file, from))}</span>
        </li>
      ))}
    </ol>
  );
}

const nameOf = (storePath: string): string => {
  const name = storePath.slice(storePath.lastIndexOf('/') + 1);
  return shortName({ path: storePath.slice(1), name });
};

/** A file by its path inside its store path; a store path that is a file by its name. */
const within = (file: string, storePath: string): string => file.slice(storePath.length) || nameOf(storePath);
