/** JSON that knows its lines: engines word their errors differently, and `JSON.parse` does not say where a value stood. */
import { evaluate, parse, type ValueNode } from '@humanwhocodes/momoa';

/** A key and its value, as they stand. */
export interface Member {
  readonly key: string;
  readonly value: unknown;
  /** The line of the key; counts from 1. */
  readonly line: number;
}

/** What `JSON.parse` gives, and where it stands. */
export interface PlacedJson {
  readonly value: unknown;
  /** All of an object's members; a key that is there twice is there twice. */
  members(object: object): readonly Member[];
  /** The line in which an object or array begins. */
  lineOf(value: object): number;
}

/** @param refuse makes what is thrown where the text is no JSON */
export function parseJson(text: string, refuse: (line: number, why: string) => Error): PlacedJson {
  const members = new Map<object, readonly Member[]>();
  const lines = new Map<object, number>();
  const place = (node: ValueNode): unknown => {
    if (node.type !== 'Object' && node.type !== 'Array') return evaluate(node);
    const made = node.type === 'Array' ? node.elements.map(({ value }) => place(value)) : objectOf(node);
    lines.set(made, node.loc.start.line);
    return made;
  };
  const objectOf = (node: Extract<ValueNode, { type: 'Object' }>): object => {
    const own = node.members.map(({ name, value }) => ({
      key: String(evaluate(name)),
      value: place(value),
      line: name.loc.start.line,
    }));
    const made = Object.fromEntries(own.map(({ key, value }) => [key, value]));
    members.set(made, own);
    return made;
  };
  try {
    return {
      value: place(parse(text, { mode: 'json' }).body),
      members: (of) => members.get(of) ?? [],
      lineOf: (of) => lines.get(of) ?? 1,
    };
  } catch (error) {
    // The stack ends before the nesting does.
    if (error instanceof RangeError) throw refuse(1, 'its lists and objects lie too deep in one another');
    const { message, offset = 0 } = error as Error & { readonly offset?: number };
    const isEnd = message.startsWith('Unexpected end') || offset >= text.length;
    const line = text.slice(0, isEnd ? text.length : offset).split('\n').length;
    throw refuse(
      line,
      `it is no well-formed JSON: ${isEnd ? 'it ends too soon' : `“${text[offset]}” can't stand there`}`,
    );
  }
}
