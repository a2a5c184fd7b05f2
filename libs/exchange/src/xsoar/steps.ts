/** One XSOAR task as a step. */
import type { Json } from '@cordon/kernel';
import { shortTitle, type Draft, type Written } from '../draft/draft.js';
import { Names } from '../draft/names.js';
import { textIn } from '../draft/shapes.js';
import { conditionLines } from './conditions.js';
import { automationOf, dueOf, messageOf, repetitionOf, reportDetails } from './details.js';
import { formOf } from './form.js';
import { DEFAULT, labelsOf, type Task } from './tasks.js';

/** Stands for "otherwise" where the original has no such label. */
const OTHERWISE = '#otherwise#';

interface Placed {
  readonly id: string;
  readonly task: Task;
  readonly section?: string;
  /** Answers that come round, by label, with what is done before the decision is asked again. */
  readonly rounds?: ReadonlyMap<string, readonly Json[]>;
}

/** The labels that become answers: at least two, or none where the task is no decision. */
export function answersOf(task: Task): readonly string[] {
  if (!task.isCondition) return [];
  const labels = labelsOf(task);
  return labels.length === 1 ? [...labels, OTHERWISE] : labels;
}

/** Ids of the answers of a condition, by label; the same each time. */
export function answerIds(task: Task): ReadonlyMap<string, string> {
  const names = new Names();
  return new Map(
    answersOf(task).map((label) => [
      label,
      names.idFor(label === DEFAULT ? 'none of these' : label === OTHERWISE ? 'otherwise' : label, 'answer'),
    ]),
  );
}

/** The task with its findings; a decision where it has answers, else a task. */
export function stepOf(
  draft: Draft,
  roles: readonly string[],
  { id, task, section, rounds }: Placed,
): Written {
  const { title, rest } = shortTitle(task.name);
  reportDetails(draft, task);
  const form = formOf(draft, task);
  const lines = conditionLines(task.raw);
  const words = draft.instructions(
    [
      rest,
      textIn(task.task, 'description'),
      ...form.words,
      messageOf(task),
      lines.length > 0 ? `The original decided this by itself:\n\n${lines.join('\n')}` : undefined,
      automationOf(task),
      repetitionOf(draft, task),
      section === undefined ? undefined : `Section in the original: ${section}`,
    ],
    task.pointer,
  );
  const [only] = roles;
  const common: Written = {
    title: draft.text(title, task.pointer),
    ...words,
    ...(roles.length === 1 && only !== undefined ? { role: only } : { roles }),
    ...dueOf(draft, task),
    ...(form.fields.length > 0 ? { form: form.fields } : {}),
    source: `#${task.pointer}`,
  };
  const answers = answersOf(task);
  if (task.isCondition && answers.length === 0) {
    draft.report.warning(
      task.pointer,
      `the condition ${task.key} has no labels: it is a task, not a decision`,
    );
  }
  return answers.length === 0
    ? { task: id, ...common }
    : { decision: id, ...common, answers: writtenAnswers(draft, id, task, rounds) };
}

function writtenAnswers(draft: Draft, id: string, task: Task, rounds: Placed['rounds']): readonly Json[] {
  const { report } = draft;
  report.gather(
    'note',
    'conditions are decided by people; the question holds what the original compared',
    task.pointer,
    task.key,
  );
  return [...answerIds(task)].map(([label, answer]) => {
    if (label === OTHERWISE) {
      report.gather(
        'warning',
        'a condition with a single label got a second answer, after which nothing comes',
        task.pointer,
        task.key,
      );
    }
    const body = rounds?.get(label);
    draft.names.take(`${id}-if-${answer}`);
    return {
      id: answer,
      title: draft.text(answerTitle(label), task.pointer),
      ...(body && body.length > 0 ? { then: body } : {}),
      ...(body ? { again: true } : {}),
    };
  });
}

/** Beside a lone label stands "Something else": beside a lone default, "None of these" could not be told from it. */
function answerTitle(label: string): string {
  if (label === OTHERWISE) return 'Something else';
  return label === DEFAULT ? 'None of these' : shortTitle(label).title;
}
