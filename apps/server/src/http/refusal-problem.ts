import type { InLanguages } from '@cordon/contracts';
import type { Answer, Refusal } from '@cordon/runtime';
import { ProblemError, say, type ProblemExtra } from './problem-error.js';

type Code = Refusal['code'];
type Of<C extends Code> = Extract<Refusal, { readonly code: C }>;

interface Row<C extends Code> {
  readonly detail: (refusal: Of<C>) => InLanguages;
  readonly extra: (refusal: Of<C>) => ProblemExtra;
}

/** Every refusal of the use cases. A new one does not compile until it has its row here. */
const rows: { readonly [C in Code]: Row<C> } = {
  event_not_accepted: {
    detail: ({ blockedBy, accepted }) => notAccepted(blockedBy, accepted),
    extra: ({ accepted, blockedBy, revision }) => ({
      accepted: [...accepted],
      blockedBy,
      current: { revision },
    }),
  },
  forbidden: {
    detail: ({ blockedBy, needs }) =>
      blockedBy[0]?.text === undefined ? forbidden(needs) : say(blockedBy[0].text, blockedBy[0].text),
    extra: ({ needs, blockedBy }) => ({ needs: [...needs], blockedBy }),
  },
  invalid_event: {
    detail: ({ errors }) => invalid(errors),
    extra: ({ errors }) => ({ errors }),
  },
  stale_revision: {
    detail: ({ revision }) =>
      say(
        `It is at revision ${revision} now: read it again, then decide again.`,
        `現時修訂號為 ${revision}：請重新讀取後再作決定。`,
      ),
    extra: ({ revision }) => ({ current: { revision } }),
  },
  key_reused: {
    detail: () =>
      say(
        'This Idempotency-Key was used with another body: use a new one.',
        '此 Idempotency-Key 已用於另一內容：請使用新的鍵。',
      ),
    extra: () => ({}),
  },
  unknown_incident: {
    detail: () => say('No incident has this number.', '沒有這個編號的事故。'),
    extra: () => ({}),
  },
  unknown_playbook: {
    detail: ({ known }) =>
      say(`There are: ${known.join(', ') || 'none'}.`, `現有：${known.join('、') || '沒有'}。`),
    extra: ({ known }) => ({
      known: [...known],
      errors: [{ pointer: '/playbook', message: 'is not a published playbook' }],
    }),
  },
};

/** The problem for a refusal. */
export function refusalProblem(refusal: Refusal): ProblemError {
  const row = rows[refusal.code] as Row<Code>;
  return new ProblemError(refusal.code, row.detail(refusal), row.extra(refusal));
}

/** The value of an answer; a refusal is thrown as its problem. */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw refusalProblem(answer.refusal);
}

/** The same for a request that is not an event: what does not fit the playbook does not fit the request. */
export function openedOf<T>(answer: Answer<T>): T {
  if (answer.ok || answer.refusal.code !== 'invalid_event') return valueOf(answer);
  const { errors } = answer.refusal;
  throw new ProblemError('invalid_request', invalid(errors), { errors });
}

export function unknownIncident(): ProblemError {
  return refusalProblem({ code: 'unknown_incident' });
}

/** "The responder role could" in a sentence; an empty list means that nobody's role could. */
export function forbidden(needs: readonly string[]): InLanguages {
  if (needs.length === 0) return say('No role may do this.', '沒有角色可以這樣做。');
  return say(
    `This needs one of these roles: ${needs.join(', ')}.`,
    `需要以下其中一個角色：${needs.join('、')}。`,
  );
}

function notAccepted(
  blockedBy: readonly { readonly text: string }[],
  accepted: readonly string[],
): InLanguages {
  if (blockedBy.length > 0) {
    const texts = blockedBy.map(({ text }) => text).join(' ');
    return say(texts, texts);
  }
  return say(
    `Accepted now: ${accepted.join(', ') || 'nothing'}.`,
    `現時接受：${accepted.join('、') || '無'}。`,
  );
}

/** The engine's messages are sentences without their full stop. */
function invalid(errors: readonly { readonly message: string }[]): InLanguages {
  const [first, ...others] = errors;
  if (!first) return say('It does not fit the playbook.', '不符合應變手冊。');
  const text = `${first.message.charAt(0).toUpperCase()}${first.message.slice(1)}.`;
  if (others.length === 0) return say(text, text);
  return say(`${text} There are ${others.length} more errors.`, `${text} 另有 ${others.length} 項錯誤。`);
}
