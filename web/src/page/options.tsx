/** The options: what most people decide, and the rest folded away, by what it is about. */
import { CONTROLS, type Control } from '../options.ts';
import { text } from '../text.ts';
import { OptionControl } from './control.tsx';

const OFTEN = ['label', 'size', 'nixos', 'disk'];

const GROUPS = [
  { title: text.groups.size, flags: ['headroom', 'inode-headroom', 'reserved'] },
  {
    title: text.groups.filesystem,
    flags: ['uuid', 'features', 'journal', 'index-directories', 'links', 'root', 'time', 'uid', 'gid'],
  },
  { title: text.groups.nix, flags: ['profile', 'system', 'registration', 'allow-missing'] },
  { title: text.groups.output, flags: ['compress', 'bmap'] },
];

const grouped = new Set([OFTEN, ...GROUPS.map(({ flags }) => flags)].flat());

const named = (flags: readonly string[]): Control[] =>
  flags.flatMap((flag) => CONTROLS.find((control) => control.flag === flag) ?? []);

const often = named(OFTEN);

const groups = [
  ...GROUPS.map(({ title, flags }) => ({ title, controls: named(flags) })),
  { title: text.groups.checks, controls: CONTROLS.filter(({ flag }) => !grouped.has(flag)) },
];

export const OftenChosen = () => <Controls controls={often} />;

export function SeldomChosen() {
  return (
    <details>
      <summary>{text.options}</summary>
      {groups.map(({ title, controls }) => (
        <fieldset key={title}>
          <legend>{title}</legend>
          <Controls controls={controls} />
        </fieldset>
      ))}
    </details>
  );
}

const Controls = ({ controls }: { readonly controls: readonly Control[] }) => (
  <div class="options">
    {controls.map((control) => (
      <OptionControl key={control.flag} control={control} />
    ))}
  </div>
);
