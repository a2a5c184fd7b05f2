/**
 * Playbooks of Cortex XSOAR, as exported to YAML. The tasks become one phase: a sequence where they stand in a row, else
 * a graph in which each step comes after the same ones as there. XSOAR starts a task once all that lead to it and were
 * not passed over have ended; so does a graph.
 */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { DEFAULT_ROLE, Draft, shortTitle, type ImportOptions, type Written } from '../draft/draft.js';
import { readYaml } from '../draft/read-document.js';
import { Report } from '../draft/report.js';
import { listIn, textIn } from '../draft/shapes.js';
import type { ImportResult } from '../import-result.js';
import { stepsOf, type End, type Node } from './graph.js';
import { unroll, type Loop, type Unrolled } from './loops.js';
import { answerIds, answersOf, stepOf } from './steps.js';
import { entriesOf, ERROR, NEXT, tasksOf, type Edge, type Task, type Tasks } from './tasks.js';

/** Tasks and edges beyond these are refused before anything is made of them. */
const MOST_TASKS = 1000;
const MOST_EDGES = 5000;

interface Flow {
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
  readonly entries: readonly string[];
}

/**
 * A playbook of XSOAR to a Cordon playbook. Never throws: what cannot be read, or is a circle that no decision could
 * take, is an error among the findings, and then there is no source. O(tasks × edges) at worst.
 */
export function importXsoar(text: string, options: ImportOptions = {}): ImportResult {
  const report = new Report();
  const document = readYaml(text, report);
  if (document === undefined) return report.refused('xsoar');
  if (!isJsonObject(document) || !isJsonObject(document.tasks)) {
    report.error('/tasks', 'a playbook of XSOAR is a map with "tasks"');
    return report.refused('xsoar');
  }
  const tasks = tasksOf(document, report);
  const edges = [...tasks.values()].flatMap((task) => task.edges);
  if (tasks.size > MOST_TASKS || edges.length > MOST_EDGES) {
    const limit = `at most ${MOST_TASKS} and ${MOST_EDGES} are read: split it`;
    report.error(
      '/tasks',
      `the playbook has ${tasks.size} tasks and ${edges.length} ways between them; ${limit}`,
    );
    return report.refused('xsoar');
  }
  return new Importer(new Draft('xsoar', options, report), document, tasks).run();
}

class Importer {
  readonly #roles: readonly string[];
  readonly #used = new Set<string>();
  readonly #answers = new Map<string, ReadonlyMap<string, string>>();

  constructor(
    readonly draft: Draft,
    readonly document: JsonObject,
    readonly tasks: Tasks,
  ) {
    const named = listIn(document, 'rolename').flatMap((name) =>
      typeof name === 'string' && name.trim() !== '' ? [name.trim()] : [],
    );
    this.#roles = [...new Set([DEFAULT_ROLE, ...named.map((name) => draft.role(name, '/rolename'))])];
    if (named.length > 0) draft.report.note('/rolename', 'the roles of the playbook may do every step of it');
  }

  run(): ImportResult {
    const { draft, tasks, document } = this;
    const { report } = draft;
    const entries = entriesOf(document, tasks, report);
    const unrolled = unroll(tasks, entries);
    for (const circle of unrolled.refused) {
      report.error(
        tasks.get(circle[0] ?? '')?.pointer ?? '/tasks',
        `the tasks ${circle.join(', ')} go round in a circle that more than one task leaves, or no condition: let one condition at its end say whether to go round again`,
      );
    }
    const again = [...unrolled.loops.values()].flatMap((loop) => loop.rounds.flatMap((round) => round.body));
    if (again.length > MOST_TASKS) {
      report.error(
        '/tasks',
        `the circles of the playbook would repeat ${again.length} tasks: take some of them apart`,
      );
    }
    if (report.failed) return report.refused('xsoar');
    const title = textIn(document, 'name') ?? textIn(document, 'id');
    if (title === undefined) report.warning('/name', 'the playbook has no name: give it a title');
    const name = shortTitle(title ?? 'Untitled playbook').title;
    const phase = draft.names.idFor('playbook steps', 'phase');
    const steps = this.#blocks({ ...unrolled, entries }, unrolled, 'response');
    this.#reportUnreachable();
    this.#reportTheRest();
    if (steps.length === 0 && !report.failed)
      report.error('/tasks', 'the flow comes to no task that holds work');
    draft.phases.push({ id: phase, title: draft.text(name, '/name'), steps });
    const version = textIn(document, 'version');
    return draft.finish({
      title: name,
      summary: [textIn(document, 'description')],
      ...(version === undefined || version === '-1' ? {} : { version }),
      comment:
        'Imported from a playbook of Cortex XSOAR.\nEvery automation is a manual step, every condition a decision of a person.',
      document,
      inSource: tasks.size,
    });
  }

  /** The blocks of a flow without circles: steps in a row, or one graph. */
  #blocks(flow: Flow, unrolled: Unrolled, kind: string): readonly Json[] {
    const { report, names } = this.draft;
    const nodes = stepsOf(this.tasks, flow, (task) => this.#onward(task, unrolled));
    if (!nodes) {
      report.error(
        '/tasks',
        'titles in a row join too many tasks with too many others: take some of the titles out',
      );
      return [];
    }
    for (const key of flow.nodes) {
      const task = this.tasks.get(key);
      if (task?.isStructure && !this.#used.has(key)) {
        this.#used.add(key);
        report.mapped(`#${task.pointer}`);
      }
    }
    const ids = new Map(
      nodes.map(({ task }) => [task.key, names.idFor(shortTitle(task.name).title, 'task')]),
    );
    const written = nodes.map((node) => this.#written(node, ids.get(node.task.key) ?? '', unrolled));
    if (nodes.every(({ after, always }, i) => !always && isNext(after, nodes[i - 1]?.task.key)))
      return written;
    const begin = nodes.some((node) => node.always) ? names.idFor('begin', 'task') : undefined;
    const ends = nodes.map((node) => this.#ends(node, ids, begin));
    const steps = written.map((step, i) => {
      const after = ends[i] ?? [];
      return after.length > 0 ? { ...step, after } : step;
    });
    return [
      {
        graph: names.idFor(kind, 'graph'),
        steps: begin === undefined ? steps : [this.#beginning(begin), ...steps],
      },
    ];
  }

  #written({ task, section }: Node, id: string, unrolled: Unrolled): Written {
    const { report } = this.draft;
    const repeated = this.#used.has(task.key);
    this.#used.add(task.key);
    report.mapped(`#${task.pointer}`, id);
    if (repeated)
      report.gather(
        'note',
        'what a loop does again stands in it a second time',
        task.pointer,
        `${task.key} (${id})`,
      );
    const loop = unrolled.loops.get(task.key);
    const rounds = loop && this.#rounds(loop, task, unrolled);
    return stepOf(this.draft, this.#roles, {
      id,
      task,
      ...(section === undefined ? {} : { section }),
      ...(rounds ? { rounds } : {}),
    });
  }

  #rounds(loop: Loop, task: Task, unrolled: Unrolled): ReadonlyMap<string, readonly Json[]> {
    const circle = [task.key, ...new Set(loop.rounds.flatMap((round) => round.body))];
    this.draft.report.warning(
      task.pointer,
      `the tasks ${circle.join(', ')} go round in a circle: whoever decides task ${task.key} says whether to go round again`,
    );
    const edges = [...this.tasks.values()].flatMap((one) => one.edges);
    return new Map(
      loop.rounds.map(({ label, body, entries }) => {
        const within = edges.filter((edge) => body.includes(edge.from) && body.includes(edge.to));
        return [
          label,
          body.length === 0
            ? []
            : this.#blocks({ nodes: body, edges: within, entries }, unrolled, 'once more'),
        ];
      }),
    );
  }

  /** Answers after which the flow goes on. */
  #onward(task: Task, unrolled: Unrolled): readonly string[] {
    const rounds = unrolled.loops.get(task.key)?.rounds ?? [];
    return answersOf(task).filter((label) => !rounds.some((round) => round.label === label));
  }

  #ends(
    { after, always }: Node,
    ids: ReadonlyMap<string, string>,
    begin: string | undefined,
  ): readonly Json[] {
    const written = after.map(({ key, label }: End): Json => {
      const step = ids.get(key) ?? '';
      if (label === NEXT) return step;
      if (label === ERROR) return { step, outcome: 'failed' };
      return { step, answer: this.#answersOf(key).get(label) ?? '' };
    });
    return always && begin !== undefined ? [begin, ...written] : written;
  }

  #answersOf(key: string): ReadonlyMap<string, string> {
    const task = this.tasks.get(key);
    const ids = this.#answers.get(key) ?? (task ? answerIds(task) : new Map<string, string>());
    this.#answers.set(key, ids);
    return ids;
  }

  /** Where the start leads to a step that waits for others too: done from the start, so that the step is never passed over. */
  #beginning(id: string): Written {
    const { draft } = this;
    draft.report.note(
      '/starttaskid',
      `the start is a step of its own, "${id}": steps that also wait for others come after it`,
    );
    return {
      task: id,
      title: draft.text('Begin', ''),
      instructions: draft.text('Complete this step to begin. The steps after it also wait for others.', ''),
      role: DEFAULT_ROLE,
    };
  }

  #reportUnreachable(): void {
    for (const [key, { pointer, name }] of this.tasks) {
      if (this.#used.has(key)) continue;
      const called = name === '' ? '' : ` (${shortTitle(name).title})`;
      this.draft.report.unreachable(
        `#${pointer}`,
        pointer,
        `nothing leads to task ${key}${called}: it was left out`,
      );
    }
  }

  #reportTheRest(): void {
    const { report } = this.draft;
    const { inputs, outputs } = this.document;
    if (Array.isArray(inputs) && inputs.length > 0) {
      report.note(
        '/inputs',
        `the ${inputs.length} inputs of the playbook are only in origin: steps that use one say so`,
      );
    }
    if (Array.isArray(outputs) && outputs.length > 0) {
      report.note('/outputs', `the ${outputs.length} outputs of the playbook are only in origin`);
    }
    if (this.document.deprecated === true)
      report.warning('/deprecated', 'the original is marked as deprecated');
    const titles = [...this.tasks.values()].filter((task) => task.isStructure && task.name !== '');
    for (const { pointer, key } of titles) {
      report.gather(
        'note',
        'titles and sections are named in the instructions of what stands under them',
        pointer,
        key,
      );
    }
  }
}

function isNext(after: readonly End[], before: string | undefined): boolean {
  if (before === undefined) return after.length === 0;
  return after.length === 1 && after[0]?.key === before && after[0].label === NEXT;
}
