/** One option, shown as its row of the table allows. */
import { type Options, PRESETS } from '../../../src/core/index.ts';
import { form, problemWith, textOf } from '../form.ts';
import { type Control, SWITCHED_ON } from '../options.ts';
import { setOption } from '../state.ts';
import { plainly, text } from '../text.ts';
import { IDS } from './help.ts';

export function OptionControl({ control }: { readonly control: Control }) {
  const id = IDS.option(control.flag);
  const { label, help } = text.option[control.flag] ?? { label: control.flag, help: control.help };
  const { given } = form.value;
  const problem = problemWith(control, given);
  const shared = { id, 'aria-describedby': `${id}-help`, 'aria-invalid': problem !== undefined };
  const value = textOf(control, given);
  return (
    <div class={control.kind === 'switch' ? 'field switch' : 'field'}>
      <label for={id}>{label}</label>
      {control.kind === 'switch' ? (
        <input
          {...shared}
          type="checkbox"
          checked={given[control.flag] !== undefined}
          onChange={({ currentTarget }) => setOption(control, currentTarget.checked ? SWITCHED_ON : '')}
        />
      ) : control.kind === 'choice' ? (
        <select {...shared} value={value} onChange={({ currentTarget }) => setOption(control, currentTarget.value)}>
          {control.words.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={value}
          onInput={({ currentTarget }) => setOption(control, currentTarget.value)}
        />
      )}
      <p class="help" id={`${id}-help`}>
        {problem === undefined ? help : <span class="wrong">{plainly(problem)}</span>}
        {control.flag === 'features' && value in PRESETS && (
          <span class="readers">{text.readers(PRESETS[value as Options['features']])}</span>
        )}
      </p>
    </div>
  );
}
