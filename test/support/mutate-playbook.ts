/** Another version of a playbook: steps renamed, added, taken away and moved by chance. */
import { mapSteps, type IncidentState, type Machines, type StepMap } from '@cordon/engine';
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import type { Draw } from './random-blocks.js';
import type { Written } from './random-playbook.js';

const MOST_TRIES = 6;

/** The next version that the checks let pass; undefined where chance finds none. */
export function nextVersion(
  { text, sources }: Written,
  number: number,
  draw: Draw,
): (Written & { readonly playbook: Playbook }) | undefined {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    let doc = JSON.parse(text) as JsonObject;
    for (let changes = draw.between(1, 3); changes > 0; changes -= 1) doc = changed(doc, number, draw);
    const written = { text: JSON.stringify({ ...doc, version: `1.0.${number}` }), sources };
    const { playbook } = parsePlaybook(written.text, sources);
    if (playbook && waivers(doc) >= waivers(JSON.parse(text) as JsonObject)) return { ...written, playbook };
  }
  return undefined;
}

function changed(doc: JsonObject, number: number, draw: Draw): JsonObject {
  const text = JSON.stringify(doc);
  const ids = [...text.matchAll(/"(?:task|notice|action|wait|decision|approval)":"([^"]+)"/g)].map(
    ([, id]) => id ?? '',
  );
  const id = ids[draw.between(0, ids.length - 1)];
  if (id !== undefined && draw.happens(0.4))
    return JSON.parse(text.replaceAll(`"${id}"`, `"${id}v${number}"`)) as JsonObject;
  const copy = JSON.parse(text) as JsonObject;
  const sequences = sequencesOf(copy.phases ?? null);
  if (sequences.length === 0) return copy;
  const from = draw.pick(sequences);
  const to = draw.pick(sequences);
  const added = { task: `new${number}-${draw.between(0, 99)}`, title: { en: 'T' }, role: 'doer' };
  draw.pick([
    () => from.splice(draw.between(0, from.length), 0, added),
    () => from.splice(draw.between(0, from.length - 1), 1),
    () => to.splice(draw.between(0, to.length), 0, ...from.splice(draw.between(0, from.length - 1), 1)),
  ])();
  return copy;
}

/** Decisions in the flow itself that waive a duty: without them an incident may have no way to its end. */
function waivers({ phases }: JsonObject): number {
  const steps = Array.isArray(phases)
    ? phases.flatMap((phase) => (isJsonObject(phase) ? phase.steps : []))
    : [];
  const waives = (step: Json | undefined): boolean =>
    isJsonObject(step) && typeof step.decision === 'string' && step.decision.startsWith('waive-');
  return steps.flat().filter(waives).length;
}

/** Every list of blocks in it. */
function sequencesOf(value: Json): Json[][] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((item) => sequencesOf(item));
    const blocks =
      value.length > 0 && value.every((item) => isJsonObject(item) && KINDS.some((kind) => kind in item));
    return blocks ? [value as Json[], ...inner] : inner;
  }
  return isJsonObject(value) ? Object.values(value).flatMap((member) => sequencesOf(member ?? null)) : [];
}

const KINDS = [
  ...['task', 'notice', 'action', 'wait', 'decision', 'approval'],
  ...['group', 'parallel', 'graph', 'each', 'playbook'],
];

/** A map under which every step that has been worked on has a counterpart, or is left behind. */
export function mapTo(from: Machines, to: Machines, state: IncidentState, draw: Draw): StepMap {
  const map: Record<string, string | null> = {};
  for (const [id] of from.plan.steps) {
    if (draw.happens(0.04)) map[id] = draw.happens(0.7) ? null : draw.pick([...to.plan.steps.keys()]);
    if (to.plan.steps.has(id) || id in map) continue;
    const renamed = [...to.plan.steps.keys()].find(
      (other) => other.replace(/v\d+/, '') === id.replace(/v\d+/, ''),
    );
    if (renamed !== undefined && draw.happens(0.8)) map[id] = renamed;
  }
  for (
    let left = mapSteps(from, to, state, map).unmapped;
    left.length > 0;
    left = mapSteps(from, to, state, map).unmapped
  ) {
    for (const { step } of left) map[step] = null;
  }
  return map;
}
