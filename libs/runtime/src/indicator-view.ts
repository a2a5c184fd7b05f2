/** An indicator of compromise as people see it. */
import { fromIso, toIso } from '@cordon/kernel';
import { TLP, type IndicatorType, type Tlp } from '@cordon/engine';
import { lateness, type Lateness } from './corrections.js';
import { actorView, texts } from './evidence-view.js';
import type { LedgerEntry } from './ledger.js';
import type { ActorView } from './views.js';

export interface IndicatorView extends Lateness {
  /** Counted from 1 in the incident. */
  readonly id: number;
  /** Number of the entry. */
  readonly seq: number;
  readonly type: IndicatorType;
  /** In the one spelling in which it is kept: not defanged. */
  readonly value: string;
  /** Its own marking, else that of the incident now. */
  readonly tlp: Tlp;
  readonly description?: string;
  readonly firstSeen?: string;
  readonly step?: string;
  readonly at: string;
  readonly occurredAt: string;
  readonly by: ActorView;
  readonly withdrawn?: { readonly at: string; readonly by: ActorView; readonly reason: string };
  readonly supersededBy?: number;
}

/** `entries` are `indicator.add` and, where it was withdrawn, `indicator.withdraw`. */
export function indicatorView(
  id: number,
  [added, withdrawn]: readonly LedgerEntry[],
  incident: Tlp,
  corrections: ReadonlyMap<number, number>,
  nameOf: (id: string) => string | undefined,
): IndicatorView {
  const { seq = 0, step, at = '', occurredAt = '', data = {}, actor = SYSTEM } = added ?? {};
  const seen = typeof data.firstSeen === 'string' ? fromIso(data.firstSeen) : undefined;
  const supersededBy = corrections.get(seq);
  return {
    id,
    seq,
    type: data.type as IndicatorType,
    value: texts(data, 'value').value ?? '',
    tlp: TLP.find((one) => one === data.tlp) ?? incident,
    ...texts(data, 'description'),
    ...(seen === undefined ? {} : { firstSeen: toIso(seen) }),
    ...(step === undefined ? {} : { step }),
    ...{ at, occurredAt },
    by: actorView(actor, nameOf),
    ...lateness(at, occurredAt),
    ...(withdrawn
      ? {
          withdrawn: {
            at: withdrawn.at,
            by: actorView(withdrawn.actor, nameOf),
            reason: texts(withdrawn.data, 'reason').reason ?? '',
          },
        }
      : {}),
    ...(supersededBy === undefined ? {} : { supersededBy }),
  };
}

const SYSTEM = { id: '', type: 'system' } as const;
