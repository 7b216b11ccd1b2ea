/** A build under way. */
import type { Phase } from '../../../src/core/index.ts';
import { inspection } from '../inspection.ts';
import type { Shown } from '../progress.ts';
import { cancel, type Stage } from '../state.ts';
import { size, text } from '../text.ts';

export function Building({ shown }: Extract<Stage, { name: 'building' }>) {
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
      <div class="actions">
        <button type="button" onClick={cancel}>
          {text.cancel}
        </button>
      </div>
    </section>
  );
}

function facts({ progress: { phase, done, total, entries }, rate, entryRate, left }: Shown): string[] {
  return [
    ...(total > 0 ? [text.amount(size(Math.min(done, total)), size(total))] : []),
    ...(entries > 0 ? [countOf(phase, entries)] : []),
    ...(rate === undefined ? [] : [text.rate(size(rate))]),
    // Of small files, bytes say little of how it goes.
    ...(phase === 'populate' && entryRate !== undefined ? [text.entryRate(entryRate)] : []),
    ...(left === undefined ? [] : [text.left(left)]),
  ];
}

/** What is hashed is counted by store path; how many files there are to write is known once the archive was read. */
function countOf(phase: Phase, entries: number): string {
  if (phase === 'analyse') return text.paths(entries);
  const all = phase === 'populate' ? inspection.value?.overview?.entries : undefined;
  return all === undefined ? text.entries(entries) : text.entriesOf(Math.min(entries, all), all);
}
