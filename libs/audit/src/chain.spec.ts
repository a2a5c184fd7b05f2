import { expect, test } from '@jest/globals';
import { canonicalJson, type Json } from '@cordon/kernel';
import { ChainChecker, type ChainEntry, type ChainFault } from './chain.js';
import { genesisHash, leafHash, sealEntry, type LeafDraft } from './leaf.js';

const INCIDENT = '0198c0de-0000-7000-8000-000000000001';
const OTHER = '0198c0de-0000-7000-8000-000000000002';

function draftOf(incident: string, seq: number, revision: number, kind: LeafDraft['kind']): LeafDraft {
  return {
    kind,
    log: 'test-log',
    incident,
    seq,
    revision,
    at: '2026-03-24T02:00:00.000Z',
    occurredAt: '2026-03-24T02:00:00.000Z',
    actor: { id: 'bob', type: 'person', roles: ['responder'] },
    event: { type: 'step.start', step: 'assess' },
    from: 'a',
    to: 'b',
    machineDigest: 'aa'.repeat(32),
    stateDigest: 'bb'.repeat(32),
    ...(kind === 'rejection' ? { rejection: 'forbidden' } : {}),
    committed: { note: `note ${seq}`, 'data.reason': 'because' },
  };
}

/** Opened, two transitions, a rejection, a transition: revisions 1 2 3 3 4. */
function chainOf(incident: string, prev: Uint8Array = genesisHash(incident)): readonly ChainEntry[] {
  let last = prev;
  let salt = 0;
  return (
    [
      ['opened', 1],
      ['transition', 2],
      ['transition', 3],
      ['rejection', 3],
      ['transition', 4],
    ] as const
  ).map(([kind, revision], i) => {
    const sealed = sealEntry(draftOf(incident, i + 1, revision, kind), last, () => `salt-${(salt += 1)}`);
    last = sealed.hash;
    return sealed;
  });
}

/** The first fault, or how many entries were sound. */
function check(entries: readonly ChainEntry[]): ChainFault | number {
  const checker = new ChainChecker(INCIDENT);
  for (const entry of entries) {
    const fault = checker.next(entry);
    if (fault) return fault;
  }
  return checker.count;
}

const sound = chainOf(INCIDENT);

function at(index: number): ChainEntry {
  const entry = sound[index];
  if (!entry) throw new Error(`there is no entry ${index}`);
  return entry;
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

/** The entry with its leaf changed and the hash beside it made to fit. */
function rewritten(entry: ChainEntry, change: (leaf: Record<string, Json>) => Json): ChainEntry {
  const leaf = JSON.parse(Buffer.from(entry.leaf).toString('utf8')) as Record<string, Json>;
  const bytes = Buffer.from(canonicalJson(change(leaf)), 'utf8');
  return { ...entry, leaf: bytes, hash: leafHash(bytes) };
}

function replaced(index: number, entry: ChainEntry): readonly ChainEntry[] {
  return sound.with(index, entry);
}

test('a sound chain passes, with openings and without, and ends at the hash of its last entry', () => {
  expect(check(sound)).toBe(5);
  expect(check(sound.map(({ leaf, hash }) => ({ leaf, hash })))).toBe(5);
  const checker = new ChainChecker(INCIDENT);
  expect(checker.head).toBe(Buffer.from(genesisHash(INCIDENT)).toString('hex'));
  for (const entry of sound) checker.next(entry);
  expect(checker.head).toBe(Buffer.from(at(4).hash).toString('hex'));
});

const pretty = (entry: ChainEntry): ChainEntry => {
  const leaf: unknown = JSON.parse(Buffer.from(entry.leaf).toString('utf8'));
  const bytes = Buffer.from(JSON.stringify(leaf, null, 1), 'utf8');
  return { ...entry, leaf: bytes, hash: leafHash(bytes) };
};
/** 0xFF reads as U+FFFD, whose canonical form reads the same and is other bytes. */
const brokenUtf8 = (entry: ChainEntry): ChainEntry => {
  const bytes = Buffer.from(entry.leaf);
  bytes[bytes.indexOf('assess') + 1] = 0xff;
  return { ...entry, leaf: bytes, hash: leafHash(bytes) };
};
const notJson = Buffer.from('{"seq":2', 'utf8');

const MUTATIONS: readonly (readonly [string, readonly ChainEntry[], number, ChainFault['code']])[] = [
  ['a byte of a leaf flipped', replaced(1, { ...at(1), leaf: flipped(at(1).leaf, 40) }), 2, 'E_ROOT'],
  ['a byte of a hash flipped', replaced(1, { ...at(1), hash: flipped(at(1).hash, 31) }), 2, 'E_ROOT'],
  ['a leaf cut short', replaced(4, { ...at(4), leaf: at(4).leaf.subarray(0, 100) }), 5, 'E_ROOT'],
  ['the first entry dropped', sound.slice(1), 1, 'E_CHAIN_SEQ'],
  ['one in the middle dropped', sound.toSpliced(2, 1), 3, 'E_CHAIN_SEQ'],
  ['two entries swapped', [at(0), at(2), at(1), at(3), at(4)], 2, 'E_CHAIN_SEQ'],
  ['an entry twice', [at(0), at(1), at(1), at(2)], 3, 'E_CHAIN_SEQ'],
  [
    'one dropped and the rest renumbered',
    [at(0), rewritten(at(2), (leaf) => ({ ...leaf, seq: 2, revision: 2 }))],
    2,
    'E_CHAIN_PREV',
  ],
  ['an entry of another incident', replaced(1, chainOf(OTHER)[1] ?? at(1)), 2, 'E_FOREIGN_LEAF'],
  ['a chain with another beginning', chainOf(INCIDENT, genesisHash(OTHER)), 1, 'E_CHAIN_PREV'],
  [
    'content changed and the hash beside it made to fit',
    replaced(
      1,
      rewritten(at(1), (leaf) => ({ ...leaf, occurredAt: '2026-03-24T01:00:00.000Z' })),
    ),
    3,
    'E_CHAIN_PREV',
  ],
  [
    'a revision too high',
    replaced(
      4,
      rewritten(at(4), (leaf) => ({ ...leaf, revision: 5 })),
    ),
    5,
    'E_CHAIN_SEQ',
  ],
  [
    'a transition that raises no revision',
    replaced(
      4,
      rewritten(at(4), (leaf) => ({ ...leaf, revision: 3 })),
    ),
    5,
    'E_CHAIN_SEQ',
  ],
  [
    'a rejection that raises the revision',
    replaced(
      3,
      rewritten(at(3), (leaf) => ({ ...leaf, revision: 4 })),
    ),
    4,
    'E_CHAIN_SEQ',
  ],
  ['the same content in another spelling', replaced(1, pretty(at(1))), 2, 'E_NONCANONICAL'],
  ['something that is not JSON', replaced(1, { leaf: notJson, hash: leafHash(notJson) }), 2, 'E_LEAF_FORMAT'],
  [
    'JSON that is no leaf',
    replaced(
      1,
      rewritten(at(1), () => null),
    ),
    2,
    'E_LEAF_FORMAT',
  ],
  [
    'a leaf of another version',
    replaced(
      1,
      rewritten(at(1), (leaf) => ({ ...leaf, v: 2 })),
    ),
    2,
    'E_LEAF_FORMAT',
  ],
  [
    'an unknown kind',
    replaced(
      1,
      rewritten(at(1), (leaf) => ({ ...leaf, kind: 'gift' })),
    ),
    2,
    'E_LEAF_FORMAT',
  ],
  [
    'commitments that are no list',
    replaced(
      1,
      rewritten(at(1), (leaf) => ({ ...leaf, sd: 7 })),
    ),
    2,
    'E_LEAF_FORMAT',
  ],
  ['bytes that are not UTF-8 but read as if they were', replaced(1, brokenUtf8(at(1))), 2, 'E_LEAF_FORMAT'],
  [
    'an entry that was recorded before the one before it',
    replaced(
      4,
      rewritten(at(4), (leaf) => ({ ...leaf, at: '2026-03-24T01:00:00.000Z' })),
    ),
    5,
    'E_TIME_ORDER',
  ],
  [
    'a second opening',
    replaced(
      4,
      rewritten(at(4), (leaf) => ({ ...leaf, kind: 'opened' })),
    ),
    5,
    'E_CHAIN_SEQ',
  ],
  [
    'a leaf with a member that no leaf has',
    replaced(
      1,
      rewritten(at(1), (leaf) => ({ ...leaf, approved: true })),
    ),
    2,
    'E_LEAF_FORMAT',
  ],
  [
    'an opening altered',
    replaced(1, { ...at(1), openings: (at(1).openings ?? []).map((one) => ({ ...one, value: 'another' })) }),
    2,
    'E_OPENING',
  ],
  [
    'an opening under another name',
    replaced(1, { ...at(1), openings: (at(1).openings ?? []).map((one) => ({ ...one, key: 'data.other' })) }),
    2,
    'E_OPENING',
  ],
  [
    'an opening that nothing commits to',
    replaced(0, { ...at(0), openings: [{ salt: 's', key: 'note', value: 'x' }] }),
    1,
    'E_OPENING',
  ],
];

test.each(MUTATIONS)('%s is found, and the entry is named', (_name, entries, seq, code) => {
  const fault = check(entries);
  expect(fault).toMatchObject({ seq, code });
  expect(fault).toHaveProperty('message', expect.stringContaining(`entry ${seq}`));
});

test('nothing but a reopening moves an incident after its end', () => {
  const [opened] = sound;
  const after = (event: string, from: Json, to: Json): readonly ChainEntry[] => {
    let last = opened?.hash ?? new Uint8Array();
    const moves: readonly (readonly [string, Json, Json])[] = [
      ['incident.close', 'b', 'closed'],
      [event, from, to],
    ];
    return moves.map(([type, was, is], i) => {
      const draft = {
        ...draftOf(INCIDENT, i + 2, i + 2, 'transition'),
        ...{ event: { type }, from: was, to: is },
      };
      const sealed = sealEntry(draft, last, () => `salt-${i}`);
      last = sealed.hash;
      return sealed;
    });
  };
  const with1 = (rest: readonly ChainEntry[]): ChainFault | number => check([at(0), ...rest]);
  expect(with1(after('note.add', 'closed', 'closed'))).toBe(3);
  expect(with1(after('incident.reopen', 'closed', 'b'))).toBe(3);
  expect(with1(after('step.start', 'closed', 'b'))).toMatchObject({ seq: 3, code: 'E_CHAIN_SEQ' });
});

test('every single flipped byte of a leaf is found', () => {
  const { leaf } = at(2);
  for (let i = 0; i < leaf.length; i += 1) {
    expect(check(replaced(2, { ...at(2), leaf: flipped(leaf, i) }))).toMatchObject({ seq: 3 });
  }
});

test('a missing tail cannot be seen from inside: only the head tells', () => {
  expect(check(sound.slice(0, 3))).toBe(3);
});
