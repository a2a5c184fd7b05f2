import { z } from 'zod';
import { isTrustedIssuer, oidcFaults } from './identity/oidc/config-rules.js';
import { parseRoleMap, type RoleMap } from './identity/oidc/role-map.js';

/** What the process was told by its environment: read once, here and nowhere else, then frozen. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly vaultKeyFile: string | undefined;
  readonly role: 'all' | 'api' | 'worker';
  readonly publicUrl: string | undefined;
  readonly bootstrapToken: string | undefined;
  readonly sessionIdleMinutes: number;
  readonly sessionHours: number;
  readonly approvalLinkMinutes: number;
  readonly trustedProxies: number;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly alertUrl: string | undefined;
  readonly alertEmail: string | undefined;
  readonly oidcIssuer: string | undefined;
  readonly oidcClientId: string | undefined;
  readonly oidcClientSecret: string | undefined;
  readonly oidcRoles: RoleMap | undefined;
  readonly oidcGroupsClaim: string;
  readonly oidcScopes: string;
  readonly evidenceDir: string | undefined;
  readonly evidenceMaxMb: number;
  readonly evidenceIncidentMaxMb: number;
  readonly evidenceDeny: readonly string[] | undefined;
  readonly evidenceScan: string | undefined;
  /** One place, or the one before and the one after. */
  readonly logKey: readonly string[] | undefined;
  readonly logFile: string | undefined;
  readonly logS3: string | undefined;
  readonly logEmail: string | undefined;
  readonly logWitnesses: string | undefined;
  readonly logTsa: string | undefined;
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
function wholeFrom(least: number, most: number): z.ZodType<number> {
  return z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}
const megabytes = z
  .string()
  .regex(/^\d{1,7}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(1_048_576));
const email = z.email().max(254);
const path = z
  .string()
  .max(1_000)
  .refine((text) => !text.includes('\0'));

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
  vaultKeyFile: {
    name: 'CORDON_VAULT_KEY_FILE',
    must: 'the path of a file',
    about:
      'File of the key that locks personal data, the same for all processes of the deployment; `keys/vault.key` in the data folder when unset. Its folder must be writable: the key changes whenever a person is erased. Keep a copy apart from backups of the database.',
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
  sessionIdleMinutes: {
    name: 'CORDON_SESSION_IDLE_MINUTES',
    must: 'a whole number from 1 to 1440',
    about: 'A browser that asks nothing for so long is signed out.',
    byDefault: '30',
    schema: wholeFrom(1, 1_440),
  },
  sessionHours: {
    name: 'CORDON_SESSION_HOURS',
    must: 'a whole number from 1 to 168',
    about: 'So long after signing in a browser is signed out in any case.',
    byDefault: '12',
    schema: wholeFrom(1, 168),
  },
  approvalLinkMinutes: {
    name: 'CORDON_APPROVAL_LINK_MINUTES',
    must: 'a whole number from 1 to 1440',
    about:
      'How long a link works by which somebody who may approve is asked by mail. Its person still has to sign in.',
    byDefault: '30',
    schema: wholeFrom(1, 1_440),
  },
  trustedProxies: {
    name: 'CORDON_TRUSTED_PROXIES',
    must: 'a whole number from 0 to 10',
    about:
      'How many proxies stand before this server. As many entries of `X-Forwarded-For`, counted from its end, are believed when attempts to sign in are counted by address.',
    byDefault: '0',
    schema: wholeFrom(0, 10),
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
  oidcIssuer: {
    name: 'CORDON_OIDC_ISSUER',
    must: 'the https:// address of an OpenID provider (http:// only on this machine)',
    about:
      'OpenID provider that people sign in with. Needs `CORDON_PUBLIC_URL`, `CORDON_OIDC_CLIENT_ID` and `CORDON_OIDC_ROLES`. Register `<public URL>/auth/oidc/callback` as redirect address, `<public URL>/` as address after logout and `<public URL>/auth/oidc/logout` for back-channel logout.',
    schema: z.string().max(2_000).refine(isTrustedIssuer),
  },
  oidcClientId: {
    name: 'CORDON_OIDC_CLIENT_ID',
    must: '1 to 500 visible characters',
    about: 'What the provider knows us by.',
    schema: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  },
  oidcClientSecret: {
    name: 'CORDON_OIDC_CLIENT_SECRET',
    must: '1 to 500 visible characters',
    about: 'Unset for a public client: PKCE is used in any case.',
    secret: true,
    schema: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  },
  oidcRoles: {
    name: 'CORDON_OIDC_ROLES',
    must: '`group=role,role;group=role`, or the same as a JSON object of lists',
    about:
      'Which roles the provider’s groups have. Read at each sign-in; who is in none of them does not get in.',
    schema: z
      .string()
      .max(50_000)
      .transform((text) => parseRoleMap(text))
      .pipe(z.custom<RoleMap>((map) => map !== undefined)),
  },
  oidcGroupsClaim: {
    name: 'CORDON_OIDC_GROUPS_CLAIM',
    must: 'the name of a claim',
    about: 'Claim that holds the groups; a path such as `realm_access.roles` reaches inside.',
    byDefault: 'groups',
    schema: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  },
  oidcScopes: {
    name: 'CORDON_OIDC_SCOPES',
    must: 'scopes parted by spaces, `openid` among them',
    about: 'What is asked of the provider.',
    byDefault: 'openid profile email groups',
    schema: z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/)
      .refine((text) => text.split(' ').includes('openid')),
  },
  evidenceDir: {
    name: 'CORDON_EVIDENCE_DIR',
    must: 'the path of a folder',
    about: 'Folder of evidence files. `evidence` in the data folder when unset.',
    schema: z
      .string()
      .max(1_000)
      .refine((path) => !path.includes('\0')),
  },
  evidenceMaxMb: {
    name: 'CORDON_EVIDENCE_MAX_MB',
    must: 'a whole number from 1 to 1048576',
    about: 'Largest evidence file, in MiB.',
    byDefault: '1024',
    schema: megabytes,
  },
  evidenceIncidentMaxMb: {
    name: 'CORDON_EVIDENCE_INCIDENT_MAX_MB',
    must: 'a whole number from 1 to 1048576',
    about: 'All evidence files of one incident together, in MiB.',
    byDefault: '10240',
    schema: megabytes,
  },
  evidenceDeny: {
    name: 'CORDON_EVIDENCE_DENY',
    must: 'media types parted by commas, such as `video/*,application/x-msdownload`',
    about:
      'Kinds of files that are not taken in, by content or as declared. Nothing by default: malware is evidence too.',
    schema: z
      .string()
      .max(2_000)
      .transform((text) => text.split(',').flatMap((one) => one.trim().toLowerCase() || []))
      .pipe(z.array(z.string().regex(/^[a-z0-9][a-z0-9.+-]*\/(?:\*|[a-z0-9][a-z0-9.+-]*)$/)).max(100)),
  },
  evidenceScan: {
    name: 'CORDON_EVIDENCE_SCAN',
    must: '`tcp://host:port` of clamd, or `command:` and a program that reads the file from its input',
    about:
      'Looks for malware in evidence. A program says clean by exit code 0 and infected by 1. What is infected is kept in quarantine.',
    schema: z
      .string()
      .max(1_000)
      .regex(/^(?:tcp:\/\/(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}|command:\s*\S.*)$/),
  },
  logKey: {
    name: 'CORDON_LOG_KEY',
    must: '`file:` and a path, `agent:` and the fingerprint or comment of a key in the ssh-agent, or a `pkcs11:` URI; or two of them, the one before and the one after, with ` -> ` between',
    about:
      'Key that signs the log’s checkpoints (Ed25519). `log.key` beside the vault’s key when unset, made at the first start. To change from one to another, name both for as long as it takes to sign one checkpoint, then the new one alone.',
    schema: z
      .string()
      .max(4_000)
      .transform((text) => text.split(/ +-> +/))
      .pipe(z.array(z.string().regex(/^(?:file:[^\0]+|agent:\S[^\0\n]*|pkcs11:\S+)$/)).max(2)),
  },
  logFile: {
    name: 'CORDON_LOG_CHECKPOINT_FILE',
    must: 'the path of a file',
    about: 'Every checkpoint is appended here: on a share, best, that this machine may only append to.',
    schema: path,
  },
  logS3: {
    name: 'CORDON_LOG_CHECKPOINT_S3',
    must: '`s3://bucket/prefix?region=…&retain-days=…`, with `endpoint=https://…` for a service other than AWS',
    about:
      'Bucket with Object Lock that checkpoints are written to. Needs `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.',
    schema: urlOf('s3'),
  },
  logEmail: {
    name: 'CORDON_LOG_CHECKPOINT_EMAIL',
    must: 'an e-mail address',
    about:
      'Mailbox, the auditor’s, that gets a checkpoint daily and when something closes, is exported or erased. Needs `SMTP_URL`.',
    schema: email,
  },
  logWitnesses: {
    name: 'CORDON_LOG_WITNESSES',
    must: 'the path of a file',
    about:
      'C2SP tlog-policy with the witnesses, and their addresses, that are asked to cosign each checkpoint.',
    schema: path,
  },
  logTsa: {
    name: 'CORDON_LOG_TSA',
    must: 'an http:// or https:// address',
    about: 'RFC 3161 time-stamp authority: gets a checkpoint’s digest daily and after an incident closes.',
    schema: urlOf('http', 'https'),
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
  if (environment['CORDON_LOG_CHECKPOINT_EMAIL'] && !environment['SMTP_URL']) {
    faults.push(
      'CORDON_LOG_CHECKPOINT_EMAIL needs SMTP_URL: without a mail server nothing can be sent there.',
    );
  }
  faults.push(...oidcFaults(environment));
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
