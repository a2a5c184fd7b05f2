import type { TileReader } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import type { LogHead, LogStore } from './ports.js';

const TILE_WIDTH = 256;

/**
 * The log's tiles as they stand at this head: full ones from the store, the last of each level from the head itself.
 * Good for every size up to the head's. Rejects with a TamperError where a tile is missing, with a RangeError for one
 * that the tree does not have.
 */
export function storedTiles(store: Pick<LogStore, 'tiles'>, { size, edge }: LogHead): TileReader {
  return {
    async tile(level, index) {
      const full = fullTiles(size, level);
      if (index === full) return edge.partial(level);
      if (index > full)
        throw new RangeError(`a tree of ${size} leaves has no tile ${index} of level ${level}`);
      const [tile] = await store.tiles(level, index, index + 1);
      if (tile?.index !== index) throw missingTile(level, index);
      return tile.hashes;
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
