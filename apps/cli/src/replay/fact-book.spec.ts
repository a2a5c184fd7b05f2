import { expect, test } from '@jest/globals';
import { factBook } from './fact-book.js';
import { readHints } from './playbook-hints.js';
import { parseScenario } from './scenario.js';

const hints = readHints(`
facts:
  - {id: ransomPaid, type: yesno}
  - {id: personalData, type: yesno}
  - {id: affectedCount, type: number}
  - {id: servers, type: number}
phases: []
`);

function book(more = '') {
  const text = `id: s\ntitle: S\nplaybook: p\ntimeline: {aware: "2025-02-22T10:00:00+08:00"}\nfacts: {personalData: unknown, affectedCount: unknown, malicious: no}\n${more}`;
  return factBook(parseScenario(text, 's.yaml'), hints);
}

test('what a scenario does not know is unknown first, and yes when asked again', () => {
  const facts = book();
  expect([facts.answer('personalData'), facts.answer('personalData')]).toEqual(['unknown', 'yes']);
});

test('what a scenario does not speak of is unknown first, and no when asked again', () => {
  const facts = book();
  expect([facts.answer('ransomPaid'), facts.answer('ransomPaid')]).toEqual(['unknown', 'no']);
  expect(facts.settle('ransomPaid')).toBe('no');
});

test('a number of people is that of the affected parties, or of all their groups', () => {
  expect(book('affectedParties: {count: 6800}').settle('affectedCount')).toBe(6800);
  expect(book('affectedParties: {groups: [{count: 3}, {count: 4}]}').settle('affectedCount')).toBe(7);
  expect(book('affectedParties: {groups: [staff]}').settle('affectedCount')).toBe(1);
  expect(book('affectedParties: {count: 6800}').settle('servers')).toBe(1);
});

test('what the scenario says is said, and what the incident knows is not forgotten', () => {
  const facts = book();
  expect(facts.answer('malicious')).toBe('no');
  expect(facts.answer('ransomPaid', 'yes')).toBe('yes');
  expect(facts.assumptions).toEqual([]);
});
