/** The finished image. */
import { rootPartition } from '../../../src/core/index.ts';
import { type Stage, startAgain } from '../state.ts';
import { size, text } from '../text.ts';
import { Blocks } from './block-map.tsx';
import { Checksums } from './checksums.tsx';
import { Guide } from './guide.tsx';
import { LookInside } from './look-inside.tsx';
import { Replay } from './replay.tsx';
import { canSaveAs, SaveButtons, SavingShown } from './save.tsx';
import { Sentences } from './summary.tsx';

export function Done({ answer, made, fileName, saving }: Extract<Stage, { name: 'done' }>) {
  const { image, closure, check, warnings, seconds } = answer.report;
  const { filesystem } = answer.raw;
  const { bytes } = answer.image;
  const using = filesystem.offset > 0 ? text.usingDisk : text.using;
  const [, unpacked = fileName, ending] = /^(.*)(\.gz|\.zst)$/.exec(fileName) ?? [];
  const steps = using.steps({
    file: unpacked,
    uuid: image.uuid,
    partition: rootPartition(filesystem.offset),
    hasBlockMap: answer.raw.mapped !== undefined,
  });
  if (ending === '.gz' || ending === '.zst') steps.unshift(text.unpack[ending](fileName));
  return (
    <section>
      <h2 tabIndex={-1}>{text.done}</h2>
      <p class={check ? 'verdict clean' : 'verdict'}>{check ? text.clean : text.notChecked}</p>
      <p class="actions">
        <SaveButtons fileName={fileName} saving={saving} />
        <button type="button" onClick={startAgain}>
          {text.again}
        </button>
      </p>
      <SavingShown saving={saving} bytes={bytes} />
      {!canSaveAs && <p class="help">{text.noSaveAs}</p>}
      <dl class="facts">
        <dt>{text.file}</dt>
        <dd>
          <strong>{fileName}</strong>, {size(bytes)} <span class="quiet">({text.bytes(bytes)})</span>
        </dd>
        <Checksums answer={answer} fileName={fileName} isPaused={saving?.state === 'busy'} />
        <dt>{text.contents}</dt>
        <dd>
          {text.facts(closure.storePaths, closure.entries, size(closure.contentBytes))}
          {closure.deduplicated && text.deduplicated(closure.deduplicated.files, size(closure.deduplicated.bytes))}
        </dd>
        <dt>{text.room}</dt>
        <dd>{text.free(size(image.freeBlocks * image.blockSize), image.freeInodes)}</dd>
        <dt>{text.time}</dt>
        <dd>{text.took(seconds.total)}</dd>
      </dl>
      <Sentences title={text.warnings} kind="warnings" sentences={warnings} />
      {/* The script knows nothing of a firmware partition. */}
      {made && !made.firmware ? (
        <Replay made={made} fileName={fileName} />
      ) : (
        <p class="help">{made ? text.replayFirmware : text.replayForgotten}</p>
      )}
      <Guide id="using" {...using} steps={steps} />
      {answer.delivery ? (
        <p class="help">{text.lookUnpacked}</p>
      ) : (
        <>
          <LookInside image={answer.image} name={fileName} />
          <Blocks image={answer.image} name={fileName} filesystem={filesystem} />
        </>
      )}
      {check && (
        <details>
          <summary>{text.log}</summary>
          <pre>{check.output}</pre>
        </details>
      )}
    </section>
  );
}
