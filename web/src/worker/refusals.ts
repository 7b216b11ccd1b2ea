/** Refusals keep their code on the way to the page: comlink sends an error's name, message and stack alone. */
import { transferHandlers } from 'comlink';

interface Sent {
  readonly isError: boolean;
  readonly value: object;
}

const thrown = transferHandlers.get('throw')!;

transferHandlers.set('throw', {
  ...thrown,
  serialize(what: { readonly value: unknown }) {
    const [sent, transferred] = thrown.serialize(what) as [Sent, Transferable[]];
    const { code } = Object(what.value) as { readonly code?: string };
    return [sent.isError ? { ...sent, value: { ...sent.value, code } } : sent, transferred];
  },
});
