/** One step as written to the model. */
import type { z } from 'zod';
import type { Answer, Block, Due, Failed, Field, Guard, Step } from './model.js';
import type { Issue, Path } from './issue.js';
import * as schema from './schema.js';

export type StepKey = keyof typeof schema.steps;
export const STEP_KEYS = Object.keys(schema.steps) as StepKey[];

type Written = z.output<(typeof schema.steps)[StepKey]>;

/** What reading a step needs of the reader of blocks. */
interface Reader {
  readonly issues: Issue[];
  blocks(raw: readonly unknown[], path: Path): Block[];
}

/** The step, under the conditions of the groups that it stands in. */
export function stepOf(reader: Reader, parsed: Written, path: Path, conditions: readonly Guard[]): Step {
  const roles = parsed.roles ?? (parsed.role === undefined ? [] : [parsed.role]);
  if (parsed.role !== undefined && parsed.roles !== undefined) {
    reader.issues.push({ path, message: 'write "role" or "roles", not both' });
  }
  if (parsed.skip && parsed.optional !== undefined) {
    reader.issues.push({ path, message: 'write "optional" or "skip", not both' });
  }
  const base = stepBase(reader, parsed, roles, path, conditions);
  if ('task' in parsed) return { kind: 'task', id: parsed.task, ...base };
  if ('notice' in parsed) return { kind: 'notice', id: parsed.notice, to: parsed.to, ...base };
  if ('decision' in parsed)
    return {
      kind: 'decision',
      id: parsed.decision,
      ...base,
      answers: answersOf(reader, parsed.answers, path),
    };
  if ('approval' in parsed) return approvalOf(reader, parsed, base, path);
  if ('action' in parsed)
    return { kind: 'action', id: parsed.action, ...base, action: parsed.do, input: parsed.with ?? {} };
  const ends = {
    ...(parsed.for === undefined ? {} : { forMs: parsed.for }),
    ...(parsed.until ? { until: parsed.until } : {}),
  };
  return { kind: 'wait', id: parsed.wait, ...base, ...ends };
}

function approvalOf(
  reader: Reader,
  { approval: id, covers, facts, refused, count, oneOfEach }: z.output<typeof schema.steps.approval>,
  base: ReturnType<typeof stepBase>,
  path: Path,
): Step {
  if (oneOfEach && count !== undefined)
    reader.issues.push({ path, message: 'write "count" or "oneOfEach", not both' });
  const needed = oneOfEach ? { count: base.roles.length, oneOfEach: true as const } : { count: count ?? 1 };
  const back = refused && {
    refused: refused.repeat,
    ...(refused.max === undefined ? {} : { max: refused.max }),
  };
  return { kind: 'approval', id, ...base, ...needed, covers, facts: facts ?? [], ...back };
}

/** What steps of every kind have. */
function stepBase(
  reader: Reader,
  parsed: Written,
  roles: readonly string[],
  path: Path,
  conditions: readonly Guard[],
) {
  const when = allOf(parsed.when ? [...conditions, parsed.when] : conditions);
  const { skip, evidence, failed } = parsed;
  return {
    title: parsed.title,
    ...(parsed.instructions ? { instructions: parsed.instructions } : {}),
    roles,
    mandatory: parsed.optional !== true && !skip,
    ...(skip ? { skip: { roles: skip.roles, reasons: skip.reasons ?? [] } } : {}),
    ...(when ? { when } : {}),
    ...(parsed.due ? { due: dueOf(parsed.due) } : {}),
    form: (parsed.form ?? []).map(fieldOf),
    ...(parsed.move ? { move: parsed.move } : {}),
    ...(evidence
      ? { evidence: { min: evidence.min, ...(evidence.title ? { title: evidence.title } : {}) } }
      : {}),
    ...(parsed.keep ? { keep: true as const } : {}),
    ...(parsed.timeout === undefined ? {} : { timeoutMs: parsed.timeout }),
    ...(failed ? failedOf(reader, failed, [...path, 'failed']) : {}),
    ...(parsed.duty === undefined ? {} : { duty: parsed.duty }),
    ...(parsed.source === undefined ? {} : { source: parsed.source }),
  };
}

function allOf(guards: readonly Guard[]): Guard | undefined {
  return guards.length > 1 ? { all: guards } : guards[0];
}

function failedOf(
  reader: Reader,
  { repeat, max, then }: z.output<typeof schema.failed>,
  path: Path,
): { failed?: Failed } {
  if ((repeat === undefined) === (then === undefined)) {
    reader.issues.push({ path, message: 'write "repeat" or "then": where a failure of the step leads' });
    return {};
  }
  if (then) {
    if (max !== undefined) reader.issues.push({ path, message: '"max" belongs to "repeat"' });
    return { failed: { then: reader.blocks(then, [...path, 'then']) } };
  }
  return { failed: { repeat: repeat ?? '', ...(max === undefined ? {} : { max }) } };
}

function answersOf(
  reader: Reader,
  raw: z.output<typeof schema.steps.decision>['answers'],
  path: Path,
): Answer[] {
  return raw.map((answer, i) => {
    const at = [...path, 'answers', i];
    const { repeat, again, max, when, waives } = answer;
    if (answer.then && repeat !== undefined)
      reader.issues.push({ path: at, message: 'write "then" or "repeat", not both' });
    if (again && repeat !== undefined)
      reader.issues.push({ path: at, message: 'write "again" or "repeat", not both' });
    if (max !== undefined && !again && repeat === undefined)
      reader.issues.push({ path: at, message: '"max" belongs to "repeat" or "again"' });
    return {
      id: answer.id,
      title: answer.title,
      set: answer.set ?? {},
      then: answer.then ? reader.blocks(answer.then, [...at, 'then']) : [],
      ...(repeat === undefined ? {} : { repeat }),
      ...(again ? { again: true as const } : {}),
      ...(max === undefined ? {} : { max }),
      ...(when ? { when } : {}),
      ...(waives === undefined ? {} : { waives }),
    };
  });
}

function fieldOf({ id, type, title, required, options, fact }: z.output<typeof schema.field>): Field {
  return {
    id,
    type,
    title,
    required: required ?? false,
    options: options ?? [],
    ...(fact === undefined ? {} : { fact }),
  };
}

function dueOf(due: z.output<typeof schema.due>): Due {
  return {
    withinMs: due.within,
    from: due.from,
    ...(due.working ? { working: true as const } : {}),
    remindMs: due.remind ?? [],
    escalate: (due.escalate ?? []).map(({ after, to }) => ({ afterMs: after, to })),
  };
}
