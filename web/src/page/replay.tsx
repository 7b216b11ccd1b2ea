/** The plan's script, made when asked for: the same image natively. */
import { useState } from 'preact/hooks';
import { sentence } from '../../../src/core/index.ts';
import { startEngine } from '../bridge.ts';
import { knownAnalyses } from '../inspection.ts';
import { offerFile } from '../saving.ts';
import type { Made } from '../state.ts';
import { plainly, text } from '../text.ts';

export function Replay({ made, fileName }: { readonly made: Made; readonly fileName: string }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const write = async () => {
    const end = new AbortController();
    setError(undefined);
    setBusy(true);
    try {
      const engine = startEngine(end.signal);
      await engine.open(made, made.options, () => {});
      const known = knownAnalyses(made.archives);
      if (known) await engine.verify(known);
      offerFile(await engine.script(made.options), fileName.replace(/\.img(\.\w+)?$/, '.plan.sh'));
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      end.abort();
      setBusy(false);
    }
  };
  return (
    <div class="replay">
      <button type="button" onClick={() => void write()}>
        {isBusy ? text.replaying : text.replay}
      </button>
      <p class="help">{text.replayHelp}</p>
      {error && (
        <p class="error" role="alert">
          {plainly(error)}
        </p>
      )}
    </div>
  );
}
