/** A playbook that can be driven round for ever: every lap passes through a task, an action and a decision, with timers. */
export const BENCH_PLAYBOOK = `
cordon: 1
id: bench
version: 1.0.0
languages: [en]
title: {en: Bench}
summary: {en: "A lap of four events, with two due times and one effect"}
roles:
  - {id: responder, title: {en: Responder}}
facts:
  - {id: note, type: text, title: {en: Note}}
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - task: work
        title: {en: Work}
        role: responder
        due: {within: PT60M, from: ready}
      - action: tell
        title: {en: Tell}
        role: responder
        do: notify
      - decision: again
        title: {en: Again}
        role: responder
        due: {within: PT60M, from: ready}
        answers:
          - {id: again, title: {en: Again}, repeat: work}
          - {id: enough, title: {en: Enough}}
  - id: watch
    title: {en: Watch}
    steps:
      - {task: observe, title: {en: Observe}, role: responder, due: {within: PT24H, from: aware}}
  - id: notify
    title: {en: Notify}
    steps:
      - {notice: regulator, to: {en: Regulator}, title: {en: Tell}, role: responder, due: {within: PT48H, from: aware}}
flow:
  - parallel: [[contain], [watch], [notify]]
`;

export interface LapEvent {
  readonly type: string;
  readonly step: string;
  readonly data?: { readonly output: Readonly<Record<string, string>> };
}

/** One lap. Of its four events two set a timer, two clear one, and one writes an effect to the outbox. */
export const LAP: readonly LapEvent[] = [
  { type: 'step.start', step: 'work' },
  { type: 'step.complete', step: 'work' },
  { type: 'step.complete', step: 'tell' },
  { type: 'step.complete', step: 'again', data: { output: { answer: 'again' } } },
];
