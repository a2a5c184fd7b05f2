import type { SentenceOf } from './words.js';

const at = (step: string): string => `“${step}”`;
const for_ = (reason: string): string => (reason === '' ? '' : ` Reason: ${reason}`);
const SYSTEM = ['system'];
const REASON = ['reason', ...SYSTEM];

/** What it means that the timer of this kind ran out. */
function timer(kind: string, step: string): string {
  switch (kind) {
    case 'due':
      return `${step} was due and not done.`;
    case 'remind':
      return `Cordon reminded of ${step}.`;
    case 'escalate':
    case 'late':
      return `Cordon escalated ${step}, which was not done.`;
    case 'accept':
      return `Cordon asked about ${step}, which nobody had accepted.`;
    case 'wait':
      return `The waiting time of ${step} was over.`;
    case 'timeout':
      return `The time limit of ${step} ran out.`;
    default:
      return `A timer ran out: ${step}.`;
  }
}

/** What an accepted event says, by its name. */
export const ENGLISH_SENTENCES: Readonly<Record<string, SentenceOf>> = {
  'incident.opened': {
    say: (t) => `${t.who} opened the incident.`,
    uses: [
      'title',
      'summary',
      'severity',
      'exercise',
      'playbook',
      'organisation',
      'awareAt',
      'onsetAt',
      'tlp',
    ],
  },
  'step.start': { say: (t) => `${t.who} started ${at(t.step)}.`, uses: SYSTEM },
  'step.complete': { say: (t) => `${t.who} completed ${at(t.step)}.`, uses: SYSTEM },
  'step.skip': { say: (t) => `${t.who} left out ${at(t.step)}.${for_(t.text('reason'))}`, uses: REASON },
  'step.fail': {
    say: (t) => `${t.who} recorded that ${at(t.step)} failed.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'step.problem': {
    say: (t) => `${t.who} reported a problem with ${at(t.step)}.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'step.reopen': { say: (t) => `${t.who} reopened ${at(t.step)}.${for_(t.text('reason'))}`, uses: REASON },
  'approval.approve': {
    say: (t) => `${t.who} approved ${at(t.step)}.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'approval.refuse': {
    say: (t) => `${t.who} refused to approve ${at(t.step)}.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'task.assign': {
    say: (t) => `${t.who} assigned ${at(t.step)} to ${t.person('to')}.`,
    uses: ['to', ...SYSTEM],
  },
  'task.accept': { say: (t) => `${t.who} accepted ${at(t.step)}.`, uses: SYSTEM },
  'task.decline': { say: (t) => `${t.who} declined ${at(t.step)}.${for_(t.text('reason'))}`, uses: REASON },
  'task.release': {
    say: (t) => `${t.who} handed back ${at(t.step)}.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'task.schedule': {
    say: (t) => `${t.who} set the due time of ${at(t.step)} to ${t.text('dueAt')}.${for_(t.text('reason'))}`,
    uses: ['dueAt', ...REASON],
  },
  'task.prioritise': {
    say: (t) => `${t.who} gave ${at(t.step)} the priority ${t.text('priority')}.${for_(t.text('reason'))}`,
    uses: ['priority', ...REASON],
  },
  'fact.set': {
    say: (t) =>
      `${t.who} recorded the fact “${t.text('fact')}” as ${t.text('value')}.${for_(t.text('reason'))}`,
    uses: ['fact', 'value', 'reason'],
  },
  'system.add': {
    say: (t) => `${t.who} added the affected system “${t.text('name')}”.${for_(t.text('reason'))}`,
    uses: ['name', 'reason'],
  },
  'system.isolate': { say: (t) => `${t.who} isolated “${t.system}”.${for_(t.text('reason'))}`, uses: REASON },
  'system.restore': { say: (t) => `${t.who} restored “${t.system}”.${for_(t.text('reason'))}`, uses: REASON },
  'system.verify': { say: (t) => `${t.who} verified “${t.system}”.${for_(t.text('reason'))}`, uses: REASON },
  'system.return': {
    say: (t) => `${t.who} returned “${t.system}” to service.${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'phase.reopen': {
    say: (t) => `${t.who} reopened the phase “${t.phase('phase')}”.${for_(t.text('reason'))}`,
    uses: ['phase', 'reason'],
  },
  'note.add': { say: (t) => `${t.who} noted: ${t.text('text')}`, uses: ['text'] },
  'evidence.add': { say: (t) => `${t.who} added the item of evidence “${t.text('name')}”.`, uses: ['name'] },
  'evidence.view': {
    say: (t) => `${t.who} looked at item ${t.text('id')} of the evidence.${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'evidence.move': {
    say: (t) =>
      `${t.who} moved item ${t.text('id')} of the evidence to ${t.text('to')}.${for_(t.text('reason'))}`,
    uses: ['id', 'to', 'reason'],
  },
  'evidence.release': {
    say: (t) => `${t.who} released item ${t.text('id')} of the evidence.${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'evidence.scan': { say: (t) => `Item ${t.text('id')} of the evidence was scanned.`, uses: ['id'] },
  'indicator.add': {
    say: (t) => `${t.who} recorded an indicator of compromise (${t.text('type')}): ${t.text('value')}`,
    uses: ['type', 'value'],
  },
  'indicator.withdraw': {
    say: (t) => `${t.who} withdrew indicator ${t.text('id')}.${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'entry.correct': {
    say: (t) => `${t.who} corrected entry ${t.text('seq')}.${for_(t.text('reason'))}`,
    uses: ['seq', 'reason'],
  },
  'incident.migrate': {
    say: (t) =>
      `${t.who} moved the incident to version ${t.text('version')} of its playbook.${for_(t.text('reason'))}`,
    uses: ['version', 'reason', 'digest'],
  },
  'incident.classify': {
    say: (t) =>
      `${t.who} classified the incident as TLP:${t.text('tlp').toUpperCase()}.${for_(t.text('reason'))}`,
    uses: ['tlp', 'reason'],
  },
  'member.add': {
    say: (t) => `${t.who} gave ${t.person('person')} access to the incident.${for_(t.text('reason'))}`,
    uses: ['person', 'reason'],
  },
  'member.remove': {
    say: (t) => `${t.who} took ${t.person('person')}’s access to the incident away.${for_(t.text('reason'))}`,
    uses: ['person', 'reason'],
  },
  'incident.close': {
    say: (t) => `${t.who} closed the incident.${for_(t.text('reason'))}`,
    uses: ['reason'],
  },
  'incident.reopen': {
    say: (t) => `${t.who} reopened the incident.${for_(t.text('reason'))}`,
    uses: ['reason'],
  },
  'timer.fired': { say: (t) => timer(t.timer.kind, at(t.timer.step)), uses: ['timer', 'fireAt'] },
  'action.succeeded': { say: (t) => `The automatic action of ${at(t.step)} succeeded.`, uses: ['key'] },
  'action.failed': { say: (t) => `The automatic action of ${at(t.step)} failed.`, uses: ['key'] },
  'effect.delivered': { say: (t) => `The message about ${at(t.step)} was sent.`, uses: ['key'] },
  'effect.failed': { say: (t) => `The message about ${at(t.step)} could not be sent.`, uses: ['key'] },
  'system.join': { say: (t) => `${at(t.step)} was joined by “${t.system}”.` },
};
