/** Where checkpoints go, away from here, as the configuration says. */
import { readFile } from 'node:fs/promises';
import { emailSink, fileSink, s3Sink, timestampAuthority, witnessClient } from '@cordon/actions';
import type { CheckpointSink, TimestampAuthority, Witnesses } from '@cordon/runtime';
import type { Logger } from 'pino';
import { ConfigError, type Config } from '../config.js';

export interface Outside {
  readonly sinks: readonly CheckpointSink[];
  readonly witnesses?: Witnesses;
  readonly authority?: TimestampAuthority;
  close(): void;
}

/** Throws a ConfigError that names the variable. */
export async function outsideOf(
  config: Config,
  log: Logger,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Outside> {
  const { logFile, logS3, logEmail, logWitnesses, logTsa, smtpUrl, mailFrom } = config;
  const sinks: CheckpointSink[] = [];
  if (logFile !== undefined) sinks.push(fileSink(logFile));
  if (logS3 !== undefined) sinks.push(naming('CORDON_LOG_CHECKPOINT_S3', () => s3Sink(logS3, environment)));
  const mail =
    logEmail !== undefined && smtpUrl !== undefined
      ? emailSink({ smtpUrl, to: logEmail, from: mailFrom })
      : undefined;
  if (mail) sinks.push(mail);
  const policy = logWitnesses === undefined ? undefined : await readPolicy(logWitnesses);
  const onFailure = (witness: string, reason: string): void =>
    log.warn({ witness, reason }, 'a witness did not cosign');
  return {
    sinks,
    ...(policy !== undefined && {
      witnesses: naming('CORDON_LOG_WITNESSES', () => witnessClient(policy, { onFailure })),
    }),
    ...(logTsa !== undefined && { authority: naming('CORDON_LOG_TSA', () => timestampAuthority(logTsa)) }),
    close: () => mail?.close(),
  };
}

async function readPolicy(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`CORDON_LOG_WITNESSES names a file that cannot be read: ${reasonOf(error)}.`);
  }
}

function naming<T>(variable: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ConfigError(`${variable} cannot be used: ${reasonOf(error)}.`);
  }
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
