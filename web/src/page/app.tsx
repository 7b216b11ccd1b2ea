/** The page: one obvious thing at a time. */
import { stage } from '../state.ts';
import { text } from '../text.ts';
import { Building } from './building.tsx';
import { Done } from './done.tsx';
import { hovering } from './drop.ts';
import { BuildForm } from './form.tsx';

export function App() {
  const now = stage.value;
  return (
    <div class={hovering.value ? 'page hovering' : 'page'}>
      <header>
        <h1>{text.title}</h1>
        <p>{text.tagline}</p>
      </header>
      <main class="card">
        <div role="alert">{now.name === 'failed' && <p class="error">{now.sentence}</p>}</div>
        <div role="status">{now.name === 'cancelled' && <p class="notice">{text.cancelled}</p>}</div>
        {now.name === 'building' ? <Building {...now} /> : now.name === 'done' ? <Done {...now} /> : <BuildForm />}
      </main>
      <p class="private">{text.private}</p>
      <footer>
        <span>{text.version(__VERSION__)}</span> <a href="./notices.html">{text.notices}</a>
      </footer>
      {hovering.value && <div class="drop-here">{text.dropNow}</div>}
    </div>
  );
}
