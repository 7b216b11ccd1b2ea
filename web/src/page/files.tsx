/** One file input with what was chosen. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { display, fromText } from '../../../src/core/index.ts';
import type { FileField } from '../form.ts';
import { size, text } from '../text.ts';

interface Props {
  readonly id: string;
  readonly name: FileField;
  readonly label: string;
  /** Makes it the one that files are dropped on. */
  readonly prompt?: string;
  readonly files: readonly File[];
  /** One file at most. */
  readonly isSingle?: boolean;
  readonly onChange: (files: readonly File[]) => void;
  readonly children: preact.ComponentChildren;
}

const nameOf = (file: File): string => display(fromText(file.name));

export function Files({ id, name, label, prompt, files, isSingle = false, onChange, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  // The control names the same files as the list, whichever way they came or went.
  useLayoutEffect(() => {
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(file);
    input.current!.files = chosen.files;
  }, [files]);
  return (
    <div class={prompt ? 'field files zone' : 'field files'}>
      <label for={id}>{label}</label>
      {prompt && <p class="prompt">{prompt}</p>}
      <input
        ref={input}
        id={id}
        type="file"
        name={name}
        multiple={!isSingle}
        aria-describedby={`${id}-help`}
        onChange={({ currentTarget }) => onChange([...(currentTarget.files ?? [])])}
      />
      {files.length > 0 && (
        <ul class="chosen">
          {files.map((file) => (
            <li key={file.name}>
              <span>{nameOf(file)}</span> <span class="quiet">{size(file.size)}</span>
              <button
                type="button"
                class="plain"
                aria-label={`${text.remove} ${nameOf(file)}`}
                onClick={() => {
                  onChange(files.filter((other) => other !== file));
                  input.current!.focus();
                }}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="help" id={`${id}-help`}>
        {children}
      </p>
    </div>
  );
}
