/** A conversation at the terminal: a question, a line. */
import { createInterface } from 'node:readline';
import type { Io } from '../io.js';

/** Where a person types. */
export type Keyboard = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** The person has gone: Ctrl+C, Ctrl+D, or the terminal has been closed. */
export class Gone extends Error {
  override readonly name = 'Gone';

  constructor(readonly how: 'interrupted' | 'ended') {
    super('The person has left the terminal.');
  }
}

/** A person who reads and answers. */
export interface Terminal {
  show(text: string): void;
  /** The next line, without white space around it. Throws `Gone` when none will come. */
  ask(question: string): Promise<string>;
  close(): void;
}

/** Opens the conversation. Lines that come before they are asked for are kept. Close it, or the process stays alive. */
export function openTerminal(io: Io, keyboard: Keyboard): Terminal {
  const lines: string[] = [];
  let gone: Gone['how'] | undefined;
  let waiting: (() => void) | undefined;
  const wake = (): void => {
    waiting?.();
    waiting = undefined;
  };
  const leave = (how: Gone['how']): void => {
    gone ??= how;
    wake();
  };
  const reader = createInterface({ input: keyboard, output: io.out, terminal: keyboard.isTTY === true });
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('SIGINT', () => leave('interrupted'));
  reader.on('close', () => leave('ended'));
  const stopped = (): void => leave('interrupted');
  io.signal.addEventListener('abort', stopped, { once: true });
  if (io.signal.aborted) stopped();
  return {
    show: (text) => void io.out.write(`${text}\n`),
    async ask(question) {
      reader.setPrompt(question);
      if (lines.length === 0 && gone === undefined) reader.prompt();
      while (lines.length === 0 || gone === 'interrupted') {
        if (gone !== undefined) throw new Gone(gone);
        await new Promise<void>((resolve) => (waiting = resolve));
      }
      return (lines.shift() ?? '').trim();
    },
    close() {
      io.signal.removeEventListener('abort', stopped);
      reader.close();
    },
  };
}
