/** One replay under way: what the driver's parts share. */
import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '@cordon/kernel';
import { ApiError } from '../api/problem.js';
import type { Crew, Member } from './crew.js';
import type { FactBook } from './fact-book.js';
import { isStep, ofStep, type PlaybookHints } from './playbook-hints.js';
import type { Scenario } from './scenario.js';

export interface Run {
  readonly scenario: Scenario;
  readonly crew: Crew;
  readonly ref: string;
  readonly hints: PlaybookHints;
  readonly facts: FactBook;
  /** The incident's facts as last read. */
  factsNow: Readonly<Record<string, Json>>;
  readonly clock: () => number;
  /** How long an action may take before a person completes it by hand. */
  readonly actionPatienceMs: number;
  /** Who did which step, for choosing an approver who did not. */
  readonly doneBy: Map<string, Set<Member>>;
  /** How often a decision was answered. */
  readonly answered: Map<string, number>;
  /** When an action was first seen under way. */
  readonly underWaySince: Map<string, number>;
  /** Systems that were found later and have been added, or refused. */
  readonly added: Set<string>;
  /** Why the last try at a step failed; forgotten when it succeeds. */
  readonly refusals: Map<string, string>;
  /** Refusals of the server that the replay met, races included. */
  refused: number;
}

/** `refused`: the server said no; why is in the error. Faults, as opposed to refusals, are thrown. */
export type Answer = 'accepted' | ApiError;

/** Sends one event with a key of its own. A refusal (403, 409, 412, 422) is answered, anything else thrown. */
export async function send(run: Run, member: Member, event: JsonObject): Promise<Answer> {
  try {
    await member.api.post<Json>(`/incidents/${run.ref}/events`, event, randomUUID());
    return 'accepted';
  } catch (error) {
    if (!(error instanceof ApiError) || ![403, 409, 412, 422].includes(error.status)) throw error;
    run.refused += 1;
    return error;
  }
}

/** Lets one after the other try until one is not refused for being who they are. Answers the last refusal otherwise. */
export async function sendByOneOf(
  run: Run,
  members: readonly Member[],
  event: JsonObject,
): Promise<{ readonly answer: Answer; readonly member?: Member }> {
  let answer: Answer | undefined;
  for (const member of members) {
    answer = await send(run, member, event);
    if (answer === 'accepted') return { answer, member };
    if (!isPersonal(answer)) break;
  }
  return { answer: answer ?? new ApiError(403, 'forbidden', 'There is nobody to do it.') };
}

/** Approvers, those who did none of the covered work first. */
export function approversFor(run: Run, stepId: string, roles: readonly string[]): Member[] {
  const covered = ofStep(run.hints.covers, stepId) ?? [];
  const busy = new Set(run.doneBy.get(stepId));
  for (const [done, members] of run.doneBy) {
    if (covered.some((id) => isStep(done, id))) members.forEach((member) => busy.add(member));
  }
  const all = run.crew.whoMay(roles);
  return [...all.filter((member) => !busy.has(member)), ...all.filter((member) => busy.has(member))];
}

export function remember(run: Run, stepId: string, member: Member): void {
  run.refusals.delete(stepId);
  run.doneBy.set(stepId, (run.doneBy.get(stepId) ?? new Set()).add(member));
}

/** A refusal as one line: the sentence and what stands in the way. */
export function whyNot(error: ApiError): string {
  return [error.message, ...error.lines].join(' ');
}

const PERSONAL = ['own_work', 'already_approved', 'role_missing'];

/** Another person might be let through. */
function isPersonal(error: ApiError): boolean {
  return error.status === 403 || error.blockedBy.some(({ code }) => PERSONAL.includes(code));
}
