/**
 * JSON that knows its lines: engines word their errors differently, and none says where a value stood.
 * Source: RFC 8259.
 */

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

/** Deeper than any manifest, and not so deep that the stack would end first. */
const MOST_DEPTH = 256;

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** @param refuse makes what is thrown where the text is no JSON */
export function parseJson(text: string, refuse: (line: number, why: string) => Error): PlacedJson {
  const members = new Map<object, readonly Member[]>();
  const lines = new Map<object, number>();
  let at = 0;
  let line = 1;
  let counted = 0;
  const lineHere = () => {
    for (let end = text.indexOf('\n', counted); end >= 0 && end < at; end = text.indexOf('\n', counted)) {
      line++;
      counted = end + 1;
    }
    return line;
  };
  const fail = (expected: string) => {
    const found = at < text.length ? `“${text[at]}” stands` : 'it ends';
    return refuse(lineHere(), `it is no well-formed JSON: ${found} where ${expected} should`);
  };
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  /** Passes over one of these characters, which has to be there. */
  const take = (characters: string, expected: string) => {
    match(SPACE);
    const char = text[at];
    if (char === undefined || !characters.includes(char)) throw fail(expected);
    at++;
    return char;
  };
  const isNext = (char: string) => {
    match(SPACE);
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const string = (): string => {
    const from = at - 1;
    for (let quote = text.indexOf('"', at); quote >= 0; quote = text.indexOf('"', quote + 1)) {
      let before = quote;
      while (text[before - 1] === '\\') before--;
      if ((quote - before) % 2) continue;
      try {
        const parsed: string = JSON.parse(text.slice(from, quote + 1));
        at = quote + 1;
        return parsed;
      } catch {
        break;
      }
    }
    at = from;
    throw refuse(lineHere(), 'it is no well-formed JSON: a string does not end in its line, or has what no string has');
  };
  const value = (depth: number): unknown => {
    if (depth > MOST_DEPTH) throw refuse(lineHere(), 'its lists and objects lie too deep in one another');
    if (isNext('"')) return string();
    if (isNext('{')) return object(depth);
    if (isNext('[')) return array(depth);
    const scalar = match(SCALAR);
    if (scalar === '') throw fail('a value');
    return JSON.parse(scalar);
  };
  const object = (depth: number): object => {
    const begun = lineHere();
    const own: Member[] = [];
    let isDone = isNext('}');
    while (!isDone) {
      take('"', 'a key');
      const line = lineHere();
      const key = string();
      take(':', 'a colon');
      own.push({ key, value: value(depth + 1), line });
      isDone = take(',}', 'a comma or the object’s end') === '}';
    }
    const made = Object.fromEntries(own.map(({ key, value }) => [key, value]));
    members.set(made, own);
    lines.set(made, begun);
    return made;
  };
  const array = (depth: number): unknown[] => {
    const made: unknown[] = [];
    lines.set(made, lineHere());
    let isDone = isNext(']');
    while (!isDone) {
      made.push(value(depth + 1));
      isDone = take(',]', 'a comma or the list’s end') === ']';
    }
    return made;
  };
  const whole = value(0);
  match(SPACE);
  if (at < text.length) throw fail('its end');
  return {
    value: whole,
    members: (of) => members.get(of) ?? [],
    lineOf: (of) => lines.get(of) ?? 1,
  };
}
