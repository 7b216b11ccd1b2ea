/** What to build, and of what. */
import { form } from '../form.ts';
import { inspection, isInMemory } from '../inspection.ts';
import { MOST_IN_MEMORY } from '../limits.ts';
import { change, stage, start, trySample, waiting } from '../state.ts';
import { size, text } from '../text.ts';
import { Alert } from './alert.tsx';
import { Files } from './files.tsx';
import { Guide } from './guide.tsx';
import { goToInvalid, IDS } from './help.ts';
import { ChosenImage } from './look-inside.tsx';
import { OftenChosen, SeldomChosen } from './options.tsx';
import { Summary } from './summary.tsx';

/** Why there is no disk storage, where it can be told. */
const limit = isSecureContext ? text.inMemory : text.insecure;

export function BuildForm() {
  const { archives, manifests, firmware } = form.value;
  const image = inspection.value?.image;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start();
        if (stage.value.name === 'failed' && archives.length > 0) goToInvalid();
      }}
    >
      {waiting.value && <p class="notice">{text.waitingFor(waiting.value.fileName, waiting.value.files)}</p>}
      <Files
        id={IDS.archive}
        name="archives"
        label={text.archive}
        prompt={text.drop}
        files={archives}
        onChange={(files) => change({ archives: files })}
      >
        {text.archiveHelp}
        <span class="private">{text.private}</span>
        {isInMemory.value && (
          <strong class="limit">{limit(size(MOST_IN_MEMORY.image), size(MOST_IN_MEMORY.content))}</strong>
        )}
      </Files>
      <Alert at="files" />
      <Guide id={IDS.making} {...text.making} />
      {image ? (
        <ChosenImage image={image} />
      ) : (
        <>
          <Files
            id={IDS.manifest}
            name="manifests"
            label={text.manifest}
            files={manifests}
            onChange={(files) => change({ manifests: files })}
          >
            {text.manifestHelp}
          </Files>
          <Summary />
          <OftenChosen />
          {(form.value.given.disk ?? 'none') !== 'none' && (
            <Files
              id={IDS.firmware}
              name="firmware"
              label={text.firmware}
              files={firmware}
              isSingle
              onChange={(files) => change({ firmware: files })}
            >
              {text.firmwareHelp}
            </Files>
          )}
          <SeldomChosen />
        </>
      )}
      <Alert at="actions" />
      <div class="actions">
        <button
          type="submit"
          class="primary"
          // What is found in the archives meanwhile moves the button: where it was pressed, it is released.
          onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
        >
          {text.build}
        </button>
        <button type="button" onClick={() => void trySample()}>
          {text.sample}
        </button>
      </div>
    </form>
  );
}
