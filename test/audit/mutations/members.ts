/** Members and manifest: what is in the bundle is what was signed. */
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import {
  BUNDLE_KEY,
  manifestNote,
  manifestText,
  testKey,
  TEST_LOG,
  zipOf,
  type Parts,
} from '../../support/bundle.js';
import {
  edited,
  flipped,
  ROGUE_BUNDLE,
  signed,
  unsigned,
  type Attack,
  type Bench,
  type Seen,
} from './bench.js';

const FILE = 'who has the file';
const KEY = 'who has the bundle key';
const M = (path?: string): Seen => ({
  level: 1,
  code: 'E_MANIFEST',
  ...(path === undefined ? {} : { path }),
});

/** The member is changed, and the manifest is left as it was. */
const changed = (name: string, path: string, change: (parts: Parts) => Parts): Attack => ({
  ...{ name, by: FILE, on: 'incident', expect: M(path) },
  apply: async (bench) => ({ zip: await unsigned(bench, 'incident', change(bench.parts)) }),
});

const bit = (path: string, at = 0): Attack =>
  changed(`a bit of ${path} is turned`, path, (parts) => flipped(parts, path, at));

const machineIn = (parts: Parts): string =>
  [...parts.keys()].find((path) => path.startsWith('machines/')) ?? '';
const fileIn = (parts: Parts): string =>
  [...parts.keys()].find((path) => path.startsWith('attachments/')) ?? '';

/** The manifest says something else and is signed again with the bundle key. */
const says = (name: string, change: (manifest: JsonObject) => JsonObject, expect: Seen = M()): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect },
  apply: (bench) => withManifest(bench, (text) => canonicalJson(change(JSON.parse(text) as JsonObject))),
});

const spelt = (name: string, change: (text: string) => string): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect: M() },
  apply: (bench) => withManifest(bench, change),
});

async function withManifest({ bundle }: Bench, change: (text: string) => string) {
  const text = Buffer.from(change(manifestText(bundle.parts, bundle.manifest)));
  return {
    zip: await zipOf(
      new Map([...bundle.parts, ['MANIFEST.json', text], ['MANIFEST.note', await manifestNote(text)]]),
    ),
  };
}

/** Members come and go, and the bundle key signs what is left. */
const with_ = (name: string, change: (parts: Parts) => Parts, expect: Seen = M()): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect },
  apply: async ({ bundle }) => ({ zip: await signed({ ...bundle, parts: change(bundle.parts) }) }),
});

const without =
  (path: string) =>
  (parts: Parts): Parts => {
    parts.delete(path);
    return parts;
  };

export const memberAttacks: readonly Attack[] = [
  bit('VERIFY.txt'),
  bit('verify/verify.py'),
  bit('policy.example.txt', 8),
  bit('log/checkpoint', 30),
  bit('log/consistency.jsonl', 20),
  bit('log/gaps.txt', 5),
  bit('log/entries.jsonl', 100),
  bit('log/openings.jsonl', 60),
  bit('log/heads.json', 20),
  bit('proofs/first.tlog-proof', -3),
  {
    ...{ name: 'a bit of a playbook is turned', by: FILE, on: 'incident', expect: M() },
    apply: async (bench) => ({
      zip: await unsigned(bench, 'incident', flipped(bench.parts, machineIn(bench.parts), 200)),
    }),
  },
  {
    ...{ name: 'a bit of an evidence file is turned', by: FILE, on: 'incident', expect: M() },
    apply: async (bench) => ({
      zip: await unsigned(bench, 'incident', flipped(bench.parts, fileIn(bench.parts))),
    }),
  },
  changed('a member is dropped', 'proofs/first.tlog-proof', without('proofs/first.tlog-proof')),
  changed('a member is added', 'views/note.txt', (parts) =>
    parts.set('views/note.txt', Buffer.from('all is well')),
  ),
  changed('two members change places', 'log/entries.jsonl', (parts) => {
    const [entries, openings] = [parts.get('log/entries.jsonl'), parts.get('log/openings.jsonl')];
    return parts
      .set('log/entries.jsonl', openings ?? Buffer.alloc(0))
      .set('log/openings.jsonl', entries ?? Buffer.alloc(0));
  }),
  changed('a member is longer by a line feed', 'VERIFY.txt', (parts) =>
    edited(parts, 'VERIFY.txt', (text) => `${text}\n`),
  ),
  with_('a member that must be there is gone', without('log/openings.jsonl')),
  with_('a member stands there that no bundle has', (parts) =>
    parts.set('log/extra.jsonl', Buffer.from('{}\n')),
  ),
  with_('the members stand in another order', (parts) => new Map([...parts].reverse())),
  says('the manifest names another format', (one) => ({ ...one, format: 'cordon-bundle/2' })),
  says('the manifest names more entries', (one) => ({ ...one, entries: Number(one['entries']) + 1 })),
  says('the manifest names another size', (one) => ({
    ...one,
    checkpoint: { ...(one['checkpoint'] as JsonObject), size: 1_000_000 },
  })),
  says('the manifest names another root', (one) => ({
    ...one,
    checkpoint: { ...(one['checkpoint'] as JsonObject), root: Buffer.alloc(32, 5).toString('base64') },
  })),
  says('the manifest has a member that is not described', (one) => ({ ...one, verified: true })),
  says('the manifest has an unknown scope', (one) => ({ ...one, scope: { kind: 'everything' } })),
  says('the manifest claims no entries and an export behind the end', (one) => ({
    ...one,
    export: 1_000_000,
  })),
  says('the manifest lists a file twice', (one) => {
    const files = one['files'] as readonly JsonObject[];
    return { ...one, files: [...files, ...files.slice(-1)] };
  }),
  says('the manifest does not list a member', (one) => ({
    ...one,
    files: (one['files'] as readonly JsonObject[]).slice(1),
  })),
  says(
    'the manifest says that the incident had another number of entries',
    (one) => ({
      ...one,
      scope: { ...(one['scope'] as JsonObject), seq: 3 },
    }),
    { level: 2, code: 'E_COMPLETENESS' },
  ),
  says('the manifest is of another log', (one) => ({ ...one, origin: `${TEST_LOG}/r2` }), M()),
  spelt('the manifest has a member twice', (text) => text.replace('{', '{"attachments":"none",')),
  spelt('the manifest is written with spaces', (text) => text.replace(',', ', ')),
  spelt('the manifest ends with a line feed', (text) => `${text}\n`),
  spelt('the manifest is no JSON', (text) => text.slice(0, -1)),
  spelt('the manifest begins with a byte order mark', (text) => `\ufeff${text}`),
  spelt('the manifest writes a number as 1e2', (text) => text.replace(/"entries":\d+/, '"entries":1e2')),
  {
    ...{
      name: 'the manifest is changed and signed with another key',
      by: 'who has the file and keys of their own',
      on: 'incident',
    },
    expect: { level: 1, code: 'E_SIG', path: 'MANIFEST.note' },
    apply: async ({ bundle }) => ({
      zip: await signed(
        { ...bundle, parts: edited(bundle.parts, 'VERIFY.txt', () => 'Fine.\n') },
        ROGUE_BUNDLE,
      ),
    }),
  },
  {
    ...{
      name: 'the manifest is signed with the log key, which is not announced for bundles',
      by: 'who has the log and bundle keys',
      on: 'incident',
    },
    expect: { level: 1, code: 'E_SIG', path: 'MANIFEST.note' },
    apply: async ({ bundle }) => ({ zip: await signed(bundle, testKey(`${TEST_LOG}/bundle`, 1)) }),
  },
  {
    ...{ name: 'the signature of the manifest is of other bytes', by: FILE, on: 'incident' },
    expect: { level: 1, code: 'E_SIG', path: 'MANIFEST.note' },
    apply: async (bench) => {
      const text = Buffer.from(manifestText(bench.parts, bench.bundle.manifest));
      const note = (await manifestNote(text)).toString();
      const other = (await manifestNote(Buffer.from('other'))).toString();
      const forged = note.split('\n').slice(0, 3).join('\n') + other.slice(other.lastIndexOf('\n\n') + 1);
      return {
        zip: await zipOf(
          new Map([...bench.parts, ['MANIFEST.json', text], ['MANIFEST.note', Buffer.from(forged)]]),
        ),
      };
    },
  },
  {
    ...{ name: 'the note of another manifest of the log is put in', by: FILE, on: 'incident' },
    expect: M('MANIFEST.note'),
    apply: async (bench) => {
      const text = Buffer.from(manifestText(bench.parts, bench.bundle.manifest));
      const other = bench.of('log');
      const note = await manifestNote(Buffer.from(manifestText(other.parts, other.manifest)), BUNDLE_KEY);
      return {
        zip: await zipOf(new Map([...bench.parts, ['MANIFEST.json', text], ['MANIFEST.note', note]])),
      };
    },
  },
];
