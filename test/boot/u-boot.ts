/** U-Boot, as Debian builds it for a virtual PC: what it answers to commands, with a drive before it. */
import { spawn } from 'node:child_process';

const ROM = '/usr/lib/u-boot/qemu-x86/u-boot.rom';
const PROMPT = '\n=> ';
/** Seconds until a machine that gives no prompt is switched off. */
const PATIENCE = '100';

/** Where a file is loaded to: free memory. */
export const ADDRESS = '1000000';

/** Gives commands one after another; returns what each was answered. Rejects, with all that was said, when an answer is missing. */
export function uBoot(drive: string, commands: readonly string[]): Promise<string[]> {
  const machine = spawn('timeout', [
    PATIENCE,
    'qemu-system-i386',
    // No video BIOS: on a busy host, one start in a hundred resets in it. Any other reset starts over.
    ...['-accel', 'tcg', '-m', '256', '-nographic', '-vga', 'none', '-nic', 'none', '-bios', ROM],
    ...['-drive', `file=${drive},if=ide,format=raw,cache=unsafe`],
  ]);
  const answers: string[] = [];
  const waiting = ['ide reset', ...commands];
  let said = '';
  let heard = '';
  machine.stderr.on('data', (piece: Buffer) => {
    heard += piece.toString('latin1');
  });
  machine.stdout.on('data', (piece: Buffer) => {
    heard += piece.toString('latin1');
    said += piece.toString('latin1').replaceAll('\r', '');
    if (said.includes('to stop autoboot')) {
      said = '';
      machine.stdin.write('\n');
    }
    if (!said.endsWith(PROMPT)) return;
    answers.push(said.slice(said.indexOf('\n') + 1, -PROMPT.length));
    said = '';
    const next = waiting.shift();
    if (next) machine.stdin.write(`${next}\n`);
    else machine.kill();
  });
  return new Promise((resolve, reject) => {
    machine.on('error', reject);
    machine.on('close', (status, signal) => {
      // The first two answers are to the key that stopped it, and to the reset.
      if (answers.length === commands.length + 2) resolve(answers.slice(2));
      else reject(new Error(`U-Boot’s machine ended with ${signal ?? status} before its last answer:\n${heard}`));
    });
  });
}
