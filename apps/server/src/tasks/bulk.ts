import { createHash } from 'node:crypto';
import type { BulkTasks, Problem } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { OperationalError } from '@cordon/kernel';
import { idOfRef, type Cordon } from '@cordon/runtime';
import { defined } from '../http/defined.js';
import { problemBody } from '../http/problem-body.js';
import { problemOf } from '../http/problem-of.js';
import { refusalProblem, unknownIncident } from '../http/refusal-problem.js';
import type { RequestContext } from '../http/request-context.js';

export interface BulkResult {
  readonly id: string;
  readonly ok: boolean;
  readonly revision?: number;
  readonly problem?: Problem;
}

/**
 * Submits one event for each task, each through the one door under a key of its own, so that repeating the whole
 * request repeats nothing. All at once: the door takes those of one incident in order and the others together.
 */
export function submitEach(
  cordon: Cordon,
  { ids, type, data }: BulkTasks,
  key: string,
  actor: Actor,
  { id: requestId, language }: RequestContext,
): Promise<BulkResult[]> {
  const submit = async (task: string): Promise<BulkResult> => {
    const slash = task.indexOf('/');
    const id = idOfRef(task.slice(0, slash));
    const refused = (error: Parameters<typeof problemBody>[0]): BulkResult => ({
      id: task,
      ok: false,
      problem: problemBody(error, requestId, language),
    });
    if (id === undefined) return refused(unknownIncident());
    const command = defined({ key: keyFor(key, task), type, step: task.slice(slash + 1), data });
    try {
      const answer = await cordon.submitEvent(id, command, actor, language);
      return answer.ok
        ? { id: task, ok: true, revision: answer.value.revision }
        : refused(refusalProblem(answer.refusal));
    } catch (error) {
      // One that could not be served now does not hide what became of the others.
      if (error instanceof OperationalError) return refused(problemOf(error));
      throw error;
    }
  };
  return Promise.all(ids.map(submit));
}

/** A key has a length limit and a task's id may be long: their hash is short. */
function keyFor(key: string, task: string): string {
  return `bulk-${createHash('sha256').update(`${key}\n${task}`).digest('hex')}`;
}
