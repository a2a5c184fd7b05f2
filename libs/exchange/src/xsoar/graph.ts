/** What each step comes after, once starts and titles, which hold no work, have been taken out of the flow. */
import { invariant } from '@cordon/kernel';
import { grouped } from '../draft/shapes.js';
import { ERROR, NEXT, type Edge, type Task, type Tasks } from './tasks.js';

/** The end of a step that another waits for: an answer, a failure, or any end that is no failure. */
export interface End {
  readonly key: string;
  readonly label: string;
}

/** A step and what it waits for. */
export interface Node {
  readonly task: Task;
  /** Empty for a step that starts at once. */
  readonly after: readonly End[];
  /** It runs in any case once all of `after` have ended, because the start leads to it too. */
  readonly always: boolean;
  /** The title that it stands under, when all ways to it pass the same one last. */
  readonly section?: string;
}

interface Arrival {
  readonly ends: Map<string, End>;
  always: boolean;
  section: string | undefined;
}

/** Ends that are written out; titles joined in a row could multiply them. */
const MOST_ENDS = 5000;

/** The steps in an order that follows the edges, which have no circles. Undefined when there would be too many ends to write. */
export function stepsOf(
  tasks: Tasks,
  flow: {
    readonly nodes: readonly string[];
    readonly edges: readonly Edge[];
    readonly entries: readonly string[];
  },
  answersOf: (task: Task) => readonly string[],
): readonly Node[] | undefined {
  const inside = new Set(flow.nodes);
  const into = grouped(
    flow.edges.filter((edge) => inside.has(edge.from) && inside.has(edge.to)),
    (edge) => edge.to,
  );
  const arrivals = new Map<string, Arrival>();
  const sure = new Set<string>();
  const steps: Node[] = [];
  let ends = 0;
  for (const key of inOrder(flow.nodes, into)) {
    const task = tasks.get(key);
    invariant(task, 'a flow holds tasks of the playbook');
    const arrival = arrivalAt(tasks, into.get(key) ?? [], arrivals, flow.entries.includes(key));
    if (task.isStructure) {
      arrivals.set(key, task.name === '' ? arrival : { ...arrival, section: task.name });
      ends += arrival.ends.size;
    } else {
      const after = joined(tasks, [...arrival.ends.values()], answersOf);
      const follows = after.some((end) => end.label === NEXT && sure.has(end.key));
      if ((arrival.always || follows) && !task.edges.some((edge) => edge.label === ERROR)) sure.add(key);
      const { section } = arrival;
      const always = arrival.always && after.length > 0 && !follows;
      steps.push({ task, after, always, ...(section === undefined ? {} : { section }) });
      arrivals.set(key, { ends: new Map(), always: false, section });
      ends += after.length;
    }
    if (ends > MOST_ENDS) return undefined;
  }
  return steps;
}

function arrivalAt(
  tasks: Tasks,
  edges: readonly Edge[],
  arrivals: ReadonlyMap<string, Arrival>,
  isEntry: boolean,
): Arrival {
  const ends = new Map<string, End>();
  let always = isEntry;
  const sections = new Set<string | undefined>(isEntry ? [undefined] : []);
  for (const { from, label } of edges) {
    const before = arrivals.get(from);
    invariant(before, 'what comes before was seen before');
    sections.add(before.section);
    if (tasks.get(from)?.isStructure) {
      for (const [name, end] of before.ends) ends.set(name, end);
      always ||= before.always;
    } else {
      const kept = label === ERROR || tasks.get(from)?.isCondition ? label : NEXT;
      ends.set(JSON.stringify([from, kept]), { key: from, label: kept });
    }
  }
  const [section] = sections;
  return { ends, always, section: sections.size === 1 ? section : undefined };
}

/** Every answer of a condition together is its end, whatever the answer. */
function joined(
  tasks: Tasks,
  ends: readonly End[],
  answersOf: (task: Task) => readonly string[],
): readonly End[] {
  return [...grouped(ends, (end) => end.key)].flatMap(([key, own]): readonly End[] => {
    const task = tasks.get(key);
    const failed = own.filter((end) => end.label === ERROR);
    const others = own.filter((end) => end.label !== ERROR);
    const labels = others.map((end) => end.label);
    const whole =
      labels.includes(NEXT) ||
      (task && others.length > 0 && answersOf(task).every((label) => labels.includes(label)));
    return whole ? [{ key, label: NEXT }, ...failed] : own;
  });
}

/** The order of the file, but for what has to come before. */
function inOrder(nodes: readonly string[], into: ReadonlyMap<string, readonly Edge[]>): readonly string[] {
  const missing = new Map(nodes.map((key) => [key, new Set((into.get(key) ?? []).map((edge) => edge.from))]));
  const out = new Map<string, string[]>();
  for (const [key, before] of missing)
    for (const from of before) out.set(from, [...(out.get(from) ?? []), key]);
  const left = nodes.filter((key) => missing.get(key)?.size === 0);
  const ordered: string[] = [];
  for (let key = left.shift(); key !== undefined; key = left.shift()) {
    ordered.push(key);
    for (const to of out.get(key) ?? []) {
      const before = missing.get(to);
      before?.delete(key);
      if (before?.size === 0) left.push(to);
    }
  }
  invariant(ordered.length === nodes.length, 'a flow without circles has an order');
  return ordered;
}
