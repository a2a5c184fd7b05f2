/**
 * A playbook in which everything happens within seconds: a round of work with a reminder, a due time and an escalation,
 * an action that tells somebody, a wait, and a question that begins the next round. It never has to end.
 */
export const SHORT_CLOCKS = `
cordon: 1
id: short-clocks
version: 1.0.0
languages: [en]
title: {en: Short clocks}
summary: {en: For tests of what takes time}
roles:
  - {id: responder, title: {en: Responder}}
facts:
  - {id: affectedCount, type: number, title: {en: How many}}
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - task: work
        title: {en: Work}
        role: responder
        due: {within: PT2S, from: ready, remind: [PT1S], escalate: [{after: PT1S, to: coordinator}]}
      - action: tell
        title: {en: Tell}
        role: responder
        do: notify
        with: {text: {en: A round of work is done}}
      - wait: breathe
        title: {en: Breathe}
        role: responder
        for: PT1S
      - decision: again
        title: {en: Again?}
        role: responder
        answers:
          - {id: more, title: {en: More}, repeat: work}
          - {id: enough, title: {en: Enough}}
  - id: review
    title: {en: Review}
    steps:
      - {task: findings, title: {en: Findings}, role: responder}
flow: [contain, review]
`;
