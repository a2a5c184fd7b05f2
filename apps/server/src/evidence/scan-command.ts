import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EvidenceScanner, ScanVerdict } from '@cordon/runtime';

const TIMEOUT_MS = 600_000;
const MAX_DETAIL = 500;

/**
 * Asks a program that reads the file from its input: exit code 0 is clean, 1 infected (as clamscan has it), and anything
 * else means that it could not say. The words are the program and its arguments; no shell is involved, and nothing of
 * the file's name is told.
 */
export class CommandScanner implements EvidenceScanner {
  constructor(
    private readonly words: readonly string[],
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async scan(bytes: AsyncIterable<Uint8Array>): Promise<ScanVerdict> {
    const [program = '', ...parameters] = this.words;
    const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'ignore'], timeout: this.timeoutMs });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      if (said.length < MAX_DETAIL) said += more;
    });
    try {
      // A program that has heard enough closes its input; what it says counts all the same.
      const [[code]] = await Promise.all([
        once(child, 'close') as Promise<[number | null]>,
        pipeline(Readable.from(bytes), child.stdin).catch(() => undefined),
      ]);
      return verdictOf(code, said.trim().slice(0, MAX_DETAIL));
    } catch (error) {
      return { verdict: 'unavailable', detail: error instanceof Error ? error.message : 'it cannot be run' };
    }
  }
}

function verdictOf(code: number | null, said: string): ScanVerdict {
  const detail = said === '' ? {} : { detail: said };
  if (code === 0) return { verdict: 'clean' };
  if (code === 1) return { verdict: 'infected', ...detail };
  return { verdict: 'unavailable', ...(code === null ? { detail: 'it took too long' } : detail) };
}
