#!/usr/bin/env node
import { exitCodes, Stopped } from './exit-codes.js';
import { processIo } from './io.js';
import { run } from './program.js';
import { stopOnSignals } from './stop-signals.js';

const controller = new AbortController();

/** `cordon … | head`: the reader has had enough, which is no failure. */
function whenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  controller.abort(new Stopped(exitCodes.ok));
}

stopOnSignals(controller, (code) => process.exit(code));
process.stdout.on('error', whenNobodyReads);
process.stderr.on('error', () => undefined);
process.exitCode = await run(processIo(controller.signal), process.argv.slice(2));
