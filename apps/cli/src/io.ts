import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';

/** What a command is given of the process: streams, environment, places, and the wish to stop. */
export interface Io {
  /** Data goes here. */
  readonly out: NodeJS.WriteStream | NodeJS.WritableStream;
  /** Progress, talk and errors go here. */
  readonly err: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the person stands: relative file names start here. */
  readonly cwd: string;
  /** The checkout: playbooks, scenarios, the server's program and the default data folder are found from here. */
  readonly root: string;
  /** Aborted by Ctrl+C, by SIGTERM, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
}

export type Colours = ReturnType<typeof pc.createColors>;

/** Under `npm run` npm stands in the root and tells in INIT_CWD where the person stands. */
export function processIo(signal: AbortSignal): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
    root: resolve(dirname(fileURLToPath(import.meta.url)), '../../..'),
    signal,
  };
}

export function isTerminal(stream: Io['out']): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

/** Colours for one stream: none when it is not a terminal, or where NO_COLOR is set (no-color.org). */
export function coloursOf(io: Io, stream: Io['out']): Colours {
  return pc.createColors(isTerminal(stream) && !io.env['NO_COLOR']);
}

export function print(io: Io, text: string): void {
  io.out.write(`${text}\n`);
}

export function tell(io: Io, text: string): void {
  io.err.write(`${text}\n`);
}

export function printJson(io: Io, value: unknown): void {
  print(io, JSON.stringify(value, null, 2));
}

/** How many columns a line of the stream has; undefined where it is no terminal, and a line may be as long as it is. */
export function columnsOf(stream: Io['out']): number | undefined {
  return isTerminal(stream) && 'columns' in stream ? stream.columns : undefined;
}

/** Text from elsewhere must not steer the terminal: control characters are made visible. */
export function shown(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d+m)/g, '\ufffd');
}
