/**
 * Case templates of TheHive 4 and 5, as exported to JSON. A group of tasks becomes a phase, in the order of its first
 * task. TheHive shows tasks in an order and enforces none, so the tasks of a group may be done in any order here too.
 */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import {
  Draft,
  DEFAULT_ROLE,
  MOST_STEPS,
  shortTitle,
  type ImportOptions,
  type Written,
} from '../draft/draft.js';
import { readJson } from '../draft/read-document.js';
import { Report } from '../draft/report.js';
import { grouped, listIn, textIn } from '../draft/shapes.js';
import type { ImportResult } from '../import-result.js';
import { addCustomFields } from './custom-fields.js';
import { addMarkings, severityOf } from './markings.js';

const KNOWN = [
  'name,displayName,titlePrefix,severity,tlp,pap,tags,description,tasks,customFields,summary,flag,metrics,status,tlpLabel,papLabel,severityLabel,extraData',
  '_id,_type,_createdBy,_createdAt,_updatedBy,_updatedAt,id,createdBy,createdAt,updatedBy,updatedAt,user,owner',
].flatMap((names) => names.split(','));

const KNOWN_OF_TASK = [
  'title,group,description,order,flag,mandatory,status,id,_id,_type,_createdBy,_createdAt,_updatedBy,_updatedAt',
  'createdBy,createdAt,updatedBy,updatedAt,startDate,endDate,extraData',
].flatMap((names) => names.split(','));

interface Task {
  readonly source: string;
  readonly pointer: string;
  readonly raw: JsonObject;
  readonly title: string;
  readonly group?: string;
  readonly order: number;
}

/**
 * A case template to a Cordon playbook. Never throws: what cannot be read is an error among the findings, and then there
 * is no source. Linear in the length of the text, but for sorting the tasks.
 */
export function importTheHive(text: string, options: ImportOptions = {}): ImportResult {
  const report = new Report();
  const document = readJson(text, report);
  const template = document === undefined ? undefined : templateOf(document, report);
  if (document === undefined || !template) return report.refused('thehive');
  const tasks = tasksOf(template.raw, template.pointer, report);
  if (tasks.length > MOST_STEPS) {
    const limit = `at most ${MOST_STEPS} are possible: split the template`;
    report.error(`${template.pointer}/tasks`, `the template has ${tasks.length} tasks; ${limit}`);
    return report.refused('thehive');
  }
  if (tasks.length === 0) {
    report.error(`${template.pointer}/tasks`, 'the template has no tasks: there is nothing to import');
    return report.refused('thehive');
  }
  const draft = new Draft('thehive', options, report);
  const { raw, pointer } = template;
  const groups = grouped(tasks, (task) => task.group);
  for (const group of groups.values()) draft.phases.push(phaseOf(draft, group));
  addCustomFields(draft, raw, `${pointer}/customFields`);
  addMarkings(draft, raw, pointer);
  reportTheRest(raw, pointer, report);
  const title = textIn(raw, 'displayName') ?? textIn(raw, 'name');
  if (title === undefined)
    report.warning(`${pointer}/name`, 'the template has no name: give the playbook a title');
  return draft.finish({
    title: shortTitle(title ?? 'Untitled case template').title,
    summary: [textIn(raw, 'description'), severityOf(raw, pointer, report), prefixOf(raw), tagsOf(raw)],
    comment: `Imported from a case template of TheHive.\nEach group of tasks is a phase; ${
      options.order === 'sequence'
        ? 'its tasks follow each other in their order there.'
        : 'its tasks may be done in any order, as there.'
    }`,
    document,
    inSource: tasks.length,
  });
}

/** The template itself, or the only one of a list. */
function templateOf(document: Json, report: Report): { raw: JsonObject; pointer: string } | undefined {
  if (isJsonObject(document)) return { raw: document, pointer: '' };
  const list = Array.isArray(document) ? (document as readonly Json[]) : [];
  const [only] = list;
  if (list.length === 1 && isJsonObject(only)) return { raw: only, pointer: '/0' };
  report.error(
    '',
    list.length > 1
      ? `the document holds ${list.length} templates: import them one by one`
      : 'a case template is a JSON object with a name and tasks',
  );
  return undefined;
}

function tasksOf(template: JsonObject, pointer: string, report: Report): readonly Task[] {
  const tasks = listIn(template, 'tasks').map((item, i): Task => {
    const at = `${pointer}/tasks/${i}`;
    const raw: JsonObject = isJsonObject(item) ? item : { title: typeof item === 'string' ? item : '' };
    if (!isJsonObject(item))
      report.warning(at, 'a task is an object with a title: this one was read as a title alone');
    const title = textIn(raw, 'title');
    if (title === undefined) report.warning(`${at}/title`, 'the task has no title: give the step one');
    const order = typeof raw.order === 'number' ? raw.order : Number.POSITIVE_INFINITY;
    const group = textIn(raw, 'group');
    // TheHive writes "default" where a task has no group.
    const within = group === undefined || group === 'default' ? {} : { group };
    return {
      source: `#${at}`,
      pointer: at,
      raw,
      title: title ?? `Untitled task ${i + 1}`,
      order,
      ...within,
    };
  });
  const orders = tasks.map((task) => task.order).filter(Number.isFinite);
  if (orders.length < tasks.length || new Set(orders).size < orders.length) {
    report.note(
      `${pointer}/tasks`,
      'not every task has an order of its own: the order of the file decides between them',
    );
  }
  return tasks.toSorted((a, b) => (a.order === b.order ? 0 : a.order - b.order));
}

function phaseOf(draft: Draft, tasks: readonly [Task, ...Task[]]): Written {
  const { report } = draft;
  const [{ group, pointer }] = tasks;
  const { title, rest } = shortTitle(group ?? 'Tasks');
  const id = draft.names.idFor(title, 'phase');
  if (group === undefined) {
    report.note(pointer, `the tasks without a group (${tasks.length}) have a phase of their own, "${id}"`);
  }
  const steps = tasks.map((task) => stepOf(draft, task));
  const [first, ...others] = steps;
  const free = draft.options.order !== 'sequence' && others.length > 0;
  if (free) {
    report.note(
      pointer,
      `the ${steps.length} tasks of "${title}" may be done in any order, as in TheHive; import with the order "sequence" to have them follow each other`,
    );
  }
  const blocks: Written[] = free
    ? [{ parallel: steps.map((step) => [step]), id: draft.names.idFor(`${id}-tasks`, 'tasks') }]
    : [...(first ? [first] : []), ...others];
  return {
    id,
    title: draft.text(title, pointer),
    ...(rest === undefined ? {} : { summary: draft.text(rest, pointer) }),
    steps: blocks,
  };
}

function stepOf(draft: Draft, { raw, source, pointer, title }: Task): Written {
  const { report } = draft;
  const { title: short, rest } = shortTitle(title);
  const id = draft.names.idFor(short, 'task');
  report.mapped(source, id);
  const flagged = raw.flag === true;
  if (flagged) report.gather('note', 'flagged tasks say so in their instructions', `${pointer}/flag`, id);
  if (raw.mandatory === false) {
    report.gather(
      'note',
      'tasks that are not mandatory may be skipped with a reason',
      `${pointer}/mandatory`,
      id,
    );
  }
  if (typeof raw.mandatory !== 'boolean') {
    report.gather('note', 'tasks that do not say whether they are mandatory are mandatory here', pointer, id);
  }
  for (const key of ['assignee', 'owner']) {
    if (textIn(raw, key) !== undefined) {
      const why = `people named as ${key} were not taken over: give the step a role`;
      report.gather('warning', why, `${pointer}/${key}`, id);
    }
  }
  for (const key of ['dueDate', 'endDate']) {
    if (raw[key] !== undefined && raw[key] !== null) {
      report.gather(
        'warning',
        'a date means one case only: give the step a due time',
        `${pointer}/${key}`,
        id,
      );
    }
  }
  if (raw.status !== undefined && raw.status !== 'Waiting') {
    report.gather(
      'note',
      'what had been done of a task is not kept: every step starts anew',
      `${pointer}/status`,
      id,
    );
  }
  const others = Object.keys(raw).filter(
    (key) => !KNOWN_OF_TASK.includes(key) && !['assignee', 'owner', 'dueDate'].includes(key),
  );
  for (const key of others)
    report.gather('note', `"${key}" of a task has no counterpart here; it is in origin`, pointer, id);
  return {
    task: id,
    title: draft.text(short, `${pointer}/title`),
    ...draft.instructions(
      [flagged ? '**Flagged as important in the original.**' : undefined, rest, textIn(raw, 'description')],
      `${pointer}/description`,
    ),
    role: DEFAULT_ROLE,
    ...(raw.mandatory === false ? { optional: true } : {}),
    source,
  };
}

function prefixOf(template: JsonObject): string | undefined {
  const prefix = textIn(template, 'titlePrefix');
  return prefix === undefined ? undefined : `Titles of incidents begin with: ${prefix}`;
}

function tagsOf(template: JsonObject): string | undefined {
  const tags = listIn(template, 'tags').filter((tag) => typeof tag === 'string');
  return tags.length === 0 ? undefined : `Tags: ${tags.join(', ')}`;
}

function reportTheRest(template: JsonObject, pointer: string, report: Report): void {
  for (const key of ['titlePrefix', 'tags'] as const) {
    if (textIn(template, key) !== undefined || listIn(template, key).length > 0) {
      report.note(
        `${pointer}/${key}`,
        `"${key}" stands in the summary: a playbook does not set it on its incidents`,
      );
    }
  }
  const { metrics } = template;
  if (isJsonObject(metrics) && Object.keys(metrics).length > 0) {
    report.warning(
      `${pointer}/metrics`,
      'metrics have no counterpart here: Cordon measures the steps themselves',
    );
  }
  if (template.flag === true)
    report.note(`${pointer}/flag`, 'the flag of the template has no counterpart here');
  for (const key of Object.keys(template).filter((name) => !KNOWN.includes(name))) {
    report.gather(
      'note',
      'members of the template have no counterpart here; they are in origin',
      pointer,
      key,
    );
  }
}
