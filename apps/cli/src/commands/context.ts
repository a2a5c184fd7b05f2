import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import type { Io } from '../io.js';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly json?: boolean;
}

/** What a command is registered with. `finish` says how the process ends when a command does not throw. */
export interface CommandContext {
  readonly io: Io;
  readonly finish: (code: ExitCode) => void;
}

/** The command's own options and the global ones. */
export function optionsOf<T extends object>(command: Command): T & GlobalOptions {
  return command.optsWithGlobals<T & GlobalOptions>();
}

/** `17` and `INC-17`, in any case, are the same incident. */
export function refOf(text: string): string {
  return /^\d+$/.test(text) ? `INC-${text}` : text.toUpperCase();
}

/** For the end of a command's help: command lines as they are typed in the checkout. */
export function example(...lines: readonly string[]): string {
  return [
    `\n${lines.length > 1 ? 'Examples' : 'Example'}:`,
    ...lines.map((line) => `  $ npm run cordon -- ${line}`),
  ].join('\n');
}
