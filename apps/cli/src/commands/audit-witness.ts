import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parsePolicy, PolicyError, type Policy } from '@cordon/audit';
import { systemClock } from '@cordon/kernel';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, print, printJson, shown, tell } from '../io.js';
import { type KnownLogs, knownLogs } from '../witness/decide.js';
import { openWitnessKey, type WitnessKey } from '../witness/key.js';
import { WitnessMemory } from '../witness/memory.js';
import { witnessServer } from '../witness/server.js';
import { Witness } from '../witness/witness.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface WitnessOptions extends GlobalOptions {
  readonly policy: string;
  readonly state: string;
  readonly name?: string;
  readonly listen: string;
}

interface CosignOptions extends WitnessOptions {
  readonly proof?: string;
}

/** Here only: a witness has one file of each kind, and none of them is long. */
const MAX_FILE_BYTES = 1024 * 1024;

export function registerAuditWitness(audit: Command, { io, finish }: CommandContext): void {
  const witness = audit
    .command('witness')
    .summary('cosign the checkpoints of a log, for another team or the auditor to run')
    .description(
      'Run a witness (C2SP tlog-witness): it cosigns a checkpoint only when it goes on from the last one, so that the log ' +
        'cannot show two histories, or take back what it said. Run it where those who run the log cannot change it.',
    )
    .requiredOption(
      '--policy <file>',
      'C2SP tlog-policy: its "log" lines name whose checkpoints are cosigned',
    )
    .requiredOption(
      '--state <folder>',
      'the key and what was cosigned; when it is lost, start a new witness instead of an old copy',
    )
    .option('--name <name>', 'name of the key, when it is made (default: cordon-witness/ and eight digits)')
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:7381')
    .addHelpText(
      'after',
      example(
        'audit witness --policy policy.txt --state witness --name audit.example.org/w1',
        'audit witness cosign checkpoint.txt --proof proof.txt --policy policy.txt --state witness',
      ),
    )
    .action(async (_options, command: Command) => {
      await serve(io, optionsOf<WitnessOptions>(command));
    });
  witness
    .command('cosign')
    .summary('cosign one checkpoint from a file, without a network')
    .description(
      'Cosign one checkpoint from a file, for a witness without a network. The signature line goes to stdout, to be carried back.',
    )
    .argument('<checkpoint>', 'file with the signed checkpoint')
    .option(
      '--proof <file>',
      'the line "old SIZE" and the lines of the consistency proof; without it, the first checkpoint of a log',
    )
    .action(async (file: string, _options, command: Command) => {
      finish(await cosign(io, file, optionsOf<CosignOptions>(command)));
    });
}

async function serve(io: Io, options: WitnessOptions): Promise<void> {
  const { host, port } = addressOf(options.listen);
  await withWitness(io, options, async ({ witness, key, logs }) => {
    const server = witnessServer(witness, (error) =>
      tell(io, `Something went wrong: ${shown(reasonOf(error))}`),
    );
    await listen(server, host, port, options.listen);
    const url = `http://${options.listen.replace(/:\d+$/, '')}:${(server.address() as AddressInfo).port}`;
    introduce(io, options, { key, logs, url });
    await stopped(io.signal);
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await closed;
  });
  io.signal.throwIfAborted();
}

function introduce(
  io: Io,
  { json }: WitnessOptions,
  { key, logs, url }: { key: WitnessKey; logs: KnownLogs; url: string },
): void {
  const { name, text } = key.vkey;
  const policy = [`witness ${name} ${text} ${url}`, `quorum ${name}`];
  if (json) return printJson(io, { name, vkey: text, url, made: key.made, logs: [...logs.keys()], policy });
  tell(io, key.made ? `Made the key ${key.path}.` : `Read the key ${key.path}.`);
  tell(io, `Witness of ${[...logs.keys()].map(shown).join(', ')}. Its verifier key:`);
  print(io, text);
  tell(
    io,
    'Lines for the policy of the log and of its auditors (one "quorum" line; "group" lines make several witnesses one quorum):',
  );
  print(io, policy.join('\n'));
  tell(io, `Listening on ${url}`);
}

async function cosign(io: Io, file: string, options: CosignOptions): Promise<ExitCode> {
  const note = await textOf(io, file, 'the checkpoint');
  const proof = options.proof === undefined ? 'old 0\n' : await textOf(io, options.proof, 'the proof');
  return withWitness(io, options, async ({ witness }) => {
    const { status, body } = await witness.addCheckpoint(`${proof.trimEnd()}\n\n${note}`);
    if (status === 200) {
      if (options.json) printJson(io, { cosigned: true, lines: body.trimEnd().split('\n') });
      else print(io, body.trimEnd());
      return exitCodes.ok;
    }
    const reason =
      status === 409 && /^\d+\n$/.test(body)
        ? `the last checkpoint cosigned here has size ${body.trim()}: give the proof from there`
        : body.trim();
    throw new CliError(`Not cosigned (${status}): ${reason}.`, exitCodes.verification);
  });
}

interface Running {
  readonly witness: Witness;
  readonly key: WitnessKey;
  readonly logs: KnownLogs;
}

/** Opens the state folder for as long as the work takes. */
async function withWitness<T>(
  io: Io,
  options: WitnessOptions,
  work: (running: Running) => Promise<T>,
): Promise<T> {
  const logs = await logsOf(io, options.policy);
  const folder = resolve(io.cwd, options.state);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new CliError(`The folder ${options.state} cannot be made (${reasonOf(error)}).`);
  });
  const key = await openWitnessKey(folder, options.name);
  const memory = await WitnessMemory.open(folder, key);
  try {
    const log = (line: string): void => tell(io, shown(line));
    return await work({ witness: new Witness({ logs, key, memory, clock: systemClock, log }), key, logs });
  } finally {
    await memory.close();
  }
}

async function logsOf(io: Io, file: string): Promise<KnownLogs> {
  const text = await textOf(io, file, 'the policy');
  let policy: Policy;
  try {
    policy = parsePolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
  const logs = knownLogs(policy);
  if (logs.size === 0)
    throw new CliError(`${file} names no log: add the line "log VKEY" that the log's operator gave you.`);
  return logs;
}

async function textOf(io: Io, file: string, what: string): Promise<string> {
  try {
    const bytes = await readFile(resolve(io.cwd, file));
    if (bytes.length > MAX_FILE_BYTES) throw new Error('it is longer than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(
      `${file} cannot be read (${reasonOf(error)}): name the file with ${what}.`,
      missing ? exitCodes.notFound : exitCodes.failure,
    );
  }
}

function addressOf(text: string): { host: string; port: number } {
  const [, host = '', digits = ''] = /^(\[[0-9a-fA-F:.]+\]|[^:\s/]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === '' || port > 65_535)
    throw new CliError(`"${text}" is no address: give --listen 127.0.0.1:7381.`, exitCodes.usage);
  return { host: host.replace(/^\[|\]$/g, ''), port };
}

async function listen(server: Server, host: string, port: number, text: string): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (error) {
    throw new CliError(`Cannot listen on ${text} (${reasonOf(error)}): give another --listen.`);
  }
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
