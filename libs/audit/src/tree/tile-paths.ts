/** C2SP tlog-tiles: what the parts of a tiled log are called. */

/** Hashes of a full tile, and entries of a full bundle. */
export const TILE_WIDTH = 256;

export interface TileName {
  /** 0 to 63: hashes of that level of tiles; `entries`: the leaves themselves. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 256 for a full one, 1 to 255 for a partial one. */
  readonly width: number;
}

const NAME =
  /^tile\/(?<level>entries|0|[1-9]\d?)\/(?<index>(?:x\d{3}\/)*\d{3})(?:\.p\/(?<width>[1-9]\d{0,2}))?$/;

/** `tile/0/x001/234` or, partial, `tile/entries/067.p/17`. Throws a RangeError for a tile that cannot be. */
export function tilePath({ level, index, width }: TileName): string {
  if (level !== 'entries' && !isWithin(level, 0, 63))
    throw new RangeError(`there are no tiles of level ${level}`);
  if (!isWithin(index, 0, Number.MAX_SAFE_INTEGER)) throw new RangeError(`there is no tile ${index}`);
  if (!isWithin(width, 1, TILE_WIDTH)) throw new RangeError(`a tile is 1 to 256 wide, not ${width}`);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads a path as `tilePath` writes it; undefined for any other, also for one with zeros too many. */
export function parseTilePath(text: string): TileName | undefined {
  const groups = text.length > 64 ? undefined : NAME.exec(text)?.groups;
  if (groups?.level === undefined || groups.index === undefined) return undefined;
  const name: TileName = {
    level: groups.level === 'entries' ? 'entries' : Number(groups.level),
    index: Number(groups.index.replaceAll(/[x/]/g, '')),
    width: groups.width === undefined ? TILE_WIDTH : Number(groups.width),
  };
  const isOne =
    (name.level === 'entries' || name.level <= 63) &&
    Number.isSafeInteger(name.index) &&
    name.width <= TILE_WIDTH;
  return isOne && tilePath(name) === text ? name : undefined;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
