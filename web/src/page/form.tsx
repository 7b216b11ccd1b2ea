/** What to build, and of what. */
import { useId } from 'preact/hooks';
import { change, form, start, trySample } from '../state.ts';
import { text } from '../text.ts';
import { Files } from './files.tsx';

export function BuildForm() {
  const { archives, manifests, label, uuid } = form.value;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <Files label={text.archive} files={archives} onChange={(files) => change({ archives: files })}>
        {text.archiveHelp} <code>{text.archiveCommand}</code>, {text.drop}.
      </Files>
      <Files label={text.manifest} files={manifests} onChange={(files) => change({ manifests: files })}>
        {text.manifestHelp}
      </Files>
      <details>
        <summary>{text.options}</summary>
        <TextField
          label={text.label}
          help={text.labelHelp}
          value={label}
          onInput={(value) => change({ label: value })}
        />
        <TextField label={text.uuid} help={text.uuidHelp} value={uuid} onInput={(value) => change({ uuid: value })} />
      </details>
      <div class="actions">
        <button type="submit" class="primary">
          {text.build}
        </button>
        <button type="button" onClick={() => void trySample()}>
          {text.sample}
        </button>
      </div>
    </form>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function TextField({ label, help, value, onInput }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        spellcheck={false}
        autocomplete="off"
        aria-describedby={`${id}-help`}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  );
}
