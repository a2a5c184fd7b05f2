#!/usr/bin/env node
/** `npm run demo`: a server on a throw-away data folder, with the shipped scenarios in mid-course. */
import { Command } from 'commander';
import { runDemo } from './demo/run-demo.js';
import { exitCodes } from './exit-codes.js';
import { processIo } from './io.js';
import { exitCodeOf } from './print-error.js';
import { stopOnSignals } from './stop-signals.js';

const controller = new AbortController();
const impatience = new AbortController();

stopOnSignals(controller, () => impatience.abort());
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const program = new Command('npm run demo --')
  .description(
    'Starts Cordon on a data folder that is removed at the end, with two incidents in mid-course whose clocks count from now. ' +
      'PORT is the port to try first (3000). Stop with Ctrl+C.',
  )
  .option('--json', 'print one JSON object when it is ready')
  .exitOverride();
try {
  program.parse();
  const options = program.opts<{ json?: boolean }>();
  process.exitCode = await runDemo(processIo(controller.signal), options, impatience.signal);
} catch (error) {
  process.exitCode = exitCodeOf(error) || exitCodes.ok;
}
