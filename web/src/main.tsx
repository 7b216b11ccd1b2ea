import { computed, effect } from '@preact/signals';
import { render } from 'preact';
import { stayAwake } from './awake.ts';
import { followForm, inspection, isInMemory } from './inspection.ts';
import { forgetOthers } from './kept-image.ts';
import { App } from './page/app.tsx';
import { acceptDrops } from './page/drop.ts';
import { hasScratch, removeLeftovers } from './scratch.ts';
import { isLooking, restore, stage } from './state.ts';
import './style.css';
import { text } from './text.ts';
import { keepOffline } from './update.ts';

acceptDrops();
keepOffline();
void hasScratch().then((hasDisk) => {
  isInMemory.value = !hasDisk;
});
void restore().then(() => Promise.all([removeLeftovers(), forgetOthers()]));
followForm(isLooking);
stayAwake(computed(() => stage.value.name === 'building'));
render(<App />, document.getElementById('app')!);

effect(() => {
  const now = stage.value;
  const isRefused = now.name === 'ready' && inspection.value?.failure !== undefined;
  const state =
    now.name === 'building'
      ? `${Math.floor((now.shown?.fraction ?? 0) * 100)} %`
      : text.titleOf[isRefused ? 'refused' : now.name];
  document.title = state ? `${state} · ${text.title}` : text.title;
});
