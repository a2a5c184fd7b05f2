/** The model as it is written: the inverse of what the parser does. `parse(text of raw(p))` is `p`. */
import type { JsonObject } from '@cordon/kernel';
import type { Answer, Block, Due, Fact, Field, Option, Phase, Playbook, Step } from '@cordon/playbook';
import { durationText } from './iso-duration.js';

/** A Cordon document without its origin. O(size). */
export function rawPlaybook(playbook: Playbook): JsonObject {
  const { id, version, languages, title, summary, roles, flow, workingHours } = playbook;
  return json({
    ...{ cordon: 1, id, version, languages, title, summary, roles },
    ...some('facts', playbook.facts.map(rawFact)),
    phases: playbook.phases.map(rawPhase),
    flow,
    ...some('duties', playbook.duties),
    ...some('closure', playbook.closure),
    ...some('properties', playbook.properties),
    ...(workingHours ? { workingHours } : {}),
    ...some('markings', playbook.markings),
  });
}

/** One block with everything in it. */
export function rawBlock(block: Block): JsonObject {
  switch (block.kind) {
    case 'parallel':
      return { parallel: block.branches.map((branch) => branch.map(rawBlock)), id: block.id };
    case 'each':
      return { each: 'system', id: block.id, steps: block.steps.map(rawBlock) };
    case 'group':
      return json({ group: block.id, title: block.title, steps: block.blocks.map(rawBlock) });
    case 'graph':
      return {
        graph: block.id,
        steps: block.nodes.map(({ block: inner, after }) =>
          json({ ...rawBlock(inner), ...some('after', after.map(rawAfter)) }),
        ),
      };
    default:
      return rawStep(block);
  }
}

function rawAfter({ step, outcome, answer }: { step: string; outcome: string; answer?: string }): object {
  return answer === undefined ? { step, outcome } : { step, answer };
}

function rawPhase({ id, title, summary, blocks, anytime }: Phase): object {
  return { id, title, summary, steps: blocks.map(rawBlock), ...some('anytime', anytime.map(rawBlock)) };
}

function rawFact({ id, type, title, options }: Fact): object {
  return { id, type, title, ...some('options', options) };
}

function rawStep(step: Step): JsonObject {
  const { failed, skip } = step;
  const common = {
    ...{ title: step.title, instructions: step.instructions },
    ...some('roles', step.roles),
    ...(step.mandatory || skip ? {} : { optional: true }),
    skip: skip && { roles: skip.roles, ...some('reasons', skip.reasons) },
    when: step.when,
    due: step.due && rawDue(step.due),
    ...some('form', step.form.map(rawField)),
    move: step.move,
    evidence: step.evidence,
    keep: step.keep,
    timeout: duration(step.timeoutMs),
    failed: failed && ('repeat' in failed ? failed : { then: failed.then.map(rawBlock) }),
    ...{ duty: step.duty, source: step.source },
  };
  return json({ [step.kind]: step.id, ...common, ...rawKind(step) });
}

function rawKind(step: Step): object {
  switch (step.kind) {
    case 'task':
      return {};
    case 'notice':
      return { to: step.to };
    case 'decision':
      return { answers: step.answers.map(rawAnswer) };
    case 'approval': {
      const refused = step.refused === undefined ? undefined : { repeat: step.refused, max: step.max };
      return {
        ...(step.oneOfEach ? { oneOfEach: true } : { count: step.count }),
        covers: step.covers,
        ...some('facts', step.facts),
        refused,
      };
    }
    case 'action':
      return { do: step.action, with: step.input };
    case 'wait':
      return { for: duration(step.forMs), until: step.until };
  }
}

function rawAnswer(answer: Answer): object {
  const { id, title, set, then, repeat, again, max, when, waives } = answer;
  return {
    ...{ id, title },
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...some('then', then.map(rawBlock)),
    ...{ repeat, again, max, when, waives },
  };
}

function rawField({ id, type, title, required, options, fact }: Field): object {
  return { id, type, title, ...(required ? { required } : {}), ...some<Option>('options', options), fact };
}

function rawDue({ withinMs, from, remindMs, working, escalate }: Due): object {
  return {
    ...{ within: duration(withinMs), from, working },
    ...some('remind', remindMs.map(duration)),
    ...some(
      'escalate',
      escalate.map(({ afterMs, to }) => ({ after: duration(afterMs), to })),
    ),
  };
}

function duration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : durationText(ms);
}

function some<T>(name: string, items: readonly T[]): Record<string, readonly T[]> {
  return items.length === 0 ? {} : { [name]: items };
}

/** The same without members that are undefined: JSON has none. */
function json(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
