/**
 * The history of a run as `execution-status` objects, the schema that accompanies CACAO for telling how its steps
 * went (cyentific-rni/workflow-status, schema/execution-status.json).
 */
import { Buffer } from 'node:buffer';
import type { JsonObject } from '@cordon/kernel';
import { nameUuid } from './uuid.js';

/** One time that a step was under way, as the history tells it. */
export interface StepRun {
  /** Stable and unique in the history, such as `INC-17/contain#2`: the id is made from it. */
  readonly key: string;
  /** The CACAO step, as in the exported document: `action--…`. */
  readonly workflowStep: string;
  readonly startedAt: number;
  /** Absent while it is under way. */
  readonly endedAt?: number;
  readonly outcome: 'completed' | 'skipped' | 'failed' | 'timed-out' | 'under-way';
  /** STIX identity or CACAO agent that did it. */
  readonly executedBy?: string;
  /** What was done, in words: the instructions as they stood, and the result. */
  readonly commands: readonly string[];
  readonly reason?: string;
  readonly notes?: string;
  /** Carried out by a machine. People carry out all but actions. */
  readonly automated?: boolean;
}

const STATUS = {
  completed: 'successfully_completed',
  skipped: 'exception_condition_invoked',
  failed: 'failed',
  'timed-out': 'timeout_error',
  'under-way': 'ongoing',
} as const satisfies Record<StepRun['outcome'], string>;

/** In the order given; the same runs give the same objects. A skip is an exception that somebody invoked, and says so. */
export function exportExecution(runs: readonly StepRun[]): readonly JsonObject[] {
  return runs.map((run) => {
    const { endedAt, executedBy, notes } = run;
    const text = run.outcome === 'skipped' ? `Left out: ${run.reason ?? 'no reason given'}` : run.reason;
    // The schema asks for at least one command.
    const commands = run.commands.length === 0 ? ['Carried out by a person'] : run.commands;
    return {
      type: 'execution-status',
      id: `execution-status--${nameUuid(`execution/${run.key}`)}`,
      workflow_step: run.workflowStep,
      start_time: new Date(run.startedAt).toISOString(),
      ...(endedAt === undefined ? {} : { duration: Math.max(0, endedAt - run.startedAt) }),
      status: STATUS[run.outcome],
      ...(text === undefined ? {} : { status_text: text }),
      ...(executedBy === undefined ? {} : { executed_by: executedBy }),
      command_b64: commands.map((command) => Buffer.from(command, 'utf8').toString('base64')),
      ...(notes === undefined ? {} : { notes }),
      automated_execution: run.automated ?? false,
    };
  });
}
