/** Evidence and its custody, indicators, corrections: events that move no step. The incident's state only counts them. */
import { fromIso } from '@cordon/kernel';
import { EVERY_STEP } from './authorise.js';
import { findInstance, instanceId } from './instances.js';
import { indicatorProblem, INDICATOR_TYPES, isIndicatorType } from './indicators.js';
import type { Decision, IncidentState } from './model.js';
import { mayOn, rolesThatMay } from './permissions.js';
import { accepted, forbidden, invalid, textOf, type Request } from './verdicts.js';

/** Items that one incident holds at most, of either kind. */
const MAX_ITEMS = 10_000;
/** How far ahead of our clock something may have been seen, for clocks that differ. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Events whose values live in the history alone. A closed incident takes them too: its history goes on. */
export const RECORD_EVENTS: readonly string[] = [
  'note.add',
  'evidence.add',
  'evidence.view',
  'evidence.move',
  'evidence.release',
  'indicator.add',
  'indicator.withdraw',
  'entry.correct',
];

export function decideRecordEvent(request: Request): Decision {
  const { type, state } = request;
  switch (type) {
    case 'evidence.add':
      return addEvidence(request);
    case 'evidence.view':
    case 'evidence.move':
    case 'evidence.release':
      return keepCustody(request);
    case 'indicator.add':
      return addIndicator(request);
    case 'indicator.withdraw':
      return withdrawIndicator(request);
    case 'entry.correct':
      return correct(request);
    default:
      return accepted(request, state);
  }
}

/** Evidence of a step is counted with the step, and every item gets the next number of the incident. */
function addEvidence(request: Request): Decision {
  const { machines, state, step, data } = request;
  const items = (state.custody?.items ?? 0) + 1;
  if (items > MAX_ITEMS) return invalid('/data', `an incident holds at most ${MAX_ITEMS} items of evidence`);
  const counted: IncidentState = { ...state, custody: { items, released: state.custody?.released ?? [] } };
  if (step === undefined) return accepted(request, counted);
  const system = typeof data.system === 'string' ? data.system : undefined;
  const of =
    findInstance(machines.plan, state, instanceId(step, system)) ?? findInstance(machines.plan, state, step);
  if (!of) return invalid('/step', `there is no step "${step}" in this incident`);
  const count = (state.evidence?.[of.id] ?? 0) + 1;
  return accepted(request, { ...counted, evidence: { ...state.evidence, [of.id]: count } });
}

/** Who looked at an item, where it went, and that it left: whoever may read evidence leaves a trace of reading it. */
function keepCustody(request: Request): Decision {
  const { state, type, data, actor } = request;
  if (type === 'evidence.view' && !mayOn('evidence.read', state, actor)) {
    return forbidden(rolesThatMay('evidence.read'), { code: 'role_missing', role: 'responder' });
  }
  const id = Number(data.id);
  const { items, released } = state.custody ?? { items: 0, released: [] };
  if (id < 1 || id > items) return invalid('/data/id', noSuch('item of evidence', id, items));
  if (type === 'evidence.view') return accepted(request, state);
  if (released.includes(id))
    return invalid('/data/id', `item ${id} was released: it is in our custody no more`);
  if (type === 'evidence.move') return accepted(request, state);
  return accepted(request, { ...state, custody: { items, released: [...released, id] } });
}

/** The value comes in the one spelling in which it is kept; whoever brings the event has seen to that. */
function addIndicator(request: Request): Decision {
  const { state, data, at } = request;
  const { type } = data;
  if (!isIndicatorType(type)) return invalid('/data/type', `type: give one of ${INDICATOR_TYPES.join(', ')}`);
  const problem = indicatorProblem(type, textOf(data, 'value'));
  if (problem !== undefined) return invalid('/data/value', problem);
  if (data.firstSeen !== undefined) {
    const seen = fromIso(textOf(data, 'firstSeen'));
    if (seen === undefined || seen > at + CLOCK_TOLERANCE_MS)
      return invalid(
        '/data/firstSeen',
        'give a past date and time with its offset, such as 2026-03-24T10:00:00+08:00',
      );
  }
  const { count, withdrawn } = state.indicators ?? { count: 0, withdrawn: [] };
  if (count >= MAX_ITEMS) return invalid('/data', `an incident holds at most ${MAX_ITEMS} indicators`);
  return accepted(request, { ...state, indicators: { count: count + 1, withdrawn } });
}

function withdrawIndicator(request: Request): Decision {
  const { state, data } = request;
  const id = Number(data.id);
  const { count, withdrawn } = state.indicators ?? { count: 0, withdrawn: [] };
  if (id < 1 || id > count) return invalid('/data/id', noSuch('indicator', id, count));
  if (withdrawn.includes(id)) return invalid('/data/id', `indicator ${id} is withdrawn already`);
  return accepted(request, { ...state, indicators: { count, withdrawn: [...withdrawn, id] } });
}

function noSuch(what: string, id: number, count: number): string {
  return `there is no ${what} ${id}; ${count === 0 ? 'there is none' : `they are numbered 1 to ${count}`}`;
}

/** Everybody may correct what they wrote; what others wrote, those who lead. `author` is filled in from the history. */
function correct(request: Request): Decision {
  const { state, data, actor } = request;
  const leads = actor.type === 'system' || actor.roles.some((role) => EVERY_STEP.includes(role));
  if (!leads && data.author !== undefined && data.author !== actor.id) {
    return forbidden(EVERY_STEP, { code: 'role_missing', role: 'coordinator' });
  }
  const { corrected = [] } = state;
  const seq = Number(data.seq);
  if (corrected.includes(seq)) return accepted(request, state);
  if (corrected.length >= MAX_ITEMS)
    return invalid('/data/seq', `an incident holds at most ${MAX_ITEMS} entries that were corrected`);
  return accepted(request, { ...state, corrected: [...corrected, seq] });
}
