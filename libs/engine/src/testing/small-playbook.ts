/** A playbook small enough to follow by eye, with one of everything. For specs only. */
export const SMALL_PLAYBOOK = `
cordon: 1
id: small
version: 1.0.0
languages: [en]
title: {en: Small}
summary: {en: One of everything}
roles:
  - {id: responder, title: {en: Responder}}
  - {id: approver, title: {en: Approver}}
facts:
  - {id: personalData, type: yesno, title: {en: Personal data}}
  - {id: affectedCount, type: number, title: {en: How many}}
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - action: alert
        title: {en: Alert}
        role: responder
        do: notify
        with: {text: {en: Come}}
      - task: assess
        title: {en: Assess}
        role: responder
        due: {within: PT60M, from: aware, remind: [PT15M], escalate: [{after: PT15M, to: coordinator}]}
        form:
          - {id: personal, type: yesno, title: {en: Personal}, fact: personalData, required: true}
          - {id: count, type: number, title: {en: Count}, fact: affectedCount}
      - parallel:
          - [{task: a1, title: {en: A1}, role: responder}, {task: a2, title: {en: A2}, role: responder, optional: true}]
          - [{task: b1, title: {en: B1}, role: responder}]
      - each: system
        id: isolate-systems
        steps:
          - {task: isolate-system, title: {en: Isolate}, role: responder, move: isolate}
  - id: restore
    title: {en: Restore}
    steps:
      - each: system
        id: restore-systems
        steps:
          - {task: choose, title: {en: Choose}, role: responder, form: [{id: restorePoint, type: text, title: {en: Point}, required: true}]}
          - decision: clean
            title: {en: Clean?}
            role: responder
            answers:
              - {id: clean, title: {en: Clean}}
              - {id: infected, title: {en: Infected}, repeat: choose}
          - {approval: approve, title: {en: Approve}, role: approver, covers: [choose], refused: {repeat: choose}}
          - {task: restore-system, title: {en: Restore}, role: responder, move: restore}
          - {task: verify-system, title: {en: Verify}, role: responder, move: verify}
          - {task: return-system, title: {en: Return}, role: responder, move: return}
      - wait: watch
        title: {en: Watch}
        role: responder
        for: PT24H
  - id: notify
    title: {en: Notify}
    steps:
      - notice: tell-regulator
        to: {en: Regulator}
        title: {en: Tell}
        role: responder
        when: {fact: personalData, is: yes}
        form: [{id: reference, type: text, title: {en: Reference}, required: true}]
      - decision: many
        title: {en: Many?}
        role: responder
        answers:
          - {id: many, title: {en: Many}, then: [{task: mass-letter, title: {en: Letter}, role: responder}]}
          - {id: few, title: {en: Few}}
  - id: review
    title: {en: Review}
    steps:
      - {task: findings, title: {en: Findings}, role: responder}
      - {approval: sign-off, title: {en: Sign}, role: approver, count: 2, covers: [findings], refused: {repeat: findings}}
flow:
  - parallel: [[contain, restore], [notify]]
  - review
`;
