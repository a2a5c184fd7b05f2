/** A step, its fields and its answers, as things to compare. */
import { inLanguage } from '@cordon/engine';
import type { Answer, Field, Option, Step } from '@cordon/playbook';
import type { Element, Facet } from './model.js';
import { dueText, durationText, facet, guardText, textFacets } from './words.js';

/** The step first, then what belongs to it. */
export function stepElements(step: Step, phase: string): readonly Element[] {
  const own: Element = {
    ...{ kind: 'step', id: step.id, where: phase, title: inLanguage(step.title, 'en') },
    facets: [
      facet('kind', 'kind', step.kind),
      ...textFacets('title', 'title', step.title),
      ...textFacets('instructions', 'instructions', step.instructions),
      ...commonFacets(step),
      ...ownFacets(step),
    ],
  };
  const fields = step.form.map((field) => fieldElement(step.id, field, phase));
  const answers =
    step.kind === 'decision' ? step.answers.map((one) => answerElement(step.id, one, phase)) : [];
  return [own, ...fields, ...answers];
}

function commonFacets(step: Step): readonly Facet[] {
  const { skip, when, due, evidence, timeoutMs, failed } = step;
  return [
    facet('roles', 'roles', step.roles, step.roles.join(', ')),
    facet('mandatory', 'obligation to do it', step.mandatory, step.mandatory ? 'mandatory' : 'optional'),
    facet(
      'skip',
      'rule for leaving it out',
      skip && { roles: skip.roles, reasons: skip.reasons.map(({ id }) => id) },
    ),
    ...(skip ? optionTitles('skip', 'reason', skip.reasons) : []),
    facet('when', 'condition', when, when && guardText(when)),
    facet('due', 'due time', due, due && dueText(due)),
    facet('move', 'move of the system', step.move),
    facet('evidence', 'number of items of evidence', evidence?.min),
    ...textFacets('evidence', 'title of the evidence', evidence?.title),
    facet('keep', 'mark to stay done', step.keep),
    facet('timeout', 'time limit', timeoutMs, timeoutMs === undefined ? undefined : durationText(timeoutMs)),
    facet('failed', 'way on after a failure', failed && failedValue(failed)),
    facet('duty', 'duty that it discharges', step.duty),
    facet('source', 'source', step.source, undefined, 'wording'),
    {
      ...facet(
        'order',
        'order of the fields',
        step.form.map(({ id }) => id),
      ),
      only: 'order',
    },
  ];
}

/** Blocks are named; what is in them is compared for itself. */
function failedValue(failed: NonNullable<Step['failed']>): object {
  return 'repeat' in failed ? failed : { then: failed.then.map(({ id }) => id) };
}

function ownFacets(step: Step): readonly Facet[] {
  switch (step.kind) {
    case 'task':
      return [];
    case 'notice':
      return textFacets('to', 'recipient', step.to);
    case 'decision':
      return [
        {
          ...facet(
            'order',
            'order of the answers',
            step.answers.map(({ id }) => id),
          ),
          only: 'order',
        },
      ];
    case 'approval':
      return [
        facet('count', 'number of approvals', step.count),
        facet('one-of-each', 'approval by one of each role', step.oneOfEach),
        facet('covers', 'list of what is approved', step.covers, step.covers.join(', ')),
        facet('facts', 'list of facts approved', step.facts, step.facts.join(', ')),
        facet('refused', 'way back after a refusal', step.refused),
        facet('max', 'limit of refusals', step.max),
      ];
    case 'action':
      return [facet('action', 'action', step.action), facet('input', 'input of the action', step.input)];
    case 'wait':
      return [
        facet(
          'for',
          'waiting time',
          step.forMs,
          step.forMs === undefined ? undefined : durationText(step.forMs),
        ),
        facet('until', 'condition that ends it', step.until, step.until && guardText(step.until)),
      ];
  }
}

function fieldElement(step: string, field: Field, where: string): Element {
  return {
    ...{
      kind: 'field',
      id: `${step}/${field.id}`,
      parent: step,
      where,
      title: inLanguage(field.title, 'en'),
    },
    facets: [
      facet('type', 'type', field.type),
      ...textFacets('title', 'title', field.title),
      facet('required', 'need for an answer', field.required, field.required ? 'required' : 'optional'),
      ...optionFacets(field.options),
      facet('fact', 'fact that it sets', field.fact),
    ],
  };
}

function answerElement(step: string, answer: Answer, where: string): Element {
  return {
    ...{
      kind: 'answer',
      id: `${step}/${answer.id}`,
      parent: step,
      where,
      title: inLanguage(answer.title, 'en'),
    },
    facets: [
      ...textFacets('title', 'title', answer.title),
      facet('set', 'facts that it sets', Object.keys(answer.set).length === 0 ? undefined : answer.set),
      facet('leads', 'way on', leadsOf(answer), leadsText(answer)),
      facet('max', 'limit of repetitions', answer.max),
      facet(
        'when',
        'condition under which it answers itself',
        answer.when,
        answer.when && guardText(answer.when),
      ),
      facet('waives', 'duty that it waives', answer.waives),
    ],
  };
}

function leadsOf({ repeat, again, then }: Answer): object {
  return { repeat, again, then: then.map(({ id }) => id) };
}

function leadsText({ repeat, again, then }: Answer): string {
  if (repeat !== undefined) return `back to ${repeat}`;
  const first = then.length === 0 ? 'on' : `through ${then.map(({ id }) => id).join(', ')}`;
  return again ? `${first} and back to the question` : first;
}

/** The options of a fact or a field. */
export function optionFacets(options: readonly Option[]): readonly Facet[] {
  const ids = options.map(({ id }) => id);
  return [
    facet('options', 'options', options.length === 0 ? undefined : ids, ids.join(', ')),
    ...optionTitles('options', 'option', options),
  ];
}

function optionTitles(
  aspect: 'options' | 'skip',
  noun: string,
  options: readonly Option[],
): readonly Facet[] {
  return options.flatMap(({ id, title }) =>
    textFacets(aspect, `title of the ${noun} "${id}"`, title, 'both'),
  );
}
