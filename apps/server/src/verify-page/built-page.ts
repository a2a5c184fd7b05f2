import { readFile, stat } from 'node:fs/promises';
import { ProblemError, say } from '../http/problem-error.js';

export interface BuiltPage {
  readonly html: string;
  /** Value of the Content-Security-Policy header. */
  readonly policy: string;
}

const BUILT = new URL('../../../checker/dist/verify.html', import.meta.url);
const POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]+)"/;

let kept: { readonly page: BuiltPage; readonly mtimeMs: number } | undefined;

/**
 * The page that apps/checker builds, read again when it was built again. The policy is the page's own, and that nobody may
 * frame it, which only a header can say. Throws a ProblemError where it was not built.
 */
export async function builtPage(): Promise<BuiltPage> {
  try {
    const { mtimeMs } = await stat(BUILT);
    if (kept?.mtimeMs !== mtimeMs) kept = { page: pageOf(await readFile(BUILT, 'utf8')), mtimeMs };
    return kept.page;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new ProblemError(
      'unavailable',
      say(
        'This page was not built. Run: node apps/prepare.mjs',
        '此頁尚未建置。請執行：node apps/prepare.mjs',
      ),
    );
  }
}

function pageOf(html: string): BuiltPage {
  const own = POLICY.exec(html)?.[1];
  if (own === undefined) throw new Error('the built page has no Content-Security-Policy');
  return { html, policy: `${own}; frame-ancestors 'none'` };
}
