import { expect, test } from '@jest/globals';
import { consistencyProof, inclusionProof, noteOf, parseNote, rootAt } from '@cordon/audit';
import { checkWithGo, type GoCase, goIsThere } from './go-check.js';
import { newSigner, type TiledLog, tiledLog } from './tiled-log.js';

const withGo = goIsThere() ? test : test.skip;
const needs = goIsThere() ? '' : ' (skipped: needs golang-go and golang-golang-x-mod-dev)';

const ORIGIN = 'cordon-log/0198c0de-0000-7000-8000-000000000001';
const leaf = (i: number): Uint8Array => Buffer.from(`{"seq":${i},"v":1}`);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Everything that can be asked of a log of this size, and is true. */
async function truthful(size: number): Promise<{ readonly log: TiledLog; readonly claim: Required<GoCase> }> {
  const log = tiledLog(ORIGIN, size, leaf);
  const indices = [...new Set([0, size >> 1, size - 1])];
  const oldSizes = [...new Set([1, (size + 1) >> 1, Math.max(1, size - 1), size])];
  return {
    log,
    claim: {
      vkey: log.signer.vkey,
      note: await log.checkpoint(),
      inclusion: await Promise.all(
        indices.map(async (index) => ({
          index,
          hash: base64(log.hash(index)),
          proof: (await inclusionProof(log.reader, size, index)).map(base64),
        })),
      ),
      consistency: await Promise.all(
        oldSizes.map(async (old) => ({
          size: old,
          root: base64(await rootAt(log.reader, old)),
          proof: (await consistencyProof(log.reader, old, size)).map(base64),
        })),
      ),
      tiles: log.tiles,
      leaves: indices.map((index) => ({ index, hash: base64(log.hash(index)) })),
      bundles: Object.fromEntries(
        [...new Set(indices.map((index) => index >> 8))].map((at) => [at, log.bundle(at)]),
      ),
    },
  };
}

withGo(`Go accepts our checkpoints, proofs, tiles and entry bundles at many sizes${needs}`, async () => {
  const sizes = [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 66_000];
  const cases = await Promise.all(sizes.map(truthful));
  expect(checkWithGo(cases.map(({ claim }) => claim))).toEqual(sizes.map(() => ''));
});

withGo(`Go refuses each of them when a bit of it is changed${needs}`, async () => {
  const { log, claim } = await truthful(700);
  const [first, ...others] = claim.inclusion;
  const [, old, ...olders] = claim.consistency;
  if (first === undefined || old === undefined) throw new Error('there is nothing to change');
  const inclusion = (change: Partial<typeof first>): GoCase => ({
    ...claim,
    inclusion: [...others, { ...first, ...change }],
  });
  const consistency = (change: Partial<typeof old>): GoCase => ({
    ...claim,
    consistency: [...olders, { ...old, ...change }],
  });
  const tile = (path: string): GoCase => ({
    ...claim,
    tiles: { ...claim.tiles, [path]: changed(claim.tiles[path]) },
  });
  const lies: Readonly<Record<string, GoCase>> = {
    'another key': { ...claim, vkey: newSigner(ORIGIN).vkey },
    'another origin': { ...claim, note: await log.checkpoint(`${ORIGIN}/r2`) },
    'another size': { ...claim, note: await log.checkpoint(ORIGIN, 699) },
    'another root': { ...claim, note: await log.checkpoint(ORIGIN, 700, log.hash(0)) },
    'a size under another signature': { ...claim, note: claim.note.replace('\n700\n', '\n701\n') },
    'a changed signature': { ...claim, note: withChangedSignature(claim.note) },
    'another leaf': inclusion({ hash: changed(first.hash) }),
    'another place': inclusion({ index: 1 }),
    'a changed inclusion proof': inclusion({ proof: first.proof.with(2, changed(first.proof[2])) }),
    'a shorter inclusion proof': inclusion({ proof: first.proof.slice(1) }),
    'a longer inclusion proof': inclusion({ proof: [...first.proof, first.hash] }),
    'another old root': consistency({ root: changed(old.root) }),
    'another old size': consistency({ size: old.size + 1 }),
    'a changed consistency proof': consistency({ proof: old.proof.with(0, changed(old.proof[0])) }),
    'a changed full tile': tile('tile/0/001'),
    'a changed partial tile': tile('tile/0/002.p/188'),
    'a changed upper tile': tile('tile/1/000.p/2'),
    'a leaf that was changed in its tile too': {
      ...tile('tile/0/001'),
      leaves: [{ index: 384, hash: changedHash(claim.tiles['tile/0/001'], 128) }],
      bundles: {},
    },
    'a leaf that is not in the tiles': { ...claim, leaves: [{ index: 3, hash: first.hash }] },
    'a changed entry': {
      ...claim,
      bundles: { 0: base64(Buffer.from(log.bundle(0), 'base64').fill('9', 10, 11)) },
    },
    'entries of another bundle': { ...claim, bundles: { 1: log.bundle(0) } },
  };
  const verdicts = checkWithGo([claim, ...Object.values(lies)]);
  const accepted = ['the truth', ...Object.keys(lies)].filter((_what, i) => verdicts[i] === '');
  expect(verdicts).toHaveLength(1 + Object.keys(lies).length);
  expect(accepted).toEqual(['the truth']);
});

withGo(`Go passes over cosignatures of witnesses that it does not know${needs}`, async () => {
  const { claim } = await truthful(5);
  const { text, signatures } = parseNote(claim.note);
  const stranger = '\u2014 witness.example/w1 jWbPPwAAAABkGFDLEZMHwSRa';
  const note = noteOf(text, [...signatures.map(({ line }) => line), stranger]);
  expect(checkWithGo([{ ...claim, note }])).toEqual(['']);
});

/** The bytes with one bit turned over. */
function changed(text: string | undefined): string {
  const bytes = Buffer.from(text ?? '', 'base64');
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 4, bytes.length >> 1);
  return base64(bytes);
}

/** The i-th hash of a tile, with the bit turned over that `changed` turns over in the tile's middle. */
function changedHash(tile: string | undefined, i: number): string {
  return base64(Buffer.from(changed(tile), 'base64').subarray(i * 32, (i + 1) * 32));
}

function withChangedSignature(note: string): string {
  const at = note.lastIndexOf(' ') + 1;
  return `${note.slice(0, at)}${changed(note.slice(at).trim())}\n`;
}
