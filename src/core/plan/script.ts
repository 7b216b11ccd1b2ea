/** Plan → shell script that makes the same image natively, bit by bit. */
import { type ByteString, byteString, fromText, toBytes } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Options } from '../options.ts';
import { CONTENT, type Command, commands, FORGET_WRITES } from './commands.ts';
import type { Plan } from './index.ts';
import { archivePath } from './root.ts';
import { BESIDE, wrapScript } from './wrap.ts';

/** The one version whose bytes are ours. */
const VERSION = '1.47.2';
/** debugfs reads its commands with fgets into BUFSIZ bytes (8192 in glibc) and runs the rest of a longer line. */
const MOST_LINE = 8190;

/**
 * The script, in pieces of bytes. `sh script TREE IMAGE`: TREE holds the archives unpacked.
 * @param mke2fsConf the profile that the programs are built with (wasm/mke2fs.conf)
 * @throws Refusal `replay-impossible` where debugfs' command lines can't express a name
 */
export function* planScript(plan: Plan, mke2fsConf: string): Generator<Uint8Array<ArrayBuffer>> {
  const { options, bytes, mke2fs, registration } = plan;
  const isWrapped = options.disk !== 'none';
  const clock = new Date(options.time * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const timed = `faketime -f '${clock}'`;
  const programs = ['mke2fs', 'debugfs', ...(options.indexDirectories ? ['e2fsck'] : [])];
  yield toBytes(
    fromText(`#!/bin/sh
# Makes the image that storeimg makes, byte for byte: sh plan.sh TREE IMAGE
# TREE holds the archives, unpacked in their order; IMAGE is the file to make.
${options.compress === 'none' ? '' : `# IMAGE is not compressed: what --compress ${options.compress} makes of it is storeimg's own.\n`}# Takes ${programs.join(', ')} (${VERSION}) and faketime from the PATH.
set -eu
fail() { echo "$0: $1" >&2; exit 1; }
[ $# = 2 ] || { echo "usage: sh $0 TREE IMAGE" >&2; exit 2; }
umask 022
export TZ=UTC0 LC_ALL=C
unset E2FSPROGS_FAKE_TIME E2FSCK_TIME SOURCE_DATE_EPOCH FAKETIME FAKETIME_SHARED LD_PRELOAD
for program in ${programs.join(' ')}; do
  "$program" -V 2>&1 | grep -q ' ${VERSION.replaceAll('.', '\\.')} ' || fail "$program is not version ${VERSION}, whose bytes these are"
done
command -v faketime >/dev/null || fail "faketime is missing"
[ -d "$1" ] || fail "$1 is no directory"
work=$(mktemp -d)
# Made beside its name, which it gets when it is whole.
whole=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
image=$whole.partial
trap 'rm -rf "$work" "$whole.partial" "$whole.filesystem"' EXIT
ln -s "$(cd "$1" && pwd)" "$work/tree"
: > "$image"
${isWrapped ? BESIDE : ''}truncate -s ${bytes} "$image"
fallocate --punch-hole --offset 0 --length 4096 "$image" || fail "the filesystem of $2 can't punch holes, which changes what mke2fs writes"
cat > "$work/mke2fs.conf" <<'END-OF-MKE2FS-CONF'
${mke2fsConf.trimEnd()}
END-OF-MKE2FS-CONF
export MKE2FS_CONFIG="$work/mke2fs.conf"
${timed} mke2fs ${mke2fs.before.map(shellQuote).join(' ')} "$image" ${mke2fs.size}
`),
  );
  if (registration) {
    yield toBytes(`cat > "$work/${REGISTRATION}" <<'END-OF-REGISTRATION'\n`);
    yield toBytes(byteString(registration));
    yield toBytes('END-OF-REGISTRATION\n');
  }
  yield toBytes(`cat > "$work/commands" <<'END-OF-COMMANDS'\n`);
  let lines: string[] = [];
  for (const command of commands(plan)) {
    lines.push(commandLine(command, options));
    if (lines.length === 4096) {
      yield toBytes(lines.join(''));
      lines = [];
    }
  }
  yield toBytes(lines.join(''));
  yield toBytes(
    fromText(`END-OF-COMMANDS
cd "$work"
${timed} debugfs -w -f commands "$image" > log 2>&1
grep -a -v -e '^debugfs' -e '^Allocated inode: ' log > wrong || :
[ ! -s wrong ] || { head -n 20 wrong >&2; fail "debugfs reported problems, of which these are the first"; }
`),
  );
  if (options.indexDirectories) {
    yield toBytes(`export E2FSCK_CONFIG=/dev/null
${timed} e2fsck -f -y -D "$image" > log 2>&1 || [ $? = 1 ] || fail "e2fsck reported problems"
${timed} debugfs -w -R '${FORGET_WRITES.join(' ')}' "$image" 2>&1 | { ! grep -v '^debugfs'; } || fail "debugfs reported problems"
`);
  }
  if (isWrapped) yield toBytes(wrapScript(plan));
  yield toBytes('mv "$whole.partial" "$whole"\n');
}

const shellQuote = (text: string) => (/^[\w=^,.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function commandLine({ argv, content, node: { path } }: Command, options: Options): string {
  const native = content === 'registration' ? REGISTRATION : `tree/${archivePath(options, path)}`;
  const line = `${argv.map((argument) => libssQuote(argument === CONTENT ? native : argument, path)).join(' ')}\n`;
  if (line.length > MOST_LINE)
    throw new Refusal('replay-impossible', { path, why: 'names or extended attributes longer than a command line' });
  return line;
}

/** libss splits at blanks, takes “"…"” whole, and in it “""” for one quote. */
function libssQuote(argument: ByteString, path: ByteString): string {
  if (/[\r\n]/.test(argument))
    throw new Refusal('replay-impossible', { path, why: 'a line break in its name or target' });
  return /^[\w+\-./=?]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '""')}"`;
}
