import type { Delivery, DeliveryVerdict } from '@cordon/runtime';
import type { Message } from './message.js';

const TIMEOUT_MS = 10_000;

/**
 * Posts the message as JSON with the delivery's key in `Idempotency-Key`. 2xx is done; 408, 425, 429 and 5xx are worth
 * another try; any other answer is final. Redirects are not followed: the address is the operator's own setting.
 */
export async function postWebhook(
  url: string,
  delivery: Delivery,
  message: Message,
): Promise<DeliveryVerdict> {
  const { key, kind, incident, incidentTitle, step } = delivery;
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
        subject: message.subject,
        text: message.text,
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return { outcome: 'done', detail: `the alert webhook answered ${response.status}` };
    const again = response.status >= 500 || [408, 425, 429].includes(response.status);
    return { outcome: again ? 'retry' : 'failed', detail: `the alert webhook answered ${response.status}` };
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    return { outcome: 'retry', detail: `the alert webhook did not answer (${reason})` };
  }
}
