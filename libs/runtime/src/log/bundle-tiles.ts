/** The tree of the present epoch, read for proofs: full tiles from the store, the rest from the edge. */
import type { TileReader } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import type { LogHead, LogStore } from './ports.js';

const TILE_WIDTH = 256;
/** Tiles fetched at once, and tiles kept: 2 MiB. */
const AHEAD = 16;
const KEPT = 256;

/**
 * Tiles at the size of `head`, and so for every smaller size. One query for 16 tiles that follow each other. Throws a
 * TamperError where a tile that must be full is not there.
 */
export function logTiles(log: Pick<LogStore, 'tiles'>, head: LogHead): TileReader {
  const kept = new Map<string, Uint8Array>();
  return {
    async tile(level, index) {
      const full = Math.floor(head.size / TILE_WIDTH ** (level + 1));
      if (index >= full) return head.edge.partial(level);
      const key = `${level}/${index}`;
      const known = kept.get(key);
      if (known) return known;
      for (const { index: at, hashes } of await log.tiles(level, index, Math.min(full, index + AHEAD)))
        kept.set(`${level}/${at}`, hashes);
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT) break;
        if (oldest !== key) kept.delete(oldest);
      }
      const found = kept.get(key);
      if (!found) throw new TamperError(`the tree has no tile ${index} of level ${level}`);
      return found;
    },
  };
}
