/**
 * Indicators as a STIX 2.1 bundle (OASIS Standard, 10 June 2021): an identity (4.5), indicators (4.7) with patterns (9),
 * and the marking definitions of TLP 2.0 with the ids that OASIS gave them. The ids are name-based, so that the same
 * indicator is the same object in every export; section 2.9 reserves its own namespace for observables.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@cordon/kernel';
import { TLP, type IndicatorType, type Tlp } from '@cordon/engine';
import type { IndicatorList, IndicatorView } from '@cordon/runtime';

const NAMESPACE = Buffer.from('7a0c3b1e5d2f4c6e9b8a1f4e6d2c0b97', 'hex');
/** The identity is the same in every export: its time is not a time of the incident. */
const IDENTITY_TIME = '2026-01-01T00:00:00.000Z';
const TLP_EXTENSION = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

export const TLP_MARKINGS: Readonly<Record<Tlp, string>> = {
  clear: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  green: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  amber: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'amber+strict': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  red: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
};

/** The bundle of everything that may be told up to this marking, withdrawn indicators as revoked. */
export function stixBundle(list: IndicatorList, upTo: Tlp): JsonObject {
  const shown = exported(list.items, upTo);
  const identity = `identity--${nameUuid(`identity ${list.log}`)}`;
  const markings = TLP.filter((tlp) => shown.some((one) => one.tlp === tlp)).map(markingOf);
  const indicators = shown.map((one) => indicatorOf(list.uid, one, identity));
  const objects = [identityOf(identity), ...markings, ...indicators];
  return { type: 'bundle', id: `bundle--${nameUuid(JSON.stringify(objects))}`, objects };
}

/** One of each value. Where people marked it differently, the strictest marking holds for all that was said of it. */
function exported(items: readonly IndicatorView[], upTo: Tlp): readonly IndicatorView[] {
  const groups = new Map<string, IndicatorView[]>();
  for (const one of items) {
    const name = `${one.type} ${one.value}`;
    const known = groups.get(name);
    if (known) known.push(one);
    else groups.set(name, [one]);
  }
  return [...groups.values()].flatMap((same) => {
    const held = same.filter(({ withdrawn }) => !withdrawn);
    const [first] = held.length > 0 ? held : same;
    const strictest = Math.max(...same.map(({ tlp }) => TLP.indexOf(tlp)));
    const tlp = TLP[strictest];
    return first && tlp && strictest <= TLP.indexOf(upTo) ? [{ ...first, tlp }] : [];
  });
}

/** A comparison of one observable (section 9): the text in single quotes, with `\` before `\` and `'`. */
export function patternOf(type: IndicatorType, value: string): string {
  if (type === 'asn') return `[autonomous-system:number = ${value.slice(2)}]`;
  const network = (type === 'ipv4' || type === 'ipv6') && value.includes('/');
  return `[${PATHS[type]} ${network ? 'ISSUBSET' : '='} '${value.replaceAll(/[\\']/g, '\\$&')}']`;
}

const PATHS: Readonly<Record<Exclude<IndicatorType, 'asn'>, string>> = {
  ipv4: 'ipv4-addr:value',
  ipv6: 'ipv6-addr:value',
  domain: 'domain-name:value',
  url: 'url:value',
  email: 'email-addr:value',
  'file-md5': 'file:hashes.MD5',
  'file-sha1': "file:hashes.'SHA-1'",
  'file-sha256': "file:hashes.'SHA-256'",
  mutex: 'mutex:name',
  'registry-key': 'windows-registry-key:key',
  'user-account': 'user-account:account_login',
};

function indicatorOf(incident: string, one: IndicatorView, identity: string): JsonObject {
  const { type, value, tlp, description, firstSeen, at, withdrawn } = one;
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${nameUuid(`${incident} ${type} ${value}`)}`,
    created_by_ref: identity,
    created: at,
    modified: withdrawn?.at ?? at,
    ...(withdrawn ? { revoked: true } : {}),
    name: `${type} ${value}`,
    ...(description === undefined ? {} : { description }),
    indicator_types: ['malicious-activity'],
    pattern: patternOf(type, value),
    pattern_type: 'stix',
    pattern_version: '2.1',
    valid_from: firstSeen ?? at,
    object_marking_refs: [TLP_MARKINGS[tlp]],
  };
}

/** Who made it: this deployment, by the name of its log. Nothing of whose incident it is. */
function identityOf(id: string): JsonObject {
  return {
    type: 'identity',
    spec_version: '2.1',
    id,
    created: IDENTITY_TIME,
    modified: IDENTITY_TIME,
    name: 'Cordon',
    identity_class: 'system',
  };
}

function markingOf(tlp: Tlp): JsonObject {
  return {
    type: 'marking-definition',
    spec_version: '2.1',
    id: TLP_MARKINGS[tlp],
    created: '2022-10-01T00:00:00.000Z',
    name: `TLP:${tlp.toUpperCase()}`,
    extensions: { [TLP_EXTENSION]: { extension_type: 'property-extension', tlp_2_0: tlp } },
  };
}

/** RFC 9562 section 5.5: version 5, by SHA-1 of a namespace and a name. */
function nameUuid(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
