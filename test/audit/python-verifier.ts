/** The Python verifier as one process that is asked for many bundles, a line of JSON each way. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Report } from '@cordon/audit';

const SCRIPT = fileURLToPath(new URL('../../libs/audit/python/verify.py', import.meta.url));

/** Where there is no Python, what needs it is skipped by name. */
export const hasPython = spawnSync('python3', ['--version']).status === 0;

export interface Request {
  readonly bundle: string;
  readonly policy?: string;
  readonly since?: string;
}

export type Answer = Report | { readonly unusable: string };

export class PythonVerifier {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];
  private errors = '';

  constructor() {
    this.process = spawn('python3', [SCRIPT, '--batch']);
    this.process.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.lines = createInterface({ input: this.process.stdout });
    this.lines.on('line', (line) => this.waiting.shift()?.(line));
    this.process.on('close', () => {
      for (const answer of this.waiting.splice(0)) answer('');
    });
  }

  /** Rejects where it ended with a traceback. */
  async ask(request: Request): Promise<Answer> {
    const line = await new Promise<string>((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (line === '') throw new Error(`verify.py ended: ${this.errors}`);
    return JSON.parse(line) as Answer;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.on('close', resolve));
    this.process.stdin.end();
    await ended;
  }
}
