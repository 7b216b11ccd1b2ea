/** A build under way. */
import type { Shown } from '../progress.ts';
import { cancel, type Stage } from '../state.ts';
import { size, text } from '../text.ts';

export function Building({ shown, storage }: Extract<Stage, { name: 'building' }>) {
  const percent = Math.floor((shown?.fraction ?? 0) * 100);
  return (
    <section>
      <h2 tabIndex={-1}>{text.phase[shown?.progress.phase ?? 'index']}</h2>
      <progress aria-label={text.progress} max={100} value={percent}>
        {percent} %
      </progress>
      <p class="numbers">
        <strong>{percent} %</strong>
        {shown && facts(shown).map((fact) => <span key={fact}>{fact}</span>)}
      </p>
      {storage && <p class="help">{text.storage[storage.kind](size(storage.bytes))}</p>}
      {storage?.doubt !== undefined && <p class="notice">{text.doubt(size(Math.max(0, storage.doubt)))}</p>}
      <div class="actions">
        <button type="button" onClick={cancel}>
          {text.cancel}
        </button>
      </div>
    </section>
  );
}

function facts({ progress: { done, total, entries }, rate, left }: Shown): string[] {
  return [
    ...(total > 0 ? [text.amount(size(Math.min(done, total)), size(total))] : []),
    ...(entries > 0 ? [text.entries(entries)] : []),
    ...(rate === undefined ? [] : [text.rate(size(rate))]),
    ...(left === undefined ? [] : [text.left(left)]),
  ];
}
