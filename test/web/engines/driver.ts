/** What every engine's driver can do: as little as tells a person's hand from a script. */

/** One window of one engine. Expressions are JavaScript, evaluated in the page. */
export interface Driver {
  goto(url: string): Promise<void>;
  /** The value, awaited, of an expression; JSON can express it. */
  evaluate(expression: string): Promise<unknown>;
  /** Clicks, as a pointer does, the element that an expression gives. */
  click(element: string): Promise<void>;
  /** Chooses files in a file input, as its dialog does. */
  choose(input: string, files: readonly string[]): Promise<void>;
  /** Clicks what starts a download; returns where the whole file is, under the name that the page gave it. */
  download(element: string): Promise<string>;
  /** Addresses that the page and its workers asked for. */
  requests(): readonly string[];
  close(): Promise<void>;
}

/** Starts an engine with a profile of its own in a folder, for the page of this server. */
export type Launch = (
  folder: string,
  server: { readonly url: string; readonly requests: readonly string[] },
) => Promise<Driver>;
