/** The command line's words → what to do. */
import { parseArgs } from 'node:util';
import { decide, OPTIONS, type Options, Refusal } from '../core/index.ts';
import { isStandardOutput } from './special.ts';

export const COMMANDS = ['build', 'plan', 'inspect', 'check'] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Invocation {
  readonly command: CommandName;
  /** Archives, or the image to check. */
  readonly files: readonly string[];
  readonly manifests: readonly string[];
  readonly output: string | undefined;
  /** Folder or tar for the firmware partition. */
  readonly firmware: string | undefined;
  /** The store path that `inspect` is to explain. */
  readonly why: string | undefined;
  readonly options: Options;
  readonly quiet: boolean;
  /** Threads that read contents; `undefined` for as many as there are cores. */
  readonly threads: number | undefined;
  /** Whether the image's digest is wanted. */
  readonly isHashed: boolean;
}

/** Flags that are the command line's own, not the engine's. */
const OWN = {
  output: { type: 'string', short: 'o' },
  manifest: { type: 'string', multiple: true },
  firmware: { type: 'string' },
  why: { type: 'string' },
  json: { type: 'boolean' },
  threads: { type: 'string' },
  'no-sha256': { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Which of them, and of the engine's options, each command takes besides --json, --quiet, --help and --version. */
const TAKES: Readonly<Record<CommandName, { readonly own: readonly string[]; readonly engine: boolean }>> = {
  build: { own: ['output', 'manifest', 'firmware', 'threads', 'no-sha256', 'json'], engine: true },
  plan: { own: ['manifest', 'firmware', 'threads', 'json'], engine: true },
  inspect: { own: ['manifest', 'why', 'threads', 'json'], engine: true },
  check: { own: ['json'], engine: false },
};

/** Taken by every command. */
const COMMON = ['quiet', 'help', 'version'];

const ALL = {
  ...Object.fromEntries(
    OPTIONS.map(({ flag, value }) => [flag, { type: value === undefined ? 'boolean' : 'string' }] as const),
  ),
  ...OWN,
};

/** @throws Refusal of the kinds `usage`, `option-*`, `label-*`, `bad-uuid` */
export function parseArguments(words: readonly string[]): Invocation | 'help' | 'version' {
  const { values, positionals } = parse(words);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [command, ...files] = positionals;
  if (command === undefined) throw new Refusal('usage', { why: `A command is missing (${COMMANDS.join(', ')})` });
  if (!isCommand(command)) throw new Refusal('usage', { why: `“${command}” is no command (${COMMANDS.join(', ')})` });
  if (files.length === 0)
    throw new Refusal('usage', { why: command === 'check' ? 'An image is missing' : 'An archive is missing' });
  if (command === 'check' && files.length > 1) throw new Refusal('usage', { why: 'check takes one image' });
  const { own, engine } = TAKES[command];
  const taken = [...COMMON, ...own, ...(engine ? OPTIONS.map(({ flag }) => flag) : [])];
  const stray = Object.keys(values).find((flag) => !taken.includes(flag));
  if (stray !== undefined) throw new Refusal('usage', { why: `${command} does not take --${stray}` });
  const output = outputOf(values);
  if (output === '') throw new Refusal('usage', { why: '-o wants the name of a file' });
  if ([...files, ...strings(values.manifest)].filter((file) => file === '-').length > 1)
    throw new Refusal('usage', { why: 'Standard input (-) can only be read once' });
  if (command === 'check' && files[0] === '-') throw new Refusal('usage', { why: 'check takes the name of an image' });
  if (command === 'build' && files[0] === '-' && output === undefined)
    throw new Refusal('usage', { why: 'An archive from standard input has no name: give the image one with -o' });
  const options = engineOptions(values);
  const firmware = strings(values.firmware)[0];
  if (firmware !== undefined && options.disk === 'none')
    throw new Refusal('usage', { why: '--firmware wants a --disk with a partition for it' });
  if (firmware !== undefined && command === 'plan')
    throw new Refusal('usage', { why: "A plan's script can't fill a firmware partition: build the image instead" });
  return {
    command,
    files,
    manifests: strings(values.manifest),
    output,
    firmware,
    why: strings(values.why)[0],
    options,
    quiet: values.quiet === true,
    threads: threadsOf(strings(values.threads)[0]),
    isHashed: values['no-sha256'] !== true,
  };
}

/**
 * Where the one JSON object goes, where one is asked for: not where the image or a script goes. Knows it of words, too,
 * that can't be parsed.
 */
export function findJsonStream(words: readonly string[]): 'stdout' | 'stderr' | undefined {
  const { values, positionals } = parseArgs({ args: [...words], options: ALL, allowPositionals: true, strict: false });
  if (!values.json || positionals[0] === 'plan') return undefined;
  return outputOf(values) === '-' ? 'stderr' : 'stdout';
}

/** `-` also for other names of standard output. */
function outputOf({ output }: Values): string | undefined {
  const path = strings(output)[0];
  return path !== undefined && isStandardOutput(path) ? '-' : path;
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

function parse(words: readonly string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: ALL, allowPositionals: true });
  } catch (error) {
    const [why] = (error as Error).message.split(/\.\s/);
    const [, flag] = /^Option '.*?--([\w-]+).*' argument is ambiguous$/.exec(why!) ?? [];
    throw new Refusal('usage', { why: flag ? `A value that begins with a dash is written --${flag}=-…` : why! });
  }
}

function engineOptions(values: Values): Options {
  let given: Partial<Options> = {};
  for (const { flag, set } of OPTIONS) {
    const value = values[flag];
    if (value === undefined) continue;
    given = { ...given, ...set(String(value)) };
  }
  return decide(given);
}

/** More would wait for each other. */
const MOST_THREADS = 64;

function threadsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MOST_THREADS)
    throw new Refusal('usage', { why: `--threads wants a number from 1 to ${MOST_THREADS}` });
  return count;
}

const strings = (value: Values[string]): string[] => [value ?? []].flat().map(String);

const isCommand = (word: string): word is CommandName => (COMMANDS as readonly string[]).includes(word);

/** The text of --help. */
export function help(): string {
  const rows: [string, string][] = [
    ['-o, --output IMAGE', "image file; - is standard output (the archive's name with .img)"],
    ['--manifest FILE', "closure manifest, - for standard input; may be repeated (those in the archive's root)"],
    ...OPTIONS.map(({ flag, value, help: text }): [string, string] => [`--${flag}${value ? ` ${value}` : ''}`, text]),
    ['--firmware FILE', '--disk with a FAT partition for firmware, filled from a folder or tar'],
    ['--threads N', 'threads that read and hash contents (as many as there are cores)'],
    ['--no-sha256', "leave the image's digest out, which saves time where the CPU has no SHA instructions"],
    ['--why PATH', 'inspect: what keeps this store path in the closure'],
    ['--json', 'one JSON object on standard output (on standard error where the image goes there), also of what fails'],
    ['--quiet', 'no progress on standard error'],
    ['--version, --help', ''],
  ];
  return `storeimg build   ARCHIVE… [-o IMAGE] [options]   build an ext4 image from tarballs of Nix store paths; - is standard input
storeimg plan    ARCHIVE… [options]              print the shell script that makes the same image natively
storeimg inspect ARCHIVE… [options]              list store paths, entries, sizes, problems
storeimg check   IMAGE                           e2fsck -fn and the superblock's facts; a disk's partition, too

${rows.map(([flag, text]) => `  ${flag.padEnd(34)} ${text}`.trimEnd()).join('\n')}

Exit: 0 done, 1 refused or failed, 2 usage, 130 SIGINT, 143 SIGTERM.
`;
}
