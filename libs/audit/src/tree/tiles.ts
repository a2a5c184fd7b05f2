export { TreeEdge, type FullTile } from './tree-edge.js';
export { TILE_WIDTH, tilePath, parseTilePath, type TileName } from './tile-paths.js';
export { encodeEntryBundle, decodeEntryBundle } from './entry-bundles.js';
