import { OVER, type Incident, type Step } from '../api/shapes.js';
import type { Run } from './run.js';

/** A step, or another thing that was tried, and why it does not go on. */
export interface Stuck {
  readonly step: string;
  readonly title: string;
  readonly status: string;
  readonly why: readonly string[];
}

/** What a run stands still at: steps that are open or were refused, or else all that remain; and what keeps it from closing. */
export function whatIsStuck(run: Run, incident: Incident, steps: readonly Step[]): Stuck[] {
  const open = steps.filter(({ status, anytime }) => !anytime && !OVER.includes(status));
  const tried = open.filter(({ id, status }) => status !== 'cannot_start' || run.refusals.has(id));
  const stuck = (tried.length > 0 ? tried : open).map(({ id, title, status, blockedBy }): Stuck => {
    const refusal = run.refusals.get(id);
    return {
      step: id,
      title,
      status,
      why: [...(refusal ? [refusal] : []), ...blockedBy.map(({ text }) => text)],
    };
  });
  const others = [...run.refusals].filter(([id]) => !steps.some((step) => step.id === id));
  const closing = (incident.closeBlockedBy ?? []).map(({ text }) => text);
  return [
    ...stuck,
    ...others.map(([id, why]) => ({ step: id, title: id, status: 'refused', why: [why] })),
    ...(closing.length > 0
      ? [{ step: 'incident.close', title: 'Closing the incident', status: 'blocked', why: closing }]
      : []),
  ];
}
