#!/usr/bin/env node
import { exitCodes, Stopped } from './exit-codes.js';
import { processIo } from './io.js';
import { run } from './program.js';

const controller = new AbortController();

/** The first signal asks the command to stop and to clear up after itself; the second does not wait for that. */
function stop(): void {
  if (controller.signal.aborted) process.exit(exitCodes.interrupted);
  controller.abort(new Stopped(exitCodes.interrupted));
}

/** `cordon … | head`: the reader has had enough, which is no failure. */
function whenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  controller.abort(new Stopped(exitCodes.ok));
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.stdout.on('error', whenNobodyReads);
process.stderr.on('error', () => undefined);
process.exitCode = await run(processIo(controller.signal), process.argv.slice(2));
