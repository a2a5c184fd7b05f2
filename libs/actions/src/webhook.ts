import type { Delivery, DeliveryVerdict } from '@cordon/runtime';
import type { Message } from './message.js';

/**
 * Posts the message as JSON with the delivery's key in `Idempotency-Key`. 2xx is done; 408, 425, 429 and 5xx are worth
 * another try; any other answer is final. Redirects are not followed: the address is the operator's own setting.
 */
export async function postWebhook(
  url: string,
  delivery: Delivery,
  message: Message,
  timeoutMs: number,
): Promise<DeliveryVerdict> {
  const { key, kind, incident, incidentTitle, step, recipients } = delivery;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({
        key,
        kind,
        incident,
        incidentTitle,
        step,
        recipients,
        subject: message.subject,
        text: message.text,
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The answer is in: what becomes of its body does not count.
    await response.body?.cancel().catch(() => undefined);
    if (response.ok) return { outcome: 'done', detail: `the alert webhook answered ${response.status}` };
    const again = response.status >= 500 || [408, 425, 429].includes(response.status);
    return { outcome: again ? 'retry' : 'failed', detail: `the alert webhook answered ${response.status}` };
  } catch (error) {
    return { outcome: 'retry', detail: `the alert webhook did not answer (${nameOf(error)})` };
  }
}

/** Of the error itself only: its message may hold the address, and with it a secret. */
function nameOf(error: unknown): string {
  const named = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return typeof named === 'string' ? named : 'unknown';
}
