/** Longer than this no address of ours is. */
const MOST = 1_000;

/**
 * Where to go after signing in: the path as a browser reads it when that stays with us, otherwise the front page.
 * Browsers take `//host`, `/\host` and tabs in between for another site: so the address is resolved as they do it, and
 * only its own parts are used.
 */
export function returnPath(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > MOST || !wanted.startsWith('/')) return '/';
  const here = 'http://here.invalid';
  if (!URL.canParse(wanted, here)) return '/';
  const { origin, pathname, search, hash } = new URL(wanted, here);
  if (origin !== here || pathname.startsWith('//') || pathname.startsWith('/auth/')) return '/';
  return `${pathname}${search}${hash}`;
}
