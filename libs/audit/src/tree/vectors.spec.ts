import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { leafHash } from '../leaf.js';
import { Frontier } from './frontier.js';
import { EMPTY_ROOT } from './hashes.js';
import {
  consistencyProof,
  inclusionProof,
  memoryTiles,
  verifyConsistency,
  verifyInclusion,
} from './proofs.js';

interface Inclusion {
  readonly leafIdx: string;
  readonly treeSize: string;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[];
  readonly desc: string;
  readonly wantErr: boolean;
}

interface Consistency {
  readonly size1: string;
  readonly size2: string;
  readonly root1: string;
  readonly root2: string;
  readonly proof: readonly string[];
  readonly desc: string;
  readonly wantErr: boolean;
}

function vectors<T>(name: string): readonly T[] {
  const file = new URL(`../../../../test/fixtures/vectors/merkle/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as readonly T[];
}

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

test('98 published inclusion claims are judged as published', () => {
  const claims = vectors<Inclusion>('inclusion');
  const wrong = claims.filter(
    ({ leafIdx, treeSize, root, leafHash: leaf, proof, wantErr }) =>
      verifyInclusion({
        index: Number(leafIdx),
        size: Number(treeSize),
        root: bytes(root),
        leafHash: bytes(leaf),
        proof: proof.map(bytes),
      }) === wantErr,
  );
  expect(claims).toHaveLength(98);
  expect(wrong).toEqual([]);
});

test('97 published consistency claims are judged as published, but for three that say nothing and are refused', () => {
  const claims = vectors<Consistency>('consistency');
  const accepted = (claim: Consistency): boolean =>
    verifyConsistency({
      oldSize: Number(claim.size1),
      size: Number(claim.size2),
      oldRoot: bytes(claim.root1),
      root: bytes(claim.root2),
      proof: claim.proof.map(bytes),
    });
  const different = claims.filter((claim) => accepted(claim) === claim.wantErr);
  expect(claims).toHaveLength(97);
  expect(claims.filter(accepted)).toHaveLength(5);
  expect(
    different.map(({ size1, size2, root2, wantErr }) => [size1, size2, bytes(root2).length, wantErr]),
  ).toEqual([
    ['0', '0', 12, false],
    ['0', '1', 12, false],
    ['1', '1', 12, false],
  ]);
});

test('an old size of 0 proves nothing, whatever the roots and the proof', () => {
  const root = leafHash(Buffer.from('x'));
  for (const size of [0, 1, 2, 8])
    for (const oldRoot of [EMPTY_ROOT, root, Buffer.alloc(0)])
      for (const proof of [[], [root]])
        for (const newRoot of [EMPTY_ROOT, root])
          expect(verifyConsistency({ oldSize: 0, oldRoot, size, root: newRoot, proof })).toBe(false);
});

/** The tree that RFC 6962 implementations have been tested with since the first one, and its roots by size. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the roots of the well-known tree of eight leaves', () => {
  const frontier = new Frontier();
  const roots = [frontier.root()];
  for (const leaf of LEAVES) {
    frontier.append(leafHash(leaf));
    roots.push(frontier.root());
  }
  expect(roots.map((root) => root.toString('hex'))).toEqual(ROOTS);
});

test('its published proofs are those that are made here', async () => {
  const tiles = memoryTiles(LEAVES.map(leafHash));
  const proven = vectors<Inclusion>('inclusion').filter(({ desc }) => desc === 'happy path');
  expect(proven).toHaveLength(5);
  for (const { leafIdx, treeSize, proof } of proven)
    expect(await inclusionProof(tiles, Number(treeSize), Number(leafIdx))).toEqual(proof.map(bytes));
  const grown = vectors<Consistency>('consistency').filter(
    ({ root1, desc, proof }) => desc === 'given' && bytes(root1).length === 32 && proof.length > 1,
  );
  expect(grown).toHaveLength(4);
  for (const { size1, size2, proof } of grown)
    expect(await consistencyProof(tiles, Number(size1), Number(size2))).toEqual(proof.map(bytes));
});
