/** A step in words: what the picture, the outline and the Mermaid text all say of it. */
import type { Answer, PlanNode, Role, Step, StepKind } from '@cordon/playbook';
import { invariant } from '@cordon/kernel';
import { cleanText } from './clean-text.js';
import { dueWords, durationWords, guardWords, said, stepTitle, type Voice } from './condition.js';

/** What a tag tells of. */
export type TagKind = 'optional' | 'when' | 'due' | 'duty' | 'evidence' | 'about';

/** A short statement about a step. */
export interface Tag {
  readonly kind: TagKind;
  readonly text: string;
}

/** Where a step leads: on, back to an earlier step, or round to itself. */
export interface Route {
  readonly id: string;
  readonly tone: 'answer' | 'failed' | 'refused';
  readonly label: string;
  readonly notes: readonly string[];
  /** What is done on the way. */
  readonly body?: PlanNode;
  readonly leads:
    { readonly to: 'on' } | { readonly to: 'again' } | { readonly to: 'back'; readonly step: string };
}

/** A step in words. */
export interface StepCard {
  readonly id: string;
  readonly kind: StepKind;
  readonly kindWord: string;
  readonly title: string;
  readonly roles: string;
  readonly mandatory: boolean;
  readonly tags: readonly Tag[];
  readonly routes: readonly Route[];
}

/** A step of the tree. */
export type StepNode = Extract<PlanNode, { kind: 'step' }>;

/** Describes a step of the plan. Fails as a fault when the plan has no such step. O(size of the step). */
export function stepCard(voice: Voice, node: StepNode): StepCard {
  const planned = voice.plan.steps.get(node.id);
  invariant(planned, `the plan's tree names the step ${node.id}`);
  const { step } = planned;
  return {
    id: step.id,
    kind: step.kind,
    kindWord: voice.words.kinds[step.kind],
    title: said(voice, step.title) || step.id,
    roles: rolesOf(voice, step.roles),
    mandatory: step.mandatory,
    tags: tagsOf(voice, step),
    routes: routesOf(voice, step, node),
  };
}

function rolesOf(voice: Voice, ids: readonly string[]): string {
  const titleOf = (id: string): string => {
    const role: Role | undefined = voice.plan.playbook.roles.find((one) => one.id === id);
    return role ? said(voice, role.title) : id;
  };
  return voice.words.list(ids.map(titleOf));
}

function tagsOf(voice: Voice, step: Step): readonly Tag[] {
  const { words } = voice;
  const tags: Tag[] = [];
  const add = (kind: TagKind, text: string): void => void tags.push({ kind, text });
  if (!step.mandatory) {
    const by = step.skip ? rolesOf(voice, step.skip.roles) : '';
    add('optional', by === '' ? words.optional : `${words.optional} · ${words.skippedBy(by)}`);
  }
  if (step.when) add('when', words.condition(guardWords(voice, step.when)));
  if (step.due) add('due', dueWords(voice, step.due));
  for (const text of kindTags(voice, step)) add('about', text);
  if (step.timeoutMs !== undefined) add('due', words.timeout(durationWords(voice, step.timeoutMs)));
  if (step.evidence) {
    const { min, title } = step.evidence;
    add('evidence', words.evidence(min, title ? said(voice, title) : ''));
  }
  if (step.move) add('about', words.moved(words.moves[step.move]));
  if (step.duty !== undefined) add('duty', words.duty(dutyTitle(voice, step.duty)));
  if (step.keep) add('about', words.keeps);
  return tags;
}

function kindTags(voice: Voice, step: Step): readonly string[] {
  const { words } = voice;
  switch (step.kind) {
    case 'approval': {
      const covers = words.list(step.covers.map((id) => words.quoted(stepTitle(voice, id))));
      return [words.approvals(step.count), ...(covers === '' ? [] : [words.covers(covers)])];
    }
    case 'action':
      return [words.runs(cleanText(step.action))];
    case 'wait':
      return [
        ...(step.forMs === undefined ? [] : [words.waitsFor(durationWords(voice, step.forMs))]),
        ...(step.until ? [words.waitsUntil(guardWords(voice, step.until))] : []),
      ];
    case 'notice':
      return [words.recipient(said(voice, step.to))];
    case 'task':
    case 'decision':
      return [];
  }
}

/** The title of a duty; its id where the playbook does not declare it. */
function dutyTitle(voice: Voice, id: string): string {
  const duty = voice.plan.playbook.duties.find((one) => one.id === id);
  return duty ? said(voice, duty.title) : id;
}

function routesOf(voice: Voice, step: Step, node: StepNode): readonly Route[] {
  const { words } = voice;
  const routes: Route[] = [];
  if (step.kind === 'decision') {
    for (const answer of step.answers) routes.push(answerRoute(voice, answer, node.branches.get(answer.id)));
  }
  if (step.kind === 'approval' && step.refused !== undefined) {
    routes.push(backRoute(voice, 'refused', words.refused, step.refused, step.max));
  }
  if (step.failed && 'repeat' in step.failed) {
    routes.push(backRoute(voice, 'failed', words.failed, step.failed.repeat, step.failed.max));
  } else if (node.failed) {
    routes.push({
      id: 'failed',
      tone: 'failed',
      label: words.failed,
      notes: [],
      body: node.failed,
      leads: { to: 'on' },
    });
  }
  return routes;
}

function backRoute(
  voice: Voice,
  tone: 'failed' | 'refused',
  label: string,
  step: string,
  max: number | undefined,
): Route {
  const notes = [voice.words.backTo(stepTitle(voice, step)), ...capOf(voice, max)];
  return { id: tone, tone, label, notes, leads: { to: 'back', step } };
}

function answerRoute(voice: Voice, answer: Answer, body: PlanNode | undefined): Route {
  const { words } = voice;
  const { repeat } = answer;
  const notes = [
    ...(repeat === undefined ? [] : [words.backTo(stepTitle(voice, repeat))]),
    ...(answer.again ? [words.again] : []),
    ...capOf(voice, answer.max),
    ...(answer.when ? [words.itself(guardWords(voice, answer.when))] : []),
    ...(answer.waives === undefined ? [] : [words.waives(dutyTitle(voice, answer.waives))]),
  ];
  return {
    id: answer.id,
    tone: 'answer',
    label: said(voice, answer.title) || answer.id,
    notes,
    ...(body ? { body } : {}),
    leads: repeat !== undefined ? { to: 'back', step: repeat } : { to: answer.again ? 'again' : 'on' },
  };
}

function capOf(voice: Voice, max: number | undefined): readonly string[] {
  return max === undefined ? [] : [voice.words.atMostTimes(max)];
}
