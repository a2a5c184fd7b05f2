import type { ClientConfig } from 'pg';

/** The role whose rights the application's connections have, whoever logs in. It cannot log in itself. */
export const APP_ROLE = 'cordon_app';

/** Oldest server that is supported. */
const OLDEST_SERVER = 14;

/** What one connection is for; each becomes a session default, so DISCARD ALL and RESET return to it. */
export interface SessionSettings {
  readonly role?: string;
  readonly plan_cache_mode?: 'force_generic_plan';
  readonly enable_seqscan?: 'off';
  readonly jit?: 'off';
  /** Milliseconds. */
  readonly lock_timeout?: number;
  /** Milliseconds. */
  readonly statement_timeout?: number;
  /** Milliseconds; 0 for never. */
  readonly idle_session_timeout?: number;
  /** Seconds. */
  readonly tcp_keepalives_idle?: number;
  /** Seconds. */
  readonly tcp_keepalives_interval?: number;
  readonly tcp_keepalives_count?: number;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly settings?: SessionSettings;
}

/**
 * How to connect: settings travel in the startup message, which costs no round trip. Settings of the URL's own
 * `options` are kept and come first, so ours win.
 */
export function clientConfig({ url, applicationName, settings = {} }: ConnectionOptions): ClientConfig {
  const { connectionString, options } = splitOptions(url);
  const own = Object.entries(settings).map(([name, value]) => `-c ${name}=${String(value)}`);
  return {
    connectionString,
    application_name: applicationName,
    options: [options, ...own].filter((part) => part !== '').join(' '),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}

/** node-postgres lets the URL's `options` replace the configured ones, so they are taken out of the URL first. */
function splitOptions(url: string): { connectionString: string; options: string } {
  if (!URL.canParse(url)) return { connectionString: url, options: '' };
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options') ?? '';
  if (options === '') return { connectionString: url, options };
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options };
}

/** A sentence when the server (its `server_version_num`) is too old, else undefined. */
export function versionComplaint(versionNumber: number): string | undefined {
  const major = Math.floor(versionNumber / 10_000);
  if (major >= OLDEST_SERVER) return undefined;
  return `Cordon needs PostgreSQL ${OLDEST_SERVER} or newer; this server is version ${major}.`;
}

/** A sentence when the database cannot hold every text, else undefined. */
export function encodingComplaint(encoding: string): string | undefined {
  if (encoding === 'UTF8') return undefined;
  return `Cordon needs a database with the encoding UTF8; this one has ${encoding}. Make one with: CREATE DATABASE cordon ENCODING 'UTF8' TEMPLATE template0;`;
}
