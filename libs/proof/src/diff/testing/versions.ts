/** A playbook with every construct that versions are compared by. For specs only. */
import { parsePlaybook, type Playbook } from '@cordon/playbook';

/** Every construct of the language at least once, each in a line of its own. */
export const BASE = `
cordon: 1
id: base
version: 1.0.0
languages: [en, zh-Hant]
title: {en: Base, zh-Hant: 基本}
summary: {en: S, zh-Hant: 摘要}
roles:
  - {id: hand, title: {en: Hand, zh-Hant: 人手}}
  - {id: lead, title: {en: Lead, zh-Hant: 主管}}
facts:
  - {id: crime, type: yesno, title: {en: Crime, zh-Hant: 罪案}}
  - {id: way, type: choice, title: {en: Way, zh-Hant: 方法}, options: [{id: a, title: {en: A, zh-Hant: 甲}}, {id: b, title: {en: B, zh-Hant: 乙}}]}
phases:
  - id: main
    title: {en: Main, zh-Hant: 主要}
    summary: {en: What is done, zh-Hant: 所做的事}
    steps:
      - task: look
        title: {en: Look, zh-Hant: 看一看}
        instructions: {en: Look twice, zh-Hant: 看兩次}
        role: hand
        due: {within: PT1H, from: aware, remind: [PT10M]}
        form:
          - {id: seen, type: text, required: true, title: {en: Seen, zh-Hant: 所見}}
          - {id: crime, type: yesno, title: {en: Crime?, zh-Hant: 罪案？}, fact: crime}
          - {id: way, type: choice, title: {en: Way, zh-Hant: 方法}, fact: way, options: [{id: a, title: {en: A, zh-Hant: 子}}, {id: b, title: {en: B, zh-Hant: 丑}}]}
      - decision: check
        title: {en: Is it fine?, zh-Hant: 好嗎？}
        role: hand
        answers:
          - {id: fine, title: {en: Fine, zh-Hant: 好}}
          - {id: crime, title: {en: A crime, zh-Hant: 罪案}, set: {crime: yes}, then: [{task: seal, title: {en: Seal, zh-Hant: 封}, role: hand, evidence: {min: 1}}]}
          - {id: again, title: {en: Again, zh-Hant: 再來}, repeat: look, max: 2}
      - approval: agree
        title: {en: Agree, zh-Hant: 同意}
        role: lead
        count: 2
        covers: [look, check]
        refused: {repeat: check}
      - parallel:
          - - {task: left, optional: true, title: {en: Left, zh-Hant: 左}, role: hand}
            - {action: call, title: {en: Call, zh-Hant: 召}, role: hand, do: notify, with: {text: {en: Come, zh-Hant: 來}}}
          - - {wait: pause, title: {en: Pause, zh-Hant: 停}, role: hand, for: PT24H}
            - {wait: hear, title: {en: Hear, zh-Hant: 聽}, role: hand, until: {fact: way, known: true}}
      - group: pair
        title: {en: Both, zh-Hant: 兩項}
        steps:
          - {task: one, title: {en: One, zh-Hant: 一}, role: lead}
          - {task: two, title: {en: Two, zh-Hant: 二}, keep: true, role: hand, timeout: PT4H, skip: {roles: [lead], reasons: [{id: late, title: {en: Late, zh-Hant: 遲}}]}}
      - {task: log, title: {en: Log, zh-Hant: 記}, role: hand, form: [{id: note, type: text, title: {en: N, zh-Hant: 記}}]}
      - {task: mend, title: {en: Mend, zh-Hant: 修}, role: hand, failed: {repeat: look, max: 3}, duty: told}
      - graph: web
        steps:
          - {task: ga, title: {en: GA, zh-Hant: 甲}, role: hand}
          - {task: gb, title: {en: GB, zh-Hant: 乙}, role: hand, after: [{step: ga, outcome: failed}]}
          - {task: gc, title: {en: GC, zh-Hant: 丙}, role: hand, after: [ga]}
    anytime:
      - {task: note, title: {en: Note, zh-Hant: 備註}, role: hand}
  - id: review
    title: {en: Review, zh-Hant: 檢討}
    steps:
      - {notice: police, to: {en: Police, zh-Hant: 警方}, title: {en: Tell the police, zh-Hant: 報警}, role: lead, when: {fact: crime, is: yes}, duty: told}
      - each: system
        id: systems
        steps:
          - {task: see, title: {en: See, zh-Hant: 看}, role: hand}
flow: [main, review]
duties:
  - {id: told, title: {en: Told, zh-Hant: 通知}, when: {fact: crime, is: yes}}
closure:
  - {id: decided, title: {en: Decided, zh-Hant: 決定}, when: {fact: way, known: true}}
properties:
  - {id: first-look, title: {en: First look, zh-Hant: 先看}, at: two, needs: [look]}
workingHours: {timeZone: Asia/Hong_Kong, days: [mon, tue], from: '09:00', to: '18:00', holidays: ['2026-12-25']}
markings: [{tlp: AMBER}]
`;

/** The playbook in this text; a text with errors is a mistake of the test. */
export function playbookOf(source: string): Playbook {
  const { playbook, findings } = parsePlaybook(source);
  if (!playbook) throw new Error(JSON.stringify(findings));
  return playbook;
}
