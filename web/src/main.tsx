import { computed, effect } from '@preact/signals';
import { render } from 'preact';
import { stayAwake } from './awake.ts';
import { followForm } from './inspection.ts';
import { App } from './page/app.tsx';
import { acceptDrops } from './page/drop.ts';
import { removeLeftovers } from './scratch.ts';
import { isFormOpen, restore, stage } from './state.ts';
import './style.css';
import { text } from './text.ts';
import { keepOffline } from './update.ts';

acceptDrops();
keepOffline();
void restore().then(removeLeftovers);
followForm(isFormOpen);
stayAwake(computed(() => stage.value.name === 'building'));
render(<App />, document.getElementById('app')!);

effect(() => {
  const now = stage.value;
  const state = now.name === 'building' ? `${Math.floor((now.shown?.fraction ?? 0) * 100)} %` : text.titleOf[now.name];
  document.title = state ? `${state} · ${text.title}` : text.title;
});
