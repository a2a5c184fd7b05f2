import type { EvidenceScanner } from '@cordon/runtime';
import { ClamdScanner } from './clamd.js';
import { CommandScanner } from './scan-command.js';

/** The scanner that the configuration names, which has been checked; undefined where it names none. */
export function scannerOf(setting: string | undefined): EvidenceScanner | undefined {
  if (setting === undefined) return undefined;
  if (setting.startsWith('command:'))
    return new CommandScanner(setting.slice('command:'.length).trim().split(/\s+/));
  const { hostname, port } = new URL(setting);
  return new ClamdScanner({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
}
