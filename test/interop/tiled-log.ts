import { generateKeyPairSync, sign } from 'node:crypto';
import {
  checkpointText,
  encodeEntryBundle,
  leafHash,
  type NoteSigner,
  signNote,
  TILE_WIDTH,
  tilePath,
  TreeEdge,
  type TileReader,
  vkeyOf,
} from '@cordon/audit';

/** A log of made-up entries, kept as it is served: tiles by their path, entry bundles, a signed checkpoint. */
export interface TiledLog {
  readonly signer: NoteSigner;
  readonly edge: TreeEdge;
  readonly reader: TileReader;
  /** base64 by path, the partial ones among them. */
  readonly tiles: Readonly<Record<string, string>>;
  readonly bundle: (index: number) => string;
  readonly hash: (index: number) => Uint8Array;
  readonly checkpoint: (origin?: string, size?: number, root?: Uint8Array) => Promise<string>;
}

export function tiledLog(origin: string, size: number, leaf: (index: number) => Uint8Array): TiledLog {
  const tiles = new Map<string, Buffer>();
  const edge = TreeEdge.empty();
  for (let i = 0; i < size; i++)
    for (const { level, index, hashes } of edge.append(leafHash(leaf(i))))
      tiles.set(tilePath({ level, index, width: TILE_WIDTH }), hashes);
  for (let level = 0; 256 ** level <= size; level++) {
    const width = edge.partial(level).length / 32;
    const index = Math.floor(size / 256 ** (level + 1));
    if (width > 0) tiles.set(tilePath({ level, index, width }), edge.partial(level));
  }
  const signer = newSigner(origin);
  return {
    signer,
    edge,
    reader: {
      tile: (level, index) => {
        const full = tiles.get(tilePath({ level, index, width: TILE_WIDTH }));
        return Promise.resolve(full ?? edge.partial(level));
      },
    },
    tiles: Object.fromEntries([...tiles].map(([path, hashes]) => [path, hashes.toString('base64')])),
    bundle: (index) => {
      const first = index * TILE_WIDTH;
      const count = Math.min(TILE_WIDTH, size - first);
      return encodeEntryBundle(Array.from({ length: count }, (_, i) => leaf(first + i))).toString('base64');
    },
    hash: (index) => leafHash(leaf(index)),
    checkpoint: (named = origin, sized = size, root = edge.root()) =>
      signNote(checkpointText({ origin: named, size: sized, root }), [signer]),
  };
}

/** A new Ed25519 key of this name. */
export function newSigner(name: string): NoteSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const vkey = vkeyOf(name, publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { vkey: vkey.text, sign: (message) => Promise.resolve(sign(null, message, privateKey)) };
}
