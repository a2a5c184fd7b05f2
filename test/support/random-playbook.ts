/** Valid playbooks by chance, as fast-check arbitraries, with every construct of the language. A failure shrinks. */
import { parsePlaybook, type SourceFinder } from '@cordon/playbook';
import type fc from 'fast-check';
import { Blocks, FACTS, TITLE, type Draw } from './random-blocks.js';
import { chanceOf, tapes } from './tape.js';

/** A playbook as written, and where the playbooks that it uses are found. */
export interface Written {
  readonly text: string;
  readonly sources: SourceFinder;
}

interface Kind {
  readonly id: string;
  readonly prefix: string;
  readonly most: number;
  readonly plain: boolean;
  /** Writes a playbook to be used, and says which duties it brings. */
  readonly sub?: (name: string) => readonly string[];
}

interface Document {
  readonly text: string;
  readonly duties: readonly string[];
}

/** What a drawn playbook may be: at most so many steps or so, and with duties, closing conditions and others used or not. */
export interface Wanted {
  readonly most?: number;
  readonly plain?: boolean;
}

/** A playbook, and whatever it uses. It can always be closed: every duty has a decision that waives it. */
export function drawPlaybook(draw: Draw, { most = 24, plain = false }: Wanted = {}): Written {
  const used = new Map<string, string>();
  const sub = (id: string): readonly string[] => {
    const inner = document(draw, { id, prefix: 'q', most: 4, plain });
    used.set(id, inner.text);
    return inner.duties;
  };
  const { text } = document(draw, { id: 'random', prefix: '', most: draw.between(2, most), plain, sub });
  const sources: SourceFinder = (id) => {
    const found = used.get(id);
    return found === undefined ? undefined : { text: found, digest: 'f'.repeat(64) };
  };
  return { text, sources };
}

function document(draw: Draw, { id, prefix, most, plain, sub }: Kind): Document {
  const hours = sub !== undefined && draw.happens(0.5);
  const blocks = new Blocks(draw, { left: most, prefix, hours, plain }, plain ? undefined : sub);
  const count = draw.between(1, sub ? 4 : 2);
  const phases = Array.from({ length: count }, (_, i) => ({
    ...{ id: `${prefix}phase-${i}`, title: TITLE },
    steps: blocks.sequence(0),
  })) as { id: string; title: object; steps: object[]; anytime?: object[] }[];
  if (sub) {
    addSystems(draw, blocks, phases);
    for (const phase of phases) if (draw.happens(0.2)) phase.anytime = [blocks.anytime()];
  }
  for (const duty of [...blocks.duties, ...blocks.dutiesUsed]) {
    const answers = [{ id: 'go' }, { id: 'leave', waives: duty }].map((one) => ({ ...one, title: TITLE }));
    phases.at(-1)?.steps.push({ decision: `waive-${duty}`, title: TITLE, role: 'doer', answers });
  }
  const ids = phases.map((phase) => phase.id);
  const middle = ids.slice(1, -1).map((phase) => [phase]);
  const flow = middle.length > 1 && draw.happens(0.5) ? [ids[0], { parallel: middle }, ids.at(-1)] : ids;
  const text = JSON.stringify({
    ...{ cordon: 1, id, version: '1.0.0', languages: ['en'], title: TITLE, summary: TITLE },
    roles: ['doer', 'approver'].map((role) => ({ id: role, title: TITLE })),
    facts: [
      ...FACTS.map((fact) => ({ id: fact, type: 'yesno', title: TITLE })),
      { id: 'size', type: 'number', title: TITLE },
      ...[{ id: 'mood', type: 'choice', title: TITLE, options: ['calm', 'wild'].map(named) }],
      { id: 'moment', type: 'time', title: TITLE },
    ],
    phases,
    flow,
    duties: [...blocks.duties].map((duty) => ({
      ...named(duty),
      ...(draw.happens(0.5) ? { when: blocks.guard() } : {}),
    })),
    ...(sub ? endings(draw, blocks, { hours, plain }) : {}),
  });
  return { text, duties: [...blocks.duties] };
}

function addSystems(draw: Draw, blocks: Blocks, phases: readonly { readonly steps: object[] }[]): void {
  if (!draw.happens(0.4)) return;
  if (draw.happens(0.2)) return void phases[0]?.steps.push(blocks.each([]));
  phases[0]?.steps.push(blocks.each(['isolate']));
  const back = blocks.each(['restore', 'verify', 'return']);
  const last = phases.at(-1)?.steps;
  if (draw.happens(0.3)) last?.push({ group: 'around', steps: [back] });
  else last?.push(back);
}

/** Conditions for closing that can be made to hold, a property, and working hours. */
function endings(
  draw: Draw,
  blocks: Blocks,
  { hours, plain }: { readonly hours: boolean; readonly plain: boolean },
): object {
  const conditions = [
    { fact: draw.pick(FACTS), known: true },
    { fact: 'size', atLeast: 1 },
  ];
  const at = blocks.steps[0];
  return {
    closure: !plain && draw.happens(0.25) ? [{ ...named('known'), when: draw.pick(conditions) }] : [],
    properties:
      at !== undefined && draw.happens(0.2) ? [{ ...named('first'), at: 'close', needs: [at] }] : [],
    ...(hours
      ? {
          workingHours: {
            ...{ timeZone: 'Asia/Hong_Kong', from: '09:00', to: '18:00' },
            days: ['mon', 'tue', 'wed', 'thu', 'fri'],
          },
        }
      : {}),
  };
}

const named = (id: string): { id: string; title: object } => ({ id, title: TITLE });

const MOST_DRAWS = 400;

/** The YAML text of a playbook (JSON is YAML) without duties and closing conditions, that uses no other. */
export const randomPlaybook: fc.Arbitrary<string> = tapes(MOST_DRAWS)
  .map((tape) => drawPlaybook(chanceOf(tape), { plain: true }))
  .filter(passes)
  .map(({ text }) => text);

function passes({ text, sources }: Written): boolean {
  return parsePlaybook(text, sources).playbook !== undefined;
}
