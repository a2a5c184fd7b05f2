/** Timeline, decisions, what was refused and what is withheld: the entries one by one. */
import type { EntryView } from '@cordon/runtime';
import type { Desk } from './desk.js';
import { nextTurn } from './next-turn.js';
import type { Item } from './pen.js';
import type { Style } from './styles.js';

type Line = Item['lines'][number];

/** Events that decide something; a step of a playbook that asks for a decision does too. */
const DECIDING: ReadonlySet<string> = new Set([
  'approval.approve',
  'approval.refuse',
  'step.skip',
  'step.fail',
  'step.reopen',
  'phase.reopen',
  'fact.set',
  'incident.classify',
  'incident.migrate',
  'incident.close',
  'incident.reopen',
]);

export async function writeTimeline(desk: Desk): Promise<void> {
  const { pen, words, input } = desk;
  pen.begin(words.sections.timeline);
  pen.paragraph(words.paragraphs.timeline, 'small');
  for (const entry of input.entries) {
    if (entry.kind !== 'rejection') pen.item(itemOf(desk, entry));
    await nextTurn();
  }
}

export async function writeDecisions(desk: Desk): Promise<void> {
  const { pen, words, input } = desk;
  const deciding = new Set(input.steps.filter(({ kind }) => kind === 'decision').map(({ id }) => id));
  const decides = ({ kind, event }: EntryView): boolean =>
    kind !== 'rejection' &&
    (DECIDING.has(event.type) || (event.type === 'step.complete' && deciding.has(event.step ?? '')));
  const decisions = input.entries.filter((entry) => decides(entry) || entry.lapsed !== undefined);
  pen.begin(words.sections.decisions);
  pen.paragraph(words.paragraphs.decisions, 'small');
  if (decisions.length === 0) pen.paragraph(words.paragraphs.nothing);
  for (const entry of decisions) {
    pen.item(itemOf(desk, entry));
    await nextTurn();
  }
}

export async function writeRejections(desk: Desk): Promise<void> {
  const { pen, words, input, labels } = desk;
  const refused = input.entries.filter(({ kind }) => kind === 'rejection');
  pen.begin(words.sections.rejections);
  pen.paragraph(words.paragraphs.rejections, 'small');
  if (refused.length === 0) pen.paragraph(words.paragraphs.nothing);
  for (const entry of refused) {
    const { accepted = [], blockedBy = [], errors = [] } = entry.rejection ?? {};
    const { margin, lines } = itemOf(desk, entry);
    const why = [...blockedBy.map(({ text }) => text), ...errors.map(({ message }) => message)];
    pen.item({
      margin,
      lines: [
        ...lines,
        ...why.map((text): Line => ({ text, style: 'body' })),
        ...(accepted.length > 0
          ? [{ text: `${labels.accepted}: ${accepted.join(', ')}`, style: 'small' } as const]
          : []),
      ],
    });
    await nextTurn();
  }
}

export async function writeWithheld({ pen, words, input, moments, labels }: Desk): Promise<void> {
  const withheld = input.entries.filter((entry) => entry.withheld !== undefined);
  pen.begin(words.sections.withheld);
  pen.paragraph(
    withheld.length > 0 ? words.paragraphs.withheld : words.paragraphs.nothingWithheld,
    withheld.length > 0 ? 'small' : 'body',
  );
  for (const entry of withheld) {
    pen.item({
      margin: [`${labels.entry} ${entry.seq}`, moments.full(entry.at)],
      lines: [{ text: (entry.withheld ?? []).join(', '), style: 'body' }],
    });
    await nextTurn();
  }
}

/** One entry: when on the left, the sentence, then what else there is to say. */
function itemOf({ words, telling, moments, labels }: Desk, entry: EntryView): Item {
  const happened = moments.parts(entry.occurredAt);
  const line = (text: string, style: Style = 'small'): Line => ({ text, style });
  const lines: Line[] = [line(telling.sentence(entry), 'body')];
  if (entry.note !== null) lines.push(line(`${labels.note}: ${entry.note}`, 'quote'));
  for (const text of telling.rest(entry)) lines.push(line(text, 'quote'));
  if (entry.system) {
    const { id, from, to } = entry.system;
    lines.push(line(words.moved(telling.systemName(id), from, to)));
  }
  for (const { step, approvers } of entry.lapsed ?? []) {
    const names = approvers.map((id) => telling.person(id)).join(', ');
    lines.push(line(words.lapsed(telling.step(step), names), 'warning'));
  }
  if (entry.supersedes !== undefined) lines.push(line(words.corrects(entry.supersedes)));
  if (entry.supersededBy !== undefined) lines.push(line(words.correctedBy(entry.supersededBy), 'warning'));
  if (entry.withheld) lines.push(line(`${labels.withheld}: ${entry.withheld.join(', ')}`));
  if (entry.occurredAt !== entry.at) {
    const late = entry.lateBy === undefined ? '' : ` (${words.lateBy(words.seconds(entry.lateBy))})`;
    lines.push(line(`${labels.recorded}: ${moments.full(entry.at)}${late}`));
  }
  return { margin: [`${happened.date} ${happened.time}`, `${happened.offset}  #${entry.seq}`], lines };
}
