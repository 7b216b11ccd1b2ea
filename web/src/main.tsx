import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './page/app.tsx';
import { acceptDrops } from './page/drop.ts';
import { removeLeftovers } from './scratch.ts';
import { restore, stage } from './state.ts';
import './style.css';
import { text } from './text.ts';

acceptDrops();
void restore().then(removeLeftovers);
render(<App />, document.getElementById('app')!);

effect(() => {
  const now = stage.value;
  const percent = now.name === 'building' ? `${Math.floor((now.shown?.fraction ?? 0) * 100)} % · ` : '';
  document.title = `${percent}${text.title}`;
});
