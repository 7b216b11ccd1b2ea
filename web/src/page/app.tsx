/** The page: one obvious thing at a time. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { inspection } from '../inspection.ts';
import { isFormOpen, type Stage, stage } from '../state.ts';
import { size, text } from '../text.ts';
import { update } from '../update.ts';
import { Alert } from './alert.tsx';
import { Building } from './building.tsx';
import { Done } from './done.tsx';
import { hovering } from './drop.ts';
import { BuildForm } from './form.tsx';

export function App() {
  const now = stage.value;
  return (
    <div class={hovering.value ? 'page hovering' : 'page'}>
      <header>
        <h1>{text.title}</h1>
        <p>{text.tagline}</p>
      </header>
      <main ref={useFocus(now.name)}>
        <div class="card">
          <div role="status" class={now.name === 'cancelled' ? 'notice' : 'unseen'}>
            {saidOf(now)}
          </div>
          <Alert at="view" />
          {now.name === 'building' ? <Building {...now} /> : now.name === 'done' ? <Done {...now} /> : <BuildForm />}
        </div>
      </main>
      <footer>
        <span>{text.version(__VERSION__)}</span> <a href="./notices.html">{text.notices}</a>
        {update.value && isFormOpen.value && (
          <button type="button" onClick={update.value}>
            {text.update}
          </button>
        )}
      </footer>
      {hovering.value && (
        <div class="drop-here" aria-hidden="true">
          {text.dropNow}
        </div>
      )}
    </div>
  );
}

/** What a screen reader hears of a change that nobody pressed for. */
function saidOf(now: Stage): string {
  if (now.name === 'building') return text.phase[now.shown?.progress.phase ?? 'index'];
  if (now.name === 'done') return text.done;
  return now.name === 'cancelled' ? text.cancelled : saidOfArchives();
}

/** Said once, when the size is known. */
function saidOfArchives(): string {
  const { overview, judgement } = inspection.value ?? {};
  if (!overview || !judgement) return '';
  const { bytes, errors } = judgement;
  return text.told(overview.storePaths, bytes === undefined ? undefined : size(bytes), errors.length);
}

/** Which element of each stage has the focus when the stage begins: what had it before is gone. */
const FOCUS: Readonly<Record<Stage['name'], string>> = {
  ready: 'input[type=file]',
  cancelled: 'button[type=submit]',
  failed: 'button[type=submit]',
  building: 'h2',
  done: 'h2',
};

/** Moves the focus when one view gives way to another, and at no other time. */
function useFocus(name: Stage['name']) {
  const main = useRef<HTMLElement>(null);
  const view = name === 'building' || name === 'done' ? name : 'form';
  const shown = useRef(view);
  useLayoutEffect(() => {
    if (shown.current !== view) main.current!.querySelector<HTMLElement>(FOCUS[name])?.focus();
    shown.current = view;
  }, [view]);
  return main;
}
