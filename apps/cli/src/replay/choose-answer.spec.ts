import { expect, test } from '@jest/globals';
import type { Json } from '@cordon/kernel';
import type { Step } from '../api/shapes.js';
import { chooseAnswer } from './choose-answer.js';
import { noHints, type PlaybookHints, readHints } from './playbook-hints.js';

function decision(id: string, answers: readonly string[]): Step {
  const options = answers.map((answer) => ({ id: answer, title: answer }));
  return {
    id,
    phase: 'contain',
    kind: 'decision',
    title: id,
    status: 'ready',
    mandatory: true,
    accepts: [],
    blockedBy: [],
    options,
  };
}

function choose(step: Step, facts: Record<string, Json> = {}, hints: PlaybookHints = noHints, answered = 0) {
  return chooseAnswer(step, { hints, facts: Object.keys(facts), known: (fact) => facts[fact], answered });
}

const source = `
facts: [{id: personalData, type: yesno, title: {en: x}}]
phases:
  - id: contain
    steps:
      - decision: is-clean
        answers: [{id: infected, repeat: choose}, {id: partly, set: {personalData: no}}, {id: clean, then: [{decision: inner, answers: []}]}]
`;

test('the first answer is chosen when nothing speaks for another', () => {
  expect(choose(decision('which', ['a', 'b']))).toBe('a');
});

test('an answer that leads back comes after those that lead forward', () => {
  expect(choose(decision('is-clean', ['infected', 'clean']), {}, readHints(source))).toBe('clean');
  expect(choose(decision('is-clean@crm', ['infected', 'clean']), {}, readHints(source))).toBe('clean');
});

test('an answer that sets a fact is chosen or shunned by the scenario', () => {
  const step = decision('is-clean', ['infected', 'clean', 'partly']);
  expect(choose(step, { personalData: 'no' }, readHints(source))).toBe('partly');
  expect(choose(decision('is-clean', ['partly', 'clean']), { personalData: 'yes' }, readHints(source))).toBe(
    'clean',
  );
});

test('a decision named for a fact is answered by it', () => {
  expect(choose(decision('is-malicious', ['no', 'yes']), { malicious: 'yes' })).toBe('yes');
  expect(choose(decision('ransom-paid', ['yes', 'no']), { ransomPaid: 'no' })).toBe('no');
});

test('a decision that keeps coming back is answered otherwise after its third return', () => {
  const step = decision('which', ['a', 'b']);
  expect([0, 1, 2, 3, 4, 5].map((answered) => choose(step, {}, noHints, answered))).toEqual([
    'a',
    'a',
    'a',
    'a',
    'b',
    'a',
  ]);
});

test('a decision without answers has none to choose', () => {
  expect(choose(decision('which', []))).toBeUndefined();
});

test('hints of a source that cannot be read are empty', () => {
  expect(readHints('{{{')).toEqual(noHints);
  expect(readHints('{"type": "playbook"}')).toEqual(noHints);
});
