/** Starts Cordon: the command behind `npm start`. What to open goes to standard output, everything else to standard error. */
import { explainFailure } from './boot/explain.js';
import { start, type Running } from './boot/start.js';
import { loadConfig, type Config } from './config.js';
import { makeLog } from './log.js';

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

let config: Config | undefined;
let running: Running | undefined;
let stopping = false;

process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
try {
  config = loadConfig();
  running = await start(config, makeLog(config.logLevel), tell);
} catch (error) {
  tell(`Cordon did not start.\n${explainFailure(error, config)}`);
  process.exit(1);
}
if (stopping) await stop(running);
else announce(running);

function announce({ url, tokenFile, firstLink }: Running): void {
  const lines = [
    url === undefined ? 'Cordon works in the background.' : `Cordon is ready: ${url}`,
    ...(url === undefined
      ? []
      : [`Administrator’s token: ${tokenFile ?? 'the value of CORDON_BOOTSTRAP_TOKEN'}`]),
    ...(firstLink === undefined ? [] : [`First administrator: ${firstLink}`]),
    'Stop it with Ctrl+C.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The first signal stops in order, as soon as the start is through; the second stops at once. */
function onSignal(signal: NodeJS.Signals): void {
  if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
  stopping = true;
  tell('Stopping …');
  if (running) void stop(running);
}

async function stop(started: Running): Promise<void> {
  try {
    await started.stop();
    process.exit(0);
  } catch (error) {
    tell(`It did not stop in order. ${explainFailure(error, config)}`);
    process.exit(1);
  }
}
