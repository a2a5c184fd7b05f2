import { expect, test } from '@jest/globals';
import { CliError } from '../exit-codes.js';
import { parseScenario } from './scenario.js';

const GOOD = `
id: a
title: A case
playbook: ransomware
organisation: {type: hk_bd, name: InvestHK}
timeline: {onset: unknown, aware: "2025-02-22T10:00:00+08:00"}
facts: {malicious: yes, personalData: unknown, affectedCount: 6800}
affectedSystems:
  - {id: crm, name: CRM, kind: application}
  - {id: hr, foundLater: true}
expect: {finalState: closed}
somethingElse: 1
`;

test('a scenario is read; yes and no stay words, and an unknown onset is absent', () => {
  const scenario = parseScenario(GOOD, 'a.yaml');
  expect(scenario).toMatchObject({ id: 'a', playbook: 'ransomware', awareAt: '2025-02-22T10:00:00+08:00' });
  expect(scenario.facts).toEqual({ malicious: 'yes', personalData: 'unknown', affectedCount: 6800 });
  expect(scenario.systems).toEqual([
    { id: 'crm', name: 'CRM', kind: 'application', foundLater: false },
    { id: 'hr', name: 'hr', foundLater: true },
  ]);
  expect(scenario).not.toHaveProperty('onsetAt');
});

test.each([
  ['id: a', '', /lacks id/],
  ['title: A case', '', /lacks title/],
  ['aware: "2025-02-22T10:00:00+08:00"', 'later: 1', /lacks timeline\.aware/],
  ['2025-02-22T10:00:00+08:00', '2025-02-22 10:00', /timeline\.aware as a date and time with its offset/],
  ['onset: unknown', 'onset: soon', /timeline\.onset/],
  ['{id: crm, name: CRM, kind: application}', '{name: CRM}', /lacks affectedSystems\.id/],
  ['facts: {', 'facts: [', /is not YAML/],
])('a scenario with %j made %j is refused with the field named', (from, to, message) => {
  const parse = () => parseScenario(GOOD.replace(from, to), 'a.yaml');
  expect(parse).toThrow(CliError);
  expect(parse).toThrow(message);
  expect(parse).toThrow(/a\.yaml/);
});
