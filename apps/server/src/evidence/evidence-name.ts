import { EvidenceName } from '@cordon/contracts';
import { invalidRequest } from '../http/schema-pipe.js';

/** The name in the query, else that of the header, which is percent-encoded UTF-8. Throws 422 for none, and for a bad one. */
export function nameOf(inQuery: string | undefined, header: string | undefined): string {
  const told = header === undefined ? undefined : decoded(header);
  if (inQuery !== undefined && told !== undefined && inQuery !== told) {
    throw invalidRequest([{ pointer: '/name', message: 'is another one than X-Evidence-Name' }]);
  }
  const read = EvidenceName.safeParse(inQuery ?? told);
  if (read.success) return read.data;
  const message = inQuery === undefined && told === undefined ? 'is required' : read.error.issues[0]?.message;
  throw invalidRequest([{ pointer: '/name', message: message ?? 'must be the name of a file' }]);
}

function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    throw invalidRequest([{ pointer: '/name', message: 'must be percent-encoded UTF-8' }]);
  }
}

/** Names of devices, and what else a file system or a shell of the reader takes for something else. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|%`$;&]/gu;
const MAX_NAME = 150;

/** A name that any system can save under, and that says what it is. */
function fileNameOf(name: string): string {
  const clean = name
    .replaceAll(UNSAFE, '_')
    .replace(/^[\s.-]+/, '_')
    .replace(/[\s.]+$/, '');
  const points = [...clean];
  const dot = clean.lastIndexOf('.');
  const ending = dot > 0 && clean.length - dot <= 12 ? clean.slice(dot) : '';
  const short = points.length <= MAX_NAME ? clean : `${points.slice(0, MAX_NAME - 12).join('')}${ending}`;
  const named = short === '' ? 'evidence' : short;
  return DEVICE.test(named) ? `_${named}` : named;
}

/** The header of a download (RFC 6266, RFC 8187): an ASCII name for old readers, and the whole one. */
export function dispositionOf(name: string): string {
  const file = fileNameOf(name);
  const ascii = file.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, '_');
  const encoded = encodeURIComponent(file).replaceAll(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
