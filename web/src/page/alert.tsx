/** What went wrong, where a person is looking, and the way to what helps. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from '../failure.ts';
import { inspection } from '../inspection.ts';
import { stage } from '../state.ts';
import { plainly, text } from '../text.ts';
import { goTo, helpFor } from './help.ts';

interface Props {
  /** Above the buttons stands what a build came to, beside the files what they are not: one alert at a time. */
  readonly at: 'files' | 'actions';
}

export function Alert({ at }: Props) {
  const now = stage.value;
  const failure = now.name === 'failed' ? now : inspection.value?.failure;
  const isHere = at === (failure && failure !== now ? 'files' : 'actions');
  return isHere ? <Shown failure={failure} /> : null;
}

function Shown({ failure }: { readonly failure: Failure | undefined }) {
  const element = useRef<HTMLDivElement>(null);
  // The same sentence said again is a new failure.
  useLayoutEffect(() => {
    if (failure) element.current!.scrollIntoView({ block: 'nearest' });
  }, [failure]);
  const help = failure && helpFor(failure.code);
  return (
    <div role="alert" ref={element} class="alert">
      {failure && <p class="error">{plainly(failure.sentence)}</p>}
      {help && (
        <button type="button" class="plain help-link" onClick={() => goTo(help)}>
          {'guide' in help ? help.name : text.toField(help.name)}
        </button>
      )}
    </div>
  );
}
