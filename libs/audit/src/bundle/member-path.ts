const PATH = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;
const MAX_PATH = 255;

/**
 * Whether it may name a member of a bundle: letters, digits, `.`, `_`, `-`, parts set off by `/`, not absolute, nowhere
 * `..`, no part that is `.`, at most 255 characters.
 */
export function isMemberPath(path: string): boolean {
  if (path.length > MAX_PATH || !PATH.test(path) || path.includes('..')) return false;
  return !path.split('/').includes('.');
}
