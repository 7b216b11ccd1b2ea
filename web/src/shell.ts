/** File names in commands to be copied: whatever a name is, a shell takes it for that name and no more. */

/** As one word of a POSIX shell; a program takes it for no option. */
export function shellWord(name: string): string {
  const path = name.startsWith('-') ? `./${name}` : name;
  return /^[\w.+/-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Behind `file=` of QEMU's `-drive`: commas end a value there, and what stands before a colon is a protocol. */
export const qemuWord = (name: string): string =>
  shellWord((name.includes(':') ? `./${name}` : name).replaceAll(',', ',,'));
