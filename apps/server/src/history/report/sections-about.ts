/** Title page, summary, people, and clocks and duties: what the incident is now. */
import type { IncidentView, StepView } from '@cordon/runtime';
import type { Fact } from './pen.js';
import type { Desk } from './desk.js';

export function writeTitlePage(desk: Desk): void {
  const { pen, words, input, moments, labels } = desk;
  const { incident } = input;
  pen.newPage();
  pen.beginPlain();
  pen.space(90);
  pen.paragraph(labels.report, 'subtitle');
  pen.paragraph(incident.title, 'title');
  if (incident.exercise) pen.paragraph(labels.exercise, 'warning');
  pen.space(24);
  const optional = (label: string, moment: string | undefined): readonly Fact[] =>
    moment === undefined ? [] : [[label, moments.full(moment)]];
  const status = words.statuses[incident.status] ?? incident.status;
  pen.facts([
    [labels.reference, incident.ref, incident.uid],
    ...organisationOf(incident).map((name): Fact => [labels.organisation, name]),
    [labels.severity, incident.severity ?? labels.unknown],
    [labels.status, status],
    [labels.classification, `TLP:${incident.tlp.toUpperCase()}`],
    ...optional(labels.onset, incident.onsetAt),
    ...optional(labels.aware, incident.awareAt),
    ...optional(labels.opened, incident.openedAt),
    ...optional(labels.closed, incident.closedAt),
    [
      labels.playbook,
      `${incident.playbook.id} ${incident.playbook.version}`,
      `sha256:${incident.playbook.digest}`,
    ],
    [labels.written, moments.full(input.createdAt)],
  ]);
  pen.space(12);
  pen.paragraph(words.paragraphs.origin, 'small');
}

function organisationOf({ organisation = {} }: IncidentView): readonly string[] {
  const values = Object.values(organisation).filter((value) => typeof value === 'string');
  return values.length > 0 ? [values.join(', ')] : [];
}

export function writeSummary({ pen, words, input, telling, labels }: Desk): void {
  const { incident, entries } = input;
  const { counted, statuses } = words;
  pen.newPage();
  pen.begin(words.sections.summary);
  if (incident.summary !== undefined) pen.paragraph(incident.summary);
  const count = (test: (entry: (typeof entries)[number]) => boolean): number => entries.filter(test).length;
  const rejected = count(({ kind }) => kind === 'rejection');
  const history = [
    counted('entries', entries.length - rejected),
    counted('rejections', rejected),
    counted(
      'late',
      count(({ late }) => late === true),
    ),
    counted(
      'corrections',
      count(({ supersedes }) => supersedes !== undefined),
    ),
  ];
  const lines = (list: readonly string[]): string => (list.length > 0 ? list.join('\n') : labels.none);
  pen.facts([
    [labels.entries, lines(history)],
    [
      labels.phases,
      lines(incident.phases.map(({ title, status }) => `${title}: ${statuses[status] ?? status}`)),
    ],
    [
      labels.systems,
      lines(
        incident.systems.map(
          ({ id, name, kind, state }) => `${name} (${[id, kind].filter(Boolean).join(', ')}): ${state}`,
        ),
      ),
    ],
    [
      labels.facts,
      lines(
        Object.entries(incident.facts).map(
          ([id, value]) => `${id}: ${value === 'unknown' ? labels.unknown : telling.value(value)}`,
        ),
      ),
    ],
  ]);
}

/** Everybody the incident knows, and everybody who has made an entry, with how many. */
export function writePeople({ pen, words, input, telling, labels }: Desk): void {
  pen.begin(words.sections.people);
  pen.paragraph(words.paragraphs.people, 'small');
  const entries = new Map<string, number>();
  const roles = new Map(input.incident.people.map(({ id, roles: held }) => [id, held]));
  for (const { actor } of input.entries) {
    if (actor.type === 'person') entries.set(actor.id, (entries.get(actor.id) ?? 0) + 1);
  }
  const ids = [...new Set([...roles.keys(), ...entries.keys()])];
  if (ids.length === 0) pen.paragraph(words.paragraphs.nothing);
  for (const id of ids) {
    const held = roles.get(id) ?? [];
    const name = telling.person(id);
    pen.item({
      margin: [`${labels.entriesMade}: ${entries.get(id) ?? 0}`],
      lines: [
        { text: name, style: 'strong' },
        { text: name === id ? '' : id, style: 'small' },
        { text: held.length > 0 ? `${labels.roles}: ${held.join(', ')}` : '', style: 'body' },
      ],
    });
  }
}

/** Steps that answer a duty, and steps with a due time. */
export function writeDuties({ pen, words, input, telling, moments, labels }: Desk): void {
  pen.begin(words.sections.duties);
  pen.paragraph(words.paragraphs.duties, 'small');
  const steps = input.steps.filter(({ duty, dueAt }) => duty !== undefined || dueAt !== null);
  if (steps.length === 0) pen.paragraph(words.paragraphs.nothing);
  for (const step of steps) {
    const { title, duty, dueAt, overdue, doneAt, doneBy, answer } = step;
    const late = overdue ? ` (${labels.overdue})` : '';
    const by = doneBy === undefined ? '' : ` (${telling.person(doneBy)})`;
    pen.item({
      margin: [statusOf(step, words.statuses)],
      lines: [
        { text: title, style: 'strong' },
        { text: duty === undefined ? '' : `${labels.duty}: ${duty}`, style: 'body' },
        {
          text: dueAt === null ? '' : `${labels.due}: ${moments.full(dueAt)}${late}`,
          style: overdue ? 'warning' : 'body',
        },
        { text: doneAt === undefined ? '' : `${labels.done}: ${moments.full(doneAt)}${by}`, style: 'body' },
        {
          text: answer === undefined ? '' : `${labels.answer}: ${telling.answer(step.id, answer)}`,
          style: 'body',
        },
      ],
    });
  }
}

function statusOf({ status, notApplicable }: StepView, statuses: Readonly<Record<string, string>>): string {
  const name = notApplicable === true ? 'not_applicable' : status;
  return statuses[name] ?? name;
}
