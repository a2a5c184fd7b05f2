import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Names } from './names.js';

test('an id is the Latin words of the title', () => {
  const names = new Names();
  expect(names.idFor('Isolate the host (EDR)!', 'task')).toBe('isolate-the-host-edr');
  expect(names.idFor('Größe prüfen', 'task')).toBe('grosse-prufen');
  expect(names.idFor('2nd look', 'task')).toBe('task-2nd-look');
});

test('a title in another script gets an id that depends on the title and not on its place', () => {
  const alone = new Names().idFor('隔離受影響系統', 'task');
  const later = new Names();
  later.idFor('保存證據', 'task');
  expect(later.idFor('隔離受影響系統', 'task')).toBe(alone);
  expect(alone).toMatch(/^task-[0-9a-f]{8}$/);
  expect(new Names().idFor('重啟 CRM', 'task')).toMatch(/^crm-[0-9a-f]{8}$/);
});

test('no id is a word of the machine', () => {
  for (const word of ['Done', 'ready', 'Gate', 'constructor', 'closed', 'Ready to close']) {
    expect(new Names().idFor(word, 'task')).toBe(`task-${word.toLowerCase().replaceAll(' ', '-')}`);
  }
  expect(new Names().factFor('aware at')).toBe('awareAtFact');
});

test('facts are camel case, and unique', () => {
  const names = new Names();
  expect(names.factFor('businessUnit')).toBe('businessUnit');
  expect(names.factFor('Business unit')).toBe('businessUnit2');
});

test('whatever the titles, ids are valid and unique', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 30 }), (titles) => {
      const names = new Names();
      const ids = titles.map((title) => names.idFor(title, 'playbook'));
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9-]{0,63}$/);
      for (const title of titles) expect(names.factFor(title)).toMatch(/^[a-z][A-Za-z0-9]{0,63}$/);
    }),
  );
});
