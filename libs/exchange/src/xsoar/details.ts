/** What an XSOAR task says beside its work: due times, assignees, timers, error handling. */
import { isJsonObject, type JsonObject } from '@cordon/kernel';
import type { Draft, Written } from '../draft/draft.js';
import { listIn, objectIn, textIn } from '../draft/shapes.js';
import { code, valueText } from './conditions.js';
import type { Task } from './tasks.js';

const UNITS = [
  ['weeks', 10_080],
  ['days', 1440],
  ['hours', 60],
  ['minutes', 1],
] as const;
const MOST_ARGUMENTS = 20;
const MOST_MINUTES = 52_560_000;

/** `sla` as the due time from when the step becomes ready, `slareminder` as a reminder so long before it. */
export function dueOf(draft: Draft, { raw, pointer, key }: Task): Written {
  const { report } = draft;
  const within = minutesOf(raw.sla);
  const remind = minutesOf(raw.slareminder);
  if (within === 'unread') report.warning(`${pointer}/sla`, `the due time of task ${key} was not understood`);
  if (remind === 'unread')
    report.warning(`${pointer}/slareminder`, `the reminder of task ${key} was not understood`);
  if (typeof within !== 'number' || within === 0) return {};
  report.gather('note', 'a due time counts from when the step becomes ready', `${pointer}/sla`, key);
  const fits = typeof remind === 'number' && remind > 0 && remind < within;
  if (fits)
    report.gather('note', 'a reminder comes so long before the due time', `${pointer}/slareminder`, key);
  else if (typeof remind === 'number' && remind > 0) {
    report.warning(
      `${pointer}/slareminder`,
      `the reminder of task ${key} would come before the task: it was left out`,
    );
  }
  const due = { within: `PT${within}M`, from: 'ready', ...(fits ? { remind: [`PT${remind}M`] } : {}) };
  return { due };
}

function minutesOf(value: JsonObject[string] | undefined): number | 'unread' | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return 'unread';
  let minutes = 0;
  for (const [unit, factor] of UNITS) {
    const count = Object.hasOwn(value, unit) ? Number(valueText(value[unit]) ?? 0) : 0;
    if (!Number.isSafeInteger(count) || count < 0) return 'unread';
    minutes += count * factor;
  }
  return minutes > MOST_MINUTES ? 'unread' : minutes;
}

/** What the machine did here, for the person who does it now. */
export function automationOf({ raw, task, type }: Task): string | undefined {
  const script =
    textIn(task, 'scriptName') ??
    textIn(task, 'script')?.replace(/^([^|]*)\|\|\|/, (_, brand: string) =>
      brand === '' ? '' : `${brand} `,
    );
  if (type === 'playbook') {
    const name = textIn(task, 'playbookName') ?? textIn(task, 'playbookId');
    return `Run the playbook ${name === undefined ? 'of that name' : code(name)}${argumentsOf(raw)}`;
  }
  return script === undefined
    ? undefined
    : `In the original an automation did this: ${code(script)}${argumentsOf(raw)}`;
}

function argumentsOf(raw: JsonObject): string {
  const given = Object.entries(objectIn(raw, 'scriptarguments') ?? {}).flatMap(([name, value]) => {
    const text = valueText(value);
    return text === undefined ? [] : [`- ${code(name)}: ${code(text)}`];
  });
  if (given.length === 0) return '.';
  const more = given.length > MOST_ARGUMENTS ? [`- and ${given.length - MOST_ARGUMENTS} more`] : [];
  return `, given:\n\n${[...given.slice(0, MOST_ARGUMENTS), ...more].join('\n')}`;
}

/** A question by mail: to whom, and with what words. */
export function messageOf({ raw }: Task): string | undefined {
  const message = objectIn(raw, 'message');
  if (!message) return undefined;
  const lines = (['to', 'subject', 'body'] as const).flatMap((name) => {
    const text = valueText(message[name]);
    return text === undefined ? [] : [`- ${name}: ${text.replaceAll(/\s+/g, ' ')}`];
  });
  return lines.length === 0 ? undefined : `The original asked by message:\n\n${lines.join('\n')}`;
}

/** Findings for what a person should know and no step can hold. */
export function reportDetails(draft: Draft, parts: Task): void {
  const { report } = draft;
  const { raw, pointer, key } = parts;
  const assignee = valueText(objectIn(raw, 'defaultassigneecomplex')) ?? textIn(raw, 'defaultassignee');
  if (assignee !== undefined) {
    report.gather(
      'warning',
      'a default assignee is a person or a rule, and steps have roles: choose the role',
      `${pointer}/defaultassigneecomplex`,
      key,
    );
  }
  if (listIn(raw, 'timertriggers').length > 0) {
    report.gather(
      'warning',
      'timers are not started or stopped by steps here: use due times',
      `${pointer}/timertriggers`,
      key,
    );
  }
  if (raw.restrictedcompletion === true) {
    report.gather(
      'warning',
      'only the assignee could complete it; here everybody with the role can',
      pointer,
      key,
    );
  }
  if (raw.continueonerror === true) {
    report.gather(
      'note',
      'the flow went on when the automation failed; a person decides that now',
      `${pointer}/continueonerror`,
      key,
    );
  }
  if (raw.skipunavailable === true) {
    report.gather(
      'note',
      'it was passed over where its integration was missing; it is a step for everybody now',
      `${pointer}/skipunavailable`,
      key,
    );
  }
  if (listIn(raw, 'fieldMapping').length > 0) {
    const why = 'its result was written to fields of the incident; here a form with facts does that';
    report.gather('note', why, `${pointer}/fieldMapping`, key);
  }
  const evidence = objectIn(raw, 'evidencedata');
  if (evidence && Object.values(evidence).some((value) => valueText(value) !== undefined)) {
    report.gather(
      'note',
      'its result was marked as evidence; attach evidence by hand',
      `${pointer}/evidencedata`,
      key,
    );
  }
  reportAutomation(draft, parts);
}

function reportAutomation({ report }: Draft, { task, pointer, key, type }: Task): void {
  if (type !== 'playbook' && (textIn(task, 'scriptName') ?? textIn(task, 'script')) !== undefined) {
    report.gather(
      'note',
      'automations are manual steps that say what the automation was',
      `${pointer}/task`,
      key,
    );
  }
  if (type === 'playbook') {
    report.gather(
      'note',
      'sub-playbooks are manual steps; import them too, and use them with "playbook:"',
      `${pointer}/task`,
      key,
    );
  }
}

/** How often a sub-playbook was repeated. */
export function repetitionOf(draft: Draft, { raw, pointer, key }: Task): string | undefined {
  const loop = objectIn(raw, 'loop');
  if (!loop) return undefined;
  draft.report.gather(
    'warning',
    'the original repeated it by itself; the instructions say so',
    `${pointer}/loop`,
    key,
  );
  const max = textIn(loop, 'max');
  const until = textIn(loop, 'exitCondition');
  return [
    loop.forEach === true ? 'Do this for each of the inputs' : 'The original repeats this',
    until === undefined ? '' : ` until ${code(until)}`,
    max === undefined ? '' : `, at most ${max} times`,
    '.',
  ].join('');
}
