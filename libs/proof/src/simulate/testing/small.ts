/** A playbook with a little of everything, for specs only. */
import { compileMachines, type Actor, type Machines } from '@cordon/engine';
import { parsePlaybook, type Playbook } from '@cordon/playbook';
import { readScript, type Script } from '../script.js';
import type { Json } from '@cordon/kernel';

/** An action, a form with a fact, an approval, an optional and a conditional step, a wait, two phases. */
export const SMALL = `
cordon: 1
id: small
version: 1.0.0
languages: [en, zh-Hant]
title: {en: Small, zh-Hant: 小}
summary: {en: S, zh-Hant: 小}
roles:
  - {id: responder, title: {en: Responder, zh-Hant: 應變人員}}
  - {id: approver, title: {en: Approver, zh-Hant: 批核人員}}
facts:
  - {id: personal, type: yesno, title: {en: Personal data, zh-Hant: 個人資料}}
phases:
  - id: main
    title: {en: Main, zh-Hant: 主要}
    steps:
      - action: alert
        title: {en: Alert, zh-Hant: 警示}
        role: responder
        do: notify
        with: {text: {en: Come, zh-Hant: 來}}
      - task: look
        title: {en: Look, zh-Hant: 看}
        role: responder
        due: {within: PT1H, from: aware, remind: [PT30M], escalate: [{after: PT30M, to: approver}]}
        form:
          - {id: seen, type: text, title: {en: What was seen, zh-Hant: 所見}, required: true}
          - {id: personal, type: yesno, title: {en: Personal data?, zh-Hant: 個人資料？}, fact: personal, required: true}
      - approval: agree
        title: {en: Agree, zh-Hant: 同意}
        role: approver
        covers: [look]
        refused: {repeat: look}
      - task: tidy
        title: {en: Tidy, zh-Hant: 整理}
        role: responder
        optional: true
      - task: tell
        title: {en: Tell, zh-Hant: 通知}
        role: responder
        when: {fact: personal, is: yes}
      - wait: watch
        title: {en: Watch, zh-Hant: 監察}
        role: responder
        for: PT24H
  - id: review
    title: {en: Review, zh-Hant: 檢討}
    steps:
      - task: report
        title: {en: Report, zh-Hant: 報告}
        role: responder
flow: [main, review]
`;

export const AT = Date.parse('2026-03-02T01:00:00Z');
export const bob: Actor = { type: 'person', id: 'bob', roles: ['responder'] };
export const cat: Actor = { type: 'person', id: 'cat', roles: ['approver'] };
export const ann: Actor = { type: 'person', id: 'ann', roles: ['coordinator'] };
export const OPENING = { at: AT, by: 'ann', awareAt: AT, facts: {}, systems: [] };

/** The playbook in this text; a text with errors is a mistake of the test. */
export function playbookOf(source: string): Playbook {
  const { playbook, findings } = parsePlaybook(source);
  if (!playbook) throw new Error(JSON.stringify(findings));
  return playbook;
}

/** The small playbook, or another, ready to run. */
export function small(source = SMALL): Machines {
  return compileMachines(playbookOf(source), 'digest');
}

/** The script in this value; one with problems is a mistake of the test. */
export function scriptOf(value: Json, source = SMALL): Script {
  const read = readScript(value, playbookOf(source));
  if ('problems' in read) throw new Error(read.problems.join('; '));
  return read.script;
}
