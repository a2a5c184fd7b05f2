/**
 * Indicators of compromise: what people paste (often defanged, so that nobody clicks on it) and the one spelling in
 * which each is kept. `normalIndicator` makes that spelling before an event is brought; `indicatorProblem` is asked
 * again when it is decided and at every replay, so it depends on nothing but this file.
 */

export const INDICATOR_TYPES = [
  'ipv4',
  'ipv6',
  'domain',
  'url',
  'email',
  'file-md5',
  'file-sha1',
  'file-sha256',
  'mutex',
  'registry-key',
  'user-account',
  'asn',
] as const;
export type IndicatorType = (typeof INDICATOR_TYPES)[number];

export function isIndicatorType(text: unknown): text is IndicatorType {
  return (INDICATOR_TYPES as readonly unknown[]).includes(text);
}

const MAX_URL = 4_000;
const MAX_NAME = 500;
const HASH_DIGITS = { 'file-md5': 32, 'file-sha1': 40, 'file-sha256': 64 } as const;

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const DOMAIN = new RegExp(`^(?=.{4,253}$)(?:${LABEL}\\.)+(?!\\d+$)${LABEL}$`);
const URL_SHAPE =
  /^[a-z][a-z0-9+.-]{1,20}:\/\/(?:[^\s/?#@]*@)?(\[[0-9a-f:.]+\]|[^\s/?#@:]+)(?::\d{1,5})?(?:[/?#]\S*)?$/;
const HIVES =
  /^HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|CURRENT_CONFIG|PERFORMANCE_DATA|USERS|DYN_DATA)(?:\\.+)?$/;

/** What is wrong with the value as it would be kept; undefined when nothing is. Pure, and the same for ever. */
export function indicatorProblem(type: IndicatorType, value: string): string | undefined {
  switch (type) {
    case 'ipv4':
      return ipv4Of(value) === value
        ? undefined
        : 'give an IPv4 address, such as 198.51.100.7, or a network of them';
    case 'ipv6':
      return ipv6Of(value) === value
        ? undefined
        : 'give an IPv6 address, such as 2001:db8::7, or a network of them';
    case 'domain':
      return DOMAIN.test(value) ? undefined : 'give a domain name, such as bad.example';
    case 'url':
      return urlProblem(value);
    case 'email':
      return emailProblem(value);
    case 'file-md5':
    case 'file-sha1':
    case 'file-sha256':
      return new RegExp(`^[0-9a-f]{${HASH_DIGITS[type]}}$`).test(value)
        ? undefined
        : `give ${HASH_DIGITS[type]} hexadecimal digits`;
    case 'registry-key':
      return isName(value) && HIVES.test(value)
        ? undefined
        : 'give a key with its hive, such as HKLM\\Software\\Bad';
    case 'asn':
      return /^AS(?:0|[1-9]\d{0,9})$/.test(value) && Number(value.slice(2)) <= 0xffff_ffff
        ? undefined
        : 'give the number of an autonomous system, such as AS64500';
    case 'mutex':
    case 'user-account':
      return isName(value) ? undefined : `give one line of at most ${MAX_NAME} characters`;
  }
}

/** The spelling to keep: refanged, in lower case where case says nothing. Undefined when it is no such thing. */
export function normalIndicator(type: IndicatorType, pasted: string): string | undefined {
  const value = spelt(type, pasted.trim());
  return value !== undefined && indicatorProblem(type, value) === undefined ? value : undefined;
}

function spelt(type: IndicatorType, text: string): string | undefined {
  switch (type) {
    case 'ipv4':
      return ipv4Of(refanged(text));
    case 'ipv6':
      return ipv6Of(
        refanged(text)
          .replace(/^\[(.*)\]$/, '$1')
          .toLowerCase(),
      );
    case 'domain':
      return domainOf(refanged(text));
    case 'url':
      return urlOf(refanged(text));
    case 'email':
      return emailOf(refanged(text).replace(/^mailto:/i, ''));
    case 'file-md5':
    case 'file-sha1':
    case 'file-sha256':
      return text.toLowerCase();
    case 'registry-key':
      return text.replace(/^[A-Za-z_]+/, (hive) => HIVE_NAMES[hive.toUpperCase()] ?? hive.toUpperCase());
    case 'asn':
      return `AS${text.replace(/^ASN?\s*/i, '').replace(/^0+(?=\d)/, '')}`;
    case 'mutex':
    case 'user-account':
      return text;
  }
}

const HIVE_NAMES: Readonly<Record<string, string>> = {
  HKLM: 'HKEY_LOCAL_MACHINE',
  HKCU: 'HKEY_CURRENT_USER',
  HKCR: 'HKEY_CLASSES_ROOT',
  HKCC: 'HKEY_CURRENT_CONFIG',
  HKU: 'HKEY_USERS',
};

/** Takes out what people put in so that an address is not followed: hxxp, [.], (dot), [at], [:]. */
function refanged(text: string): string {
  return text
    .replace(/^h(?:xx|\*\*|XX)p(s?)(?=\W)/i, 'http$1')
    .replace(/^fxp(s?)(?=\W)/i, 'ftp$1')
    .replace(/\[:\/\/\]|\(:\/\/\)/g, '://')
    .replace(/\s*(?:\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\})\s*/gi, '.')
    .replace(/\s*(?:\[(?:@|at)\]|\((?:@|at)\)|\{(?:@|at)\})\s*/gi, '@')
    .replace(/\[:\]|\(:\)/g, ':')
    .replace(/\[\/\]/g, '/')
    .replace(/\\\./g, '.');
}

/** Dotted decimal without leading zeros, or a network whose host bits are zero; undefined for anything else. */
function ipv4Of(text: string): string | undefined {
  const [, address = '', length] = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(?:0|[1-9]\d*)$/.test(part) || Number(part) > 255))
    return undefined;
  if (length === undefined) return address;
  const bits = parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
  return isNetwork(bits, length, 32) ? `${address}/${Number(length)}` : undefined;
}

/** As RFC 5952 writes it, or a network; undefined for anything else, zones included. */
function ipv6Of(text: string): string | undefined {
  const [, address = '', length] = /^([0-9a-f:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const groups = groupsOf(address);
  if (!groups) return undefined;
  const short = compressed(groups);
  if (length === undefined) return short;
  const bits = groups.map((group) => group.toString(2).padStart(16, '0')).join('');
  return isNetwork(bits, length, 128) ? `${short}/${Number(length)}` : undefined;
}

function isNetwork(bits: string, length: string, most: number): boolean {
  return Number(length) <= most && !bits.slice(Number(length)).includes('1');
}

function groupsOf(address: string): readonly number[] | undefined {
  const [head = '', tail, ...more] = address.split('::');
  if (more.length > 0) return undefined;
  const [left, right] = [readGroups(head), readGroups(tail ?? '')];
  if (!left || !right) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

function readGroups(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const embedded = last.includes('.') ? ipv4Of(last)?.split('.').map(Number) : undefined;
  if (last.includes('.') && !embedded) return undefined;
  const plain = embedded ? parts.slice(0, -1) : parts;
  if (plain.some((part) => !/^[0-9a-f]{1,4}$/.test(part))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = embedded ?? [];
  return [...plain.map((part) => Number.parseInt(part, 16)), ...(embedded ? [a * 256 + b, c * 256 + d] : [])];
}

/** RFC 5952 section 4: the first of the longest runs of at least two zero groups is left out. */
function compressed(groups: readonly number[]): string {
  let [from, size] = [-1, 1];
  for (let i = 0; i < groups.length; i += 1) {
    let end = i;
    while (groups[end] === 0) end += 1;
    if (end - i > size) [from, size] = [i, end - i];
  }
  const hex = groups.map((group) => group.toString(16));
  return from < 0 ? hex.join(':') : `${hex.slice(0, from).join(':')}::${hex.slice(from + size).join(':')}`;
}

/** International names in their ASCII form (RFC 5891), through the platform's tables. */
function domainOf(text: string): string | undefined {
  const name = text.replace(/\.$/, '').toLowerCase();
  if (/^[\x21-\x7e]*$/.test(name)) return name;
  return /[\s/?#@:\\%]/.test(name) || !URL.canParse(`http://${name}/`)
    ? undefined
    : new URL(`http://${name}/`).hostname;
}

/** Scheme and host in lower case; what follows stays as it is, because an attack may lie in how it is written. */
function urlOf(text: string): string | undefined {
  const [, scheme = '', user = '', host = '', rest = ''] =
    /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^\s/?#@]*@)?(\[[^\]]*\]|[^\s/?#@:]+)(\S*)$/.exec(text) ?? [];
  const name = host.startsWith('[') ? host.toLowerCase() : domainOf(host);
  if (scheme === '' || name === undefined) return undefined;
  return `${scheme.toLowerCase()}://${user}${name}${rest}`.replace(/[^\x21-\x7e]/gu, (char) => encoded(char));
}

function encoded(char: string): string {
  return char.isWellFormed() ? encodeURIComponent(char) : '';
}

function emailOf(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const domain = domainOf(text.slice(at + 1));
  return at < 1 || domain === undefined ? undefined : `${text.slice(0, at)}@${domain}`;
}

function urlProblem(value: string): string | undefined {
  const host =
    /^[\x21-\x7e]+$/.test(value) && value.length <= MAX_URL ? URL_SHAPE.exec(value)?.[1] : undefined;
  const sound =
    host !== undefined &&
    (host.startsWith('[') ? ipv6Of(host.slice(1, -1)) !== undefined : /^[a-z0-9._-]{1,253}$/.test(host));
  return sound ? undefined : `give an address with its scheme and host, of at most ${MAX_URL} characters`;
}

function emailProblem(value: string): string | undefined {
  const at = value.lastIndexOf('@');
  const local = value.slice(0, Math.max(at, 0));
  const sound = /^[^\s\p{C}]{1,64}$/u.test(local) && DOMAIN.test(value.slice(at + 1));
  return sound ? undefined : 'give an e-mail address, such as someone@bad.example';
}

/** One line, and nothing that hides or turns text around. */
function isName(value: string): boolean {
  return value.length <= MAX_NAME && value.trim() !== '' && !UNSEEN.test(value);
}

/** Control characters, line ends, marks of direction and width, half characters. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
