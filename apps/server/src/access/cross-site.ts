import type { Request } from 'express';
import { ProblemError, say } from '../http/problem-error.js';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];
/** What is read there may be on record in the reader's name, as the download of evidence is. */
const API = /^\/api\//i;

/**
 * Refuses what another site makes a browser send (CSRF): 403 `cross_site`. Browsers say where a request comes from, in
 * Sec-Fetch-Site, or where that is missing in Origin; a script of another site can change neither. With a cookie,
 * saying nothing is refused too; without one it is a program, which nobody can make ask in somebody else's name. Pages
 * are reached by links from anywhere; what the API hands out in somebody's name is not.
 */
export function refuseCrossSite(request: Request, publicUrl: string | undefined, byCookie: boolean): void {
  const site = request.get('sec-fetch-site');
  const isRead = SAFE.includes(request.method);
  if (isRead && (!byCookie || site === undefined || !API.test(request.path))) return;
  const origin = request.get('origin');
  if (site === undefined && origin === undefined && !byCookie) return;
  if (site === 'same-origin' || site === 'none') return;
  if (site === undefined && origin !== undefined && isOurs(origin, request.get('host'), publicUrl)) return;
  throw new ProblemError(
    'cross_site',
    say(
      'A browser sent this from another site, or did not say from where. Open Cordon itself and try again.',
      '瀏覽器從其他網站送出此請求，或沒有說明來源。請直接開啟 Cordon 再試。',
    ),
  );
}

function isOurs(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  if (publicUrl !== undefined) return new URL(publicUrl).origin === new URL(origin).origin;
  return host !== undefined && new URL(origin).host === host.toLowerCase();
}
