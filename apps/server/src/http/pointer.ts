export type Path = readonly (string | number)[];

/** JSON pointer (RFC 6901) of a path; each name at most 200 characters, so that an answer stays small. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${short(String(key)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Cuts between characters, never inside a surrogate pair. */
function short(name: string): string {
  return name.length <= 200 ? name : [...name.slice(0, 401)].slice(0, 200).join('');
}
