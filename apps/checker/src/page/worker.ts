/** Checks beside the page, so that the page stays alive; ends with one answer. */
import { checkBundle, type Answer, type Progress, type Question } from '../check/check-bundle.js';

export type FromWorker =
  Answer | ({ readonly kind: 'progress' } & Progress) | { readonly kind: 'failed'; readonly message: string };

const send = (message: FromWorker): void => postMessage(message);

addEventListener('message', (event: MessageEvent<Question>) => {
  checkBundle(event.data, (progress) => send({ kind: 'progress', ...progress })).then(
    send,
    (error: unknown) =>
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
