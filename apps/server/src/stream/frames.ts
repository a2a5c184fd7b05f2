/**
 * The stream's text (HTML Living Standard, 9.2.6). The events:
 *
 *     transition  an entry that the person may see; its id is the entry's place among everything that is written
 *     ready       all that was written before has been sent; its id is the place from which to resume
 *     resync      the place asked for is unknown here: read everything again
 *     gone        whoever listens may not any more; the stream ends
 *
 * Only `transition` and `ready` have an id, so that the client resumes after what it has really been sent.
 */
import { announcementOf, type FeedEntry } from '@cordon/runtime';

export type GoneCode = 'unauthenticated' | 'forbidden';

/** How long a client waits before it comes back, and up to how much longer, so that not all come at once. */
const RETRY_MS = 2_000;
const RETRY_SPREAD_MS = 2_000;

export const heartbeatFrame = ': heartbeat\n\n';

export function retryFrame(random: () => number = Math.random): string {
  return `retry: ${RETRY_MS + Math.floor(random() * RETRY_SPREAD_MS)}\n\n`;
}

export function transitionFrame(entry: FeedEntry): string {
  return frame('transition', announcementOf(entry), entry.id);
}

export function readyFrame(place: number): string {
  return frame('ready', {}, place);
}

export function resyncFrame(): string {
  return frame('resync', {});
}

export function goneFrame(code: GoneCode): string {
  return frame('gone', { code });
}

function frame(event: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
