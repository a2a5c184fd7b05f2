import { z } from 'zod';

/** What the process was told by its environment: read once, here and nowhere else, then frozen. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly role: 'all' | 'api' | 'worker';
  readonly publicUrl: string | undefined;
  readonly bootstrapToken: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly alertUrl: string | undefined;
  readonly alertEmail: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export interface Variable {
  readonly name: string;
  /** Says what a value must be, as the end of "NAME must be …". */
  readonly must: string;
  readonly about: string;
  /** As text, the way a person would set it. */
  readonly byDefault?: string;
  /** Never repeated in a message or a log. */
  readonly secret?: true;
  readonly schema: z.ZodType;
}

const wholeNumber = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));
const email = z.email().max(254);

function urlOf(...schemes: readonly string[]): z.ZodType<string> {
  return z
    .string()
    .max(2_000)
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)));
}

/** Every variable, in the order of the documentation, which is made from this table. */
export const variables: Readonly<Record<keyof Config, Variable>> = {
  port: {
    name: 'PORT',
    must: 'a whole number from 0 to 65535',
    about: 'Port of the HTTP API. 0 takes any free one.',
    byDefault: '3000',
    schema: wholeNumber,
  },
  host: {
    name: 'HOST',
    must: 'a host name or an address',
    about: 'Address to listen on. The default is reachable from this machine only.',
    byDefault: '127.0.0.1',
    schema: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.:_-]+$/),
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    must: 'a postgres:// or postgresql:// address',
    about: 'PostgreSQL 14 or newer. When unset, an embedded PostgreSQL is started in the data folder.',
    secret: true,
    schema: urlOf('postgres', 'postgresql'),
  },
  dataDir: {
    name: 'CORDON_DATA_DIR',
    must: 'the path of a folder',
    about: 'Folder of the embedded database and of the administrator’s token file.',
    byDefault: '.cordon',
    schema: z
      .string()
      .max(1_000)
      .refine((path) => !path.includes('\0')),
  },
  role: {
    name: 'CORDON_ROLE',
    must: '`all`, `api` or `worker`',
    about:
      'What this process does: answer requests (`api`), fire timers and deliver messages (`worker`), or both.',
    byDefault: 'all',
    schema: z.enum(['all', 'api', 'worker']),
  },
  publicUrl: {
    name: 'CORDON_PUBLIC_URL',
    must: 'an http:// or https:// address',
    about: 'Address that people open, for links in messages. With https, browsers are told to stay with it.',
    schema: urlOf('http', 'https').transform((text) => text.replace(/\/+$/, '')),
  },
  bootstrapToken: {
    name: 'CORDON_BOOTSTRAP_TOKEN',
    must: '32 to 500 visible characters without spaces',
    about:
      'On first start, an administrator’s API token with exactly this value. When unset, one is made and left in `admin-token` in the data folder.',
    secret: true,
    schema: z.string().regex(/^[\x21-\x7e]{32,500}$/),
  },
  smtpUrl: {
    name: 'SMTP_URL',
    must: 'an smtp:// or smtps:// address',
    about: 'Mail server for reminders and notices.',
    secret: true,
    schema: urlOf('smtp', 'smtps'),
  },
  mailFrom: {
    name: 'CORDON_MAIL_FROM',
    must: 'an e-mail address',
    about: 'Sender of the mail.',
    byDefault: 'cordon@localhost.localdomain',
    schema: email,
  },
  alertUrl: {
    name: 'CORDON_ALERT_URL',
    must: 'an http:// or https:// address',
    about: 'Webhook of the alert channel: receives reminders, overdue steps and escalations.',
    secret: true,
    schema: urlOf('http', 'https'),
  },
  alertEmail: {
    name: 'CORDON_ALERT_EMAIL',
    must: 'an e-mail address',
    about: 'Mailbox of the alert channel. Needs `SMTP_URL`.',
    schema: email,
  },
  logLevel: {
    name: 'LOG_LEVEL',
    must: `one of ${logLevels.join(', ')}`,
    about: 'How much is logged, as JSON lines on standard error.',
    byDefault: 'info',
    schema: z.enum(logLevels),
  },
};

/** The environment cannot be used. The message has one sentence for each variable that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks the environment; an empty variable counts as unset. Throws a ConfigError that names every fault. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const faults = unknownNames(environment);
  const config: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(variables)) {
    const given = environment[variable.name] || variable.byDefault;
    const read = given === undefined ? undefined : variable.schema.safeParse(given);
    if (read && !read.success) faults.push(fault(variable, given ?? ''));
    config[key] = read?.data;
  }
  if (environment['CORDON_ALERT_EMAIL'] && !environment['SMTP_URL']) {
    faults.push('CORDON_ALERT_EMAIL needs SMTP_URL: without a mail server nothing can be sent there.');
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze(config) as unknown as Config;
}

function fault({ name, must, secret }: Variable, given: string): string {
  const but = secret ? '; its value is not shown here' : `, but is ${JSON.stringify(given.slice(0, 100))}`;
  return `${name} must be ${must.replaceAll('`', '')}${but}.`;
}

/** A misspelt setting must not be ignored in silence. */
function unknownNames(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.values(variables).map(({ name }) => name);
  return Object.keys(environment)
    .filter((name) => name.startsWith('CORDON_') && !known.includes(name))
    .map(
      (name) =>
        `${name} is not a setting. Known are ${known.filter((other) => other.startsWith('CORDON_')).join(', ')}.`,
    );
}
