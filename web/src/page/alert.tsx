/** What went wrong, where a person is looking, and the way to what helps. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Failure } from '../failure.ts';
import { inspection } from '../inspection.ts';
import { isFormOpen, stage } from '../state.ts';
import { plainly, text } from '../text.ts';
import { goTo, helpFor } from './help.ts';

interface Props {
  /**
   * Beside the files stands what they are not, above the form's buttons what a build came to, above all else what can't
   * be done while there is no form: one alert at a time.
   */
  readonly at: 'files' | 'actions' | 'view';
}

export function Alert({ at }: Props) {
  const now = stage.value;
  if (!isFormOpen.value) return at === 'view' ? <Shown failure={now.notice} /> : null;
  const built = now.notice ?? (now.name === 'failed' ? now : undefined);
  const found = inspection.value?.failure;
  const isHere = at === (found && !built ? 'files' : 'actions');
  return isHere ? <Shown failure={built ?? found} /> : null;
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
