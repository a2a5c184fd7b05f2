import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { type Check, examine } from '../local/examine.js';
import { coloursOf, type Io, print, printJson } from '../io.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

export function registerDoctor(program: Command, { io, finish }: CommandContext): void {
  program
    .command('doctor')
    .summary('check the installation, and say how to mend it')
    .description(
      'Check the installation: Node.js, build, data folder, token file, log, server and its database. Says how to mend what is wrong.',
    )
    .addHelpText('after', example('doctor'))
    .action(async (_options, command: Command) => {
      const options = optionsOf<GlobalOptions>(command);
      const checks = await examine(io, options.server);
      const ok = checks.every(({ result }) => result !== 'wrong');
      if (options.json) printJson(io, { ok, checks });
      else for (const check of checks) print(io, textOf(io, check));
      finish(ok ? exitCodes.ok : exitCodes.failure);
    });
}

function textOf(io: Io, { name, result, found, fix }: Check): string {
  const colours = coloursOf(io, io.out);
  const mark = { ok: colours.green('ok   '), note: colours.yellow('note '), wrong: colours.red('wrong') }[
    result
  ];
  return `${mark}  ${name}: ${found}${fix === undefined ? '' : `\n         ${fix}`}`;
}
