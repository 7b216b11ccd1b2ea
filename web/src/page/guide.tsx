/** Commands to copy, for what happens before and after this page. */
import { type Step, text } from '../text.ts';
import { Copy } from './copy.tsx';

interface Props {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly steps: readonly Step[];
}

export function Guide({ id, title, note, steps }: Props) {
  return (
    <details class="guide" id={id}>
      <summary>{title}</summary>
      {note && <p class="help">{note}</p>}
      <dl>
        {steps.map(({ where, how, command }) => (
          <div key={where}>
            <dt>{where}</dt>
            {how !== undefined && <dd>{how}</dd>}
            {command !== undefined && (
              <dd>
                <code>{command}</code>
                <Copy content={command} name={`${text.copy}: ${where}`} />
              </dd>
            )}
          </div>
        ))}
      </dl>
    </details>
  );
}
