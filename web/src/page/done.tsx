/** The finished image. */
import { type Stage, startAgain } from '../state.ts';
import { size, text } from '../text.ts';
import { SaveAs } from './save-as.tsx';

export function Done({ answer, image: file, url, fileName }: Extract<Stage, { name: 'done' }>) {
  const { image, closure, check, warnings, seconds } = answer.report;
  return (
    <section aria-live="polite">
      <h2>{text.done}</h2>
      <p class="actions">
        <a class="button primary" href={url} download={fileName}>
          {text.download}
        </a>
        <SaveAs image={file} fileName={fileName} />
        <button type="button" onClick={startAgain}>
          {text.again}
        </button>
      </p>
      <dl class="facts">
        <dt>{fileName}</dt>
        <dd>
          {size(image.bytes)} <span class="quiet">({image.bytes.toLocaleString('en')} bytes)</span>
        </dd>
        <dd>{text.facts(closure.storePaths, closure.entries, size(closure.contentBytes))}</dd>
        <dd>{text.free(size(image.freeBlocks * image.blockSize), image.freeInodes)}</dd>
        <dd>{check ? text.clean : text.notChecked}</dd>
        <dd>{text.took(seconds.total)}</dd>
      </dl>
      {warnings.length > 0 && (
        <>
          <h3>{text.warnings}</h3>
          <ul class="warnings">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
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
