/**
 * A client of clamd's INSTREAM command (clamd(8)): `zINSTREAM\0`, then chunks, each behind its length as four bytes in
 * network order, then a length of zero; the answer ends with a zero byte: `stream: OK`, `stream: NAME FOUND`, or
 * something that ends in `ERROR`.
 */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { EvidenceScanner, ScanVerdict } from '@cordon/runtime';

/** For connecting, and for each silence in between. */
const SILENCE_MS = 60_000;
const MAX_ANSWER = 4_096;
const CHUNK_BYTES = 64 * 1024;

export class ClamdScanner implements EvidenceScanner {
  constructor(
    private readonly address: { readonly host: string; readonly port: number },
    private readonly silenceMs = SILENCE_MS,
  ) {}

  async scan(bytes: AsyncIterable<Uint8Array>): Promise<ScanVerdict> {
    const socket = connect({ ...this.address, timeout: this.silenceMs });
    socket.on('timeout', () => socket.destroy(new Error('clamd is silent')));
    try {
      const answer = answerOf(socket);
      // While it is being sent to, clamd may answer already: that the stream is too long for it.
      await Promise.race([send(socket, bytes), answer]);
      return verdictOf(await answer);
    } catch (error) {
      return {
        verdict: 'unavailable',
        detail: error instanceof Error ? error.message : 'clamd cannot be asked',
      };
    } finally {
      socket.destroy();
    }
  }
}

async function send(socket: Socket, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await write(socket, Buffer.from('zINSTREAM\0'));
  for await (const part of bytes) {
    for (let from = 0; from < part.length; from += CHUNK_BYTES) {
      const chunk = part.subarray(from, from + CHUNK_BYTES);
      await write(socket, lengthOf(chunk.length));
      await write(socket, chunk);
    }
  }
  await write(socket, lengthOf(0));
}

async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || !socket.writable) throw new Error('clamd closed the connection');
  if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

function answerOf(socket: Socket): Promise<string> {
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (more: string) => {
      text += more;
      const end = text.indexOf('\0');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > MAX_ANSWER) reject(new Error('clamd answers too much'));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('clamd closed the connection')));
  });
  // It is waited for after the sending, and may fail before.
  answer.catch(() => undefined);
  return answer;
}

function verdictOf(answer: string): ScanVerdict {
  if (answer === 'stream: OK') return { verdict: 'clean' };
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1];
  return found === undefined
    ? { verdict: 'unavailable', detail: answer }
    : { verdict: 'infected', detail: found };
}
