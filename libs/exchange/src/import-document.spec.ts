import { describe, expect, test } from '@jest/globals';
import { detectFormat, importDocument } from './import-document.js';

const CORDON = `# A playbook
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: Small}
summary: {en: Small}
roles: [{id: doer, title: {en: Doer}}]
phases: [{id: one, title: {en: One}, steps: [{task: first, title: {en: First}, role: doer}]}]
flow: [one]
`;

describe('a text is known by', () => {
  test.each([
    ['cordon', CORDON],
    ['cordon', '{"cordon": 1}'],
    ['cacao-2.0', '\uFEFF {"type": "playbook", "spec_version": "cacao-2.0"}'],
    ['cacao-2.0', '{"spec_version": "cacao-2.0", "workflow": '],
    ['cacao-2.0', '{"type": "playbook", "workflow_start": 1}'],
    ['xsoar', 'id: x\nstarttaskid: "0"\ntasks: {}\n'],
    ['xsoar', '{"starttaskid": "0", "tasks": {}}'],
    ['thehive', '{"name": "Phishing", "tasks": []}'],
    ['thehive', '[{"name": "Phishing", "tasks": []}]'],
    ['markdown', '# Phishing\n\n- [ ] Call the desk\n'],
    ['markdown', 'cordon is what it starts with'],
    ['markdown', ''],
  ])('%s', (format, text) => {
    expect(detectFormat(text)).toBe(format);
  });
});

test('a Cordon playbook is its own source', () => {
  const { source, playbook, findings, steps } = importDocument(CORDON);
  expect([source, playbook?.id, findings]).toEqual([CORDON, 'small', []]);
  expect(steps).toEqual({
    inSource: 1,
    reachable: 1,
    unreachable: [],
    mapped: [{ source: 'first', became: ['first'] }],
  });
});

test('a Cordon playbook with an error has no source, and its finding points to the place', () => {
  const { source, findings } = importDocument(CORDON.replace('role: doer', 'role: nobody'));
  expect(source).toBeUndefined();
  expect(findings).toEqual([
    { severity: 'error', message: expect.stringContaining('nobody'), pointer: '/phases/0/steps/0' },
  ]);
});

test('each format is read by its own importer, also when it is named', () => {
  const markdown = '# Phishing\n\n- [ ] Call the desk\n';
  expect(importDocument(markdown)).toMatchObject({ format: 'markdown', playbook: expect.anything() });
  expect(importDocument('{"name": "Phishing", "tasks": [{"title": "Call"}]}')).toMatchObject({
    format: 'thehive',
  });
  expect(importDocument('starttaskid: "0"\ntasks: {}\n')).toMatchObject({ format: 'xsoar' });
  expect(importDocument(markdown, { format: 'cacao-2.0' }).findings).toMatchObject([{ severity: 'error' }]);
});
