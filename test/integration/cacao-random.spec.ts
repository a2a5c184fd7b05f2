/** Documents by chance: each imports, runs as a second reading of its pointers says, ends, and round-trips. */
import { expect, test } from '@jest/globals';
import { exportCacao, importCacao, schemaProblems } from '@cordon/exchange';
import { canonicalJson, type Json } from '@cordon/kernel';
import type { Playbook, Step } from '@cordon/playbook';
import fc from 'fast-check';
import { CacaoReading } from '../support/cacao-reading.js';
import { randomCacao, type RandomCacao } from '../support/random-cacao.js';
import { walkToEnd, type Act, type Walk } from '../support/walk-playbook.js';

/** So many documents; 5,000 take some minutes and are for a machine that has nothing else to do. */
const DOCUMENTS = Number(process.env['CACAO_DOCS'] ?? 300);

const rolls = fc.array(fc.nat({ max: 1000 }), { minLength: 20, maxLength: 60 });

function dice(drawn: readonly number[]): (sides: number) => number {
  let at = 0;
  return (sides) => {
    at += 1;
    return ((drawn[at % drawn.length] ?? 0) + at) % sides;
  };
}

type Roll = ReturnType<typeof dice>;

function imported(random: RandomCacao): Playbook {
  const { playbook, findings, steps } = importCacao(JSON.stringify(random.document));
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(steps.inSource).toBe(steps.reachable + steps.unreachable.length);
  expect(steps.unreachable).toEqual([]);
  if (!playbook) throw new Error('the document imports');
  return playbook;
}

/** The CACAO step that an open step shows; waits and confirmations are Cordon's own. */
function shownBy(step: Step): string | undefined {
  if (step.kind === 'wait' || step.id === 'exception-handling' || step.id.endsWith('-failure-noted'))
    return undefined;
  return step.source?.replace('#/workflow/', '');
}

/** Does what is open in any order, and holds the second reading against it after every event. */
function follow(random: RandomCacao, playbook: Playbook, roll: Roll): Walk {
  const reading = new CacaoReading(random);
  const rounds = new Map<string, number>();
  return walkToEnd(playbook, {
    choose: (open, walk) => {
      const own = open.find((step) => shownBy(step) === undefined);
      if (own?.id === 'exception-handling') {
        const needed = roll(2) === 0;
        if (needed) reading.raise();
        return [own, { type: 'complete', output: { answer: needed ? 'yes' : 'no' } }];
      }
      if (own) return [own, { type: 'complete' }];
      expect(open.map((step) => shownBy(step)).sort()).toEqual(reading.active());
      const step = open[roll(open.length)];
      if (!step) throw new Error('something is open');
      const shown = shownBy(step) ?? '';
      if (step.kind === 'decision') return [step, answer(step, shown, reading, rounds, roll)];
      if (walk.canFail(step) && roll(3) === 0 && walk.turns(step) < 3) {
        reading.fail(shown);
        return [step, { type: 'fail' }];
      }
      const output: Record<string, Json> = {};
      const told = new Map<string, boolean>();
      for (const field of step.form) {
        const value = ['yes', 'no', 'unknown'][roll(3)] ?? 'unknown';
        output[field.id] = value;
        if (value !== 'unknown') told.set(`__${field.fact ?? ''}__`, value === 'yes');
        else reading.values.delete(`__${field.fact ?? ''}__`);
      }
      for (const [name, value] of told) reading.values.set(name, value);
      reading.complete(shown);
      for (const [name, value] of told) reading.tell(name, value);
      return [step, { type: 'complete', output }];
    },
  });
}

function answer(
  step: Extract<Step, { kind: 'decision' }>,
  shown: string,
  reading: CacaoReading,
  rounds: Map<string, number>,
  roll: Roll,
): Act {
  const turns = rounds.get(shown) ?? 0;
  const again = step.answers.some((one) => one.again);
  const offered = step.answers.filter((one) => !one.again || turns < 2);
  const chosen = offered[roll(offered.length)];
  if (!chosen) throw new Error('an answer is offered');
  if (again) rounds.set(shown, chosen.again ? turns + 1 : 0);
  const ways: Readonly<Record<string, string>> = {
    ...{ yes: 'on_true', no: 'on_false', again: 'on_true', 'go-on': 'on_false' },
    ...{ 'case-true': 'true', 'case-false': 'false', otherwise: 'default' },
  };
  reading.answer(shown, ways[chosen.id] ?? '');
  return { type: 'complete', output: { answer: chosen.id } };
}

/** The export is the document with Cordon's mark, the schemas accept it, and it is the same playbook again. */
function roundTrips(random: RandomCacao, playbook: Playbook): void {
  const exported = exportCacao(playbook, { now: 0 });
  const { playbook_extensions, extension_definitions, ...rest } = exported;
  expect(canonicalJson(rest)).toBe(canonicalJson(random.document));
  expect([playbook_extensions, extension_definitions].every((one) => one !== undefined)).toBe(true);
  expect(schemaProblems(exported)).toEqual([]);
  const again = importCacao(JSON.stringify(exported)).playbook;
  expect(again && canonicalJson(again)).toBe(canonicalJson(playbook));
}

test('a document by chance runs as its own pointers say, to its end, whatever people answer', () => {
  let documents = 0;
  fc.assert(
    fc.property(randomCacao, rolls, (random, drawn) => {
      documents += 1;
      const playbook = imported(random);
      const walk = follow(random, playbook, dice(drawn));
      expect(walk.state.status).toBe('closed');
      roundTrips(random, playbook);
    }),
    { numRuns: DOCUMENTS },
  );
  expect(documents).toBeGreaterThanOrEqual(DOCUMENTS);
}, 1_200_000);
