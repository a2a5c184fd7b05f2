/** The tasks of an XSOAR playbook as a graph, before anything is decided about them. */
import { escapePointer, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { Report } from '../draft/report.js';
import { grouped, listIn, objectIn, textIn } from '../draft/shapes.js';

/** Where a task leads when nothing else is said, when no label fits, and when it fails. */
export const NEXT = '#none#';
export const DEFAULT = '#default#';
export const ERROR = '#error#';

/** Types that group the display and hold no work. */
const STRUCTURE = ['start', 'title', 'section'];
const TYPES = [...STRUCTURE, 'regular', 'standard', 'playbook', 'condition', 'collection'];

/** A way from one task to another, under its label. */
export interface Edge {
  readonly from: string;
  readonly label: string;
  readonly to: string;
}

/** An entry of `tasks`. */
export interface Task {
  /** Its name among the tasks. */
  readonly key: string;
  readonly pointer: string;
  readonly type: string;
  readonly isStructure: boolean;
  /** The task is a condition: its labels are answers. */
  readonly isCondition: boolean;
  readonly name: string;
  /** The entry, and what it says of the task itself. */
  readonly raw: JsonObject;
  readonly task: JsonObject;
  readonly edges: readonly Edge[];
}

/** By key, in the order of the file. */
export type Tasks = ReadonlyMap<string, Task>;

/** Every entry of `tasks`, in the order of the file. One that is no task becomes a manual step that says so. */
export function tasksOf(playbook: JsonObject, report: Report): Tasks {
  const entries = Object.entries(objectIn(playbook, 'tasks') ?? {});
  const keys = new Set(entries.map(([key]) => key));
  return new Map(entries.map(([key, value]) => [key, taskOf(key, value, keys, report)]));
}

function taskOf(key: string, value: Json, keys: ReadonlySet<string>, report: Report): Task {
  const pointer = `/tasks/${escapePointer(key)}`;
  if (!isJsonObject(value))
    report.warning(pointer, `the task ${key} is no object: it became a manual step without content`);
  const raw: JsonObject = isJsonObject(value) ? value : {};
  const task = objectIn(raw, 'task') ?? {};
  const written = textIn(raw, 'type') ?? textIn(task, 'type') ?? 'regular';
  const type = TYPES.includes(written) ? written : 'regular';
  if (type !== written) {
    report.warning(
      `${pointer}/type`,
      `the task ${key} is of a type that is not known: it became a manual step`,
    );
  }
  const name = textIn(task, 'name');
  const isStructure = STRUCTURE.includes(type);
  const ways = edgesOf(key, raw, pointer, keys, report);
  const edges = isStructure ? ways.filter((edge) => edge.label !== ERROR) : ways;
  if (edges.length < ways.length) {
    report.warning(
      `${pointer}/nexttasks`,
      `the ${type} ${key} holds no work, so it cannot fail: where a failure leads was left out`,
    );
  }
  if (type !== 'condition' && edges.some(({ label }) => ![NEXT, DEFAULT, ERROR].includes(label))) {
    report.warning(
      `${pointer}/nexttasks`,
      `the task ${key} has labels but is no condition: all of them are followed`,
    );
  }
  if (name === undefined && !isStructure) {
    report.warning(`${pointer}/task/name`, `the task ${key} has no name: give the step a title`);
  }
  return {
    key,
    pointer,
    type,
    isStructure,
    isCondition: type === 'condition',
    name: name ?? (isStructure ? '' : `Task ${key}`),
    raw,
    task,
    edges,
  };
}

function edgesOf(
  from: string,
  raw: JsonObject,
  pointer: string,
  keys: ReadonlySet<string>,
  report: Report,
): readonly Edge[] {
  const next = Object.entries(objectIn(raw, 'nexttasks') ?? {});
  return next.flatMap(([label, value]) => {
    const targets = Array.isArray(value) ? (value as readonly Json[]) : [value];
    const names = [...new Set(targets.map((to) => (typeof to === 'number' ? String(to) : to)))];
    return names.flatMap((to): readonly Edge[] => {
      if (typeof to === 'string' && keys.has(to)) return [{ from, label, to }];
      const where = `${pointer}/nexttasks/${escapePointer(label)}`;
      report.warning(
        where,
        `the task ${from} leads to a task that does not exist: nothing comes after it there`,
      );
      return [];
    });
  });
}

/** Where the flow begins: what `starttaskid` names, or the start, or what nothing leads to. */
export function entriesOf(playbook: JsonObject, tasks: Tasks, report: Report): readonly string[] {
  const named = textIn(playbook, 'starttaskid');
  if (named !== undefined && tasks.has(named)) return [named];
  const led = new Set([...tasks.values()].flatMap((task) => task.edges.map((edge) => edge.to)));
  const starts = [...tasks.values()].filter((task) => task.type === 'start');
  const heads = [...tasks.values()].filter((task) => !led.has(task.key));
  const chosen = (starts.length > 0 ? starts : heads).map((task) => task.key);
  const [first] = tasks.keys();
  const entries = chosen.length > 0 ? chosen : first === undefined ? [] : [first];
  report.warning(
    '/starttaskid',
    `the start is not named by "starttaskid": it begins with ${entries.join(', ')}`,
  );
  return entries;
}

/** What can be reached from the entries over the edges, in the order of the file. */
export function reachable(
  entries: readonly string[],
  edges: readonly Edge[],
  order: Iterable<string>,
): readonly string[] {
  const out = grouped(edges, (edge) => edge.from);
  const seen = new Set(entries);
  const left = [...entries];
  for (let key = left.pop(); key !== undefined; key = left.pop()) {
    for (const { to } of out.get(key) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      left.push(to);
    }
  }
  return [...order].filter((key) => seen.has(key));
}

/** Labels of a condition in the order in which they are offered: those of its conditions, its replies, its ways on. */
export function labelsOf({ raw }: Task): readonly string[] {
  const conditions = listIn(raw, 'conditions').flatMap((item) =>
    isJsonObject(item) ? (textIn(item, 'label') ?? []) : [],
  );
  const replies = listIn(objectIn(raw, 'message') ?? {}, 'replyOptions').flatMap((item) =>
    typeof item === 'string' && item.trim() !== '' ? item.replace(/#[^#]*$/, '').trim() || item.trim() : [],
  );
  const ways = Object.keys(objectIn(raw, 'nexttasks') ?? {});
  const led = ways.filter((label) => label !== NEXT && label !== ERROR && label.trim() !== '');
  const labels = [...new Set([...conditions, ...replies, ...led])];
  return [...labels.filter((label) => label !== DEFAULT), ...labels.filter((label) => label === DEFAULT)];
}
