import { TILE_WIDTH, type TileReader } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import type { LogHead, LogStore } from './ports.js';

/** Tiles kept for whoever asks again: 2 MiB. */
const KEPT = 256;

/**
 * The log's tiles as they stand at this head: full ones from the store, `ahead` at a time, the last of each level from
 * the head itself. Good for every size up to the head's. Rejects with a TamperError where a tile is missing, with a
 * RangeError for one that the tree does not have.
 */
export function storedTiles(store: Pick<LogStore, 'tiles'>, { size, edge }: LogHead, ahead = 1): TileReader {
  const kept = new Map<string, Uint8Array>();
  return {
    async tile(level, index) {
      const full = fullTiles(size, level);
      if (index === full) return edge.partial(level);
      if (index > full)
        throw new RangeError(`a tree of ${size} leaves has no tile ${index} of level ${level}`);
      const key = `${level}/${index}`;
      const known = kept.get(key);
      if (known) return known;
      for (const { index: at, hashes } of await store.tiles(level, index, Math.min(full, index + ahead)))
        kept.set(`${level}/${at}`, hashes);
      const found = kept.get(key);
      if (!found) throw missingTile(level, index);
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT) break;
        kept.delete(oldest);
      }
      return found;
    },
  };
}

/** How many tiles of a level are full in a tree of this size. */
export function fullTiles(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** (level + 1));
}

export function missingTile(level: number, index: number): TamperError {
  return new TamperError(`The log's tile ${index} of level ${level} is missing from the database`);
}
