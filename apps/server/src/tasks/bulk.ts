import type { BulkTasks, HandOver, Language, Problem } from '@cordon/contracts';
import { invariant } from '@cordon/kernel';
import {
  idOfRef,
  refOf,
  type ActLineView,
  type Answer,
  type HandOverCommand,
  type ManyCommand,
} from '@cordon/runtime';
import { defined } from '../http/defined.js';
import { problemBody } from '../http/problem-body.js';
import { openedOf, refusalProblem } from '../http/refusal-problem.js';

export interface BulkResult {
  readonly id: string;
  readonly ok: boolean;
  readonly to?: string;
  readonly revision?: number;
  readonly warnings?: readonly object[];
  readonly problem?: Problem;
}

/** The request in the terms of the use case. */
export function manyOf({ ids, type, data }: BulkTasks, key: string): ManyCommand {
  return defined({ key, tasks: ids.map(taskOf), type, data });
}

function taskOf(task: string): ManyCommand['tasks'][number] {
  const slash = task.indexOf('/');
  const id = idOfRef(task.slice(0, slash));
  invariant(id !== undefined, 'the contract lets only ids of tasks in');
  return { id, step: task.slice(slash + 1) };
}

export function handOverOf({ from, to, note }: HandOver, key: string): HandOverCommand {
  const receivers = typeof to === 'string' ? [{ person: to }] : to.map((one) => defined(one));
  return defined({ key, from, to: receivers, note });
}

/** One line a task, each refusal with its problem. A refusal of the whole is thrown. */
export function resultsOf(
  answer: Answer<readonly ActLineView[]>,
  requestId: string,
  language: Language,
): readonly BulkResult[] {
  return openedOf(answer).map((line): BulkResult => {
    const { task: id, to } = line;
    const about = to === undefined ? { id } : { id, to };
    if (!line.ok) {
      const problem = problemBody(refusalProblem(line.refusal), requestId, language);
      return { ...about, ok: false, problem };
    }
    const { revision, warnings } = line;
    return { ...about, ok: true, revision, ...(warnings ? { warnings } : {}) };
  });
}

/** The ids as they were sent, where the use case answers with their usual form, in the same order. */
export function asSent(results: readonly BulkResult[], ids: readonly string[]): readonly BulkResult[] {
  return results.map((result, i) => {
    const sent = ids[i] ?? result.id;
    const { id, step } = taskOf(sent);
    invariant(`${refOf(id)}/${step}` === result.id, 'the lines come in the order of the tasks');
    return { ...result, id: sent };
  });
}
