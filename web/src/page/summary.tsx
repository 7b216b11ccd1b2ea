/** What was found in the chosen archives so far. */
import type { Overview } from '../../../src/core/index.ts';
import { form } from '../form.ts';
import { inspecting, inspection } from '../inspection.ts';
import { CONTROLS, SWITCHED_ON } from '../options.ts';
import type { Shown } from '../progress.ts';
import { setOption } from '../state.ts';
import { plainly, size, text } from '../text.ts';
import { goTo, IDS } from './help.ts';
import { SpaceMap } from './space-map.tsx';

export function Summary() {
  const found = inspection.value;
  if (!found || found.failure !== undefined) return null;
  const { overview, judgement, shown } = found;
  const percent = Math.floor((shown?.fraction ?? 0) * 100);
  return (
    <section class="inside" aria-label={text.inside}>
      <h2>{text.inside}</h2>
      {overview ? (
        <>
          <dl class="tally">
            {facts(overview).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          {overview.system !== undefined && <System name={overview.system} />}
          <p class="predicted">
            {judgement ? judgement.bytes && text.predicted(size(judgement.bytes)) : text.predicting}
          </p>
          <Sentences title={text.problems} kind="errors" sentences={judgement?.errors ?? []} />
          <Sentences title={text.warnings} kind="warnings" sentences={judgement?.warnings ?? []} />
          {inspecting.value && <SpaceMap />}
          <p class="help">{shown ? text.verifying(percent) : text.verified}</p>
        </>
      ) : (
        <Reading shown={shown} />
      )}
    </section>
  );
}

/** Who has a system mostly wants to boot it. */
function System({ name }: { readonly name: string }) {
  const { nixos, system } = form.value.given;
  const makeReady = () => {
    setOption(CONTROLS.find(({ flag }) => flag === 'nixos')!, SWITCHED_ON);
    goTo({ field: IDS.option('nixos') });
  };
  return (
    <p>
      <span>{text.system(name)}</span>{' '}
      {nixos === undefined && system === undefined && (
        <button type="button" class="plain link" onClick={makeReady}>
          {text.makeReady}
        </button>
      )}
    </p>
  );
}

/** How far it is with what has to be read before anything can be told. */
function Reading({ shown }: { readonly shown: Shown | undefined }) {
  const { phase = 'index', done = 0, total = 0, entries = 0 } = shown?.progress ?? {};
  return (
    <>
      <p class="help">
        {text.phase[phase]}… {total > 0 && text.amount(size(Math.min(done, total)), size(total))}
        {entries > 0 && ` · ${text.entries(entries)}`}
      </p>
      {total > 0 && (
        <div class="bar" aria-hidden="true">
          <div style={{ width: `${Math.min(1, done / total) * 100}%` }} />
        </div>
      )}
    </>
  );
}

function facts({ storePaths, entries, contentBytes, references }: Overview): [name: string, value: string][] {
  return [
    [text.storePaths, text.count(storePaths)],
    [text.allEntries, text.count(entries)],
    [text.contents, size(contentBytes)],
    ...(references === undefined ? [] : [[text.references, text.count(references)] as [string, string]]),
  ];
}

interface SentencesProps {
  readonly title: string;
  readonly kind: 'errors' | 'warnings';
  readonly sentences: readonly string[];
}

/** More than anybody reads at once. */
const MOST_SHOWN = 5;

export function Sentences({ title, kind, sentences }: SentencesProps) {
  if (sentences.length === 0) return null;
  const folded = sentences.slice(MOST_SHOWN);
  return (
    <>
      <h3>{title}</h3>
      <Items kind={kind} sentences={sentences.slice(0, MOST_SHOWN)} />
      {folded.length > 0 && (
        <details>
          <summary>{text.more(folded.length)}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard */}
          <section class="folded" tabIndex={0} aria-label={title}>
            <Items kind={kind} sentences={folded} />
          </section>
        </details>
      )}
    </>
  );
}

const Items = ({ kind, sentences }: Omit<SentencesProps, 'title'>) => (
  <ul class={kind}>
    {sentences.map((sentence) => (
      <li key={sentence}>{plainly(sentence)}</li>
    ))}
  </ul>
);
