/** The way down to where one is, each step of it a way back. */
import { text } from '../text.ts';

interface Step {
  readonly name: string;
  readonly go: () => void;
}

export function Trail({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <nav aria-label={text.place} class="trail">
      {steps.map(({ name, go }, index) => (
        <button
          key={index}
          type="button"
          class="plain"
          onClick={go}
          aria-current={index === steps.length - 1 ? 'location' : undefined}
        >
          {name}
        </button>
      ))}
    </nav>
  );
}
