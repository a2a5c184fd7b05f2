/** What moves the incident besides its steps. Each function answers whether it did. */
import type { Incident, Step } from '../api/shapes.js';
import { systemData } from './open-incident.js';
import { type Run, send, whyNot } from './run.js';

/** A system that is found later turns up once another one has been cut off: in the middle of the response. */
export async function addFoundSystem(run: Run, incident: Incident): Promise<boolean> {
  const present = new Set(incident.systems.map(({ id }) => id));
  const found = run.scenario.systems.find(
    ({ id, foundLater }) => foundLater && !present.has(id) && !run.added.has(id),
  );
  const underWay =
    incident.systems.length === 0 || incident.systems.some(({ state }) => state !== 'affected');
  if (!found || !underWay) return false;
  run.added.add(found.id);
  const event = { type: 'system.add', data: { ...systemData(found), foundLater: true } };
  const answer = await send(run, run.crew.lead, event);
  if (answer !== 'accepted') run.refusals.set(`system.add ${found.id}`, whyNot(answer));
  return answer === 'accepted';
}

/** Blockers that the value of a fact may remove. */
const ASKS_FOR_FACT: readonly string[] = ['fact_unknown', 'closure_condition', 'duty_open'];

/** Sets the fact that most directly holds a step up: one that only facts stand in the way of comes first. */
export async function settleFact(run: Run, incident: Incident, steps: readonly Step[]): Promise<boolean> {
  const waiting = steps
    .map(({ blockedBy }) => blockedBy)
    .concat([incident.closeBlockedBy ?? []])
    .filter((blockers) =>
      blockers.some(({ code, fact }) => ASKS_FOR_FACT.includes(code) && fact !== undefined),
    )
    .sort((a, b) => a.length - b.length);
  for (const fact of new Set(waiting.flat().map(({ fact }) => fact))) {
    if (fact === undefined) continue;
    const data = { fact, value: run.facts.settle(fact), source: 'replay' };
    const answer = await send(run, run.crew.lead, { type: 'fact.set', data });
    if (answer === 'accepted') return true;
    run.refusals.set(`fact.set ${fact}`, whyNot(answer));
  }
  return false;
}

/** Closes once the server accepts it. */
export async function closeIncident(run: Run, incident: Incident): Promise<boolean> {
  if (!incident.accepts?.includes('incident.close')) return false;
  const answer = await send(run, run.crew.lead, { type: 'incident.close', note: 'Closed by the replay.' });
  if (answer !== 'accepted') run.refusals.set('incident.close', whyNot(answer));
  return answer === 'accepted';
}
