/** Runs our programs for `call.pl`, in this process: starting Node.js for each call would take most of the time. */
import { createServer, type Server, type Socket } from 'node:net';
import type { ProgramName } from '../../src/core/index.ts';
import { type Call, callProgram } from './programs.ts';

/** @param path the socket's */
export function servePrograms(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('end', () => answer(socket, parse(Buffer.concat(pieces).toString('latin1'))));
    socket.on('error', () => {}); // A caller that was killed.
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

function parse(request: string): Call {
  const [program, folder, input, count, ...rest] = request.split('\0');
  const args = rest.slice(0, Number(count));
  return {
    program: program as ProgramName,
    folder: folder!,
    input: input!,
    args,
    environment: rest.slice(args.length),
  };
}

/** A program that crashes has the status that a shell gives to one that was aborted. */
const ABORTED = 134;

function answer(socket: Socket, call: Call): void {
  try {
    const { status, said } = callProgram(call);
    for (const { stream, bytes } of said) {
      socket.write(head(stream, bytes.length));
      socket.write(bytes);
    }
    socket.end(head(0, status));
  } catch (error) {
    const words = Buffer.from(`${error instanceof Error ? error.stack : error}\n`);
    socket.write(head(2, words.length));
    socket.write(words);
    socket.end(head(0, ABORTED));
  }
}

const head = (stream: number, length: number) => new Uint8Array(Uint32Array.of(stream, length).buffer);
