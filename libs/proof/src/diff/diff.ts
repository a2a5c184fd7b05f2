/** What changed from one version of a playbook to another, as a reader of the procedure would say it. */
import type { Playbook } from '@cordon/playbook';
import type { Json } from '@cordon/kernel';
import { elementsOf } from './elements.js';
import type { Change, Element, ElementKind, Facet } from './model.js';
import { moveChanges } from './moves.js';
import { cut } from './words.js';

const NOUNS: Readonly<Record<ElementKind, string>> = {
  playbook: 'playbook',
  role: 'role',
  fact: 'fact',
  phase: 'phase',
  block: 'block',
  step: 'step',
  field: 'field',
  answer: 'answer',
  duty: 'duty',
  closure: 'closing condition',
  property: 'property',
};

/**
 * Every difference of meaning between two versions: none for equal ones, at least one for different ones; the order of
 * the branches of a parallel, and what tools call a parallel, mean nothing. Steps and
 * everything else with an id are compared by their ids; a step with another id is a step removed and a step added, for
 * which `mappingOf` proposes what became of it. In the order of the new version, what was removed last, and then moves.
 * O(size of both), and O(n²) for the order within a sequence.
 */
export function diffPlaybooks(before: Playbook, after: Playbook): readonly Change[] {
  const old = byKey(elementsOf(before));
  const now = byKey(elementsOf(after));
  const changes: Change[] = [];
  for (const [key, element] of now) {
    const was = old.get(key);
    if (was) changes.push(...facetChanges(was, element));
    else if (!isWithin(element, now, old)) changes.push(whole(element, 'added'));
  }
  for (const [key, element] of old) {
    if (!now.has(key) && !isWithin(element, old, now)) changes.push(whole(element, 'removed'));
  }
  return [...changes, ...moveChanges(before, after)];
}

function byKey(elements: readonly Element[]): ReadonlyMap<string, Element> {
  return new Map(elements.map((element) => [keyOf(element), element]));
}

/** A playbook is compared with whatever it is compared with. */
function keyOf({ kind, id }: Element): string {
  return kind === 'playbook' ? kind : `${kind}:${id}`;
}

/** Came or went with its step, which is said already. */
function isWithin(
  { parent }: Element,
  here: ReadonlyMap<string, Element>,
  there: ReadonlyMap<string, Element>,
): boolean {
  return parent !== undefined && here.has(`step:${parent}`) && !there.has(`step:${parent}`);
}

function whole(element: Element, aspect: 'added' | 'removed'): Change {
  const { kind, id, where, title } = element;
  const name = `the ${nameOf(element)}, "${cut(title)}"`;
  const place = where === 'playbook' || kind === 'phase' ? '' : ` in the phase ${where}`;
  return {
    ...{ kind: `${kind}.${aspect}`, where, id, weight: 'procedure' },
    [aspect === 'added' ? 'after' : 'before']: title,
    text: sentence(aspect === 'added' ? `${name}, is new${place}.` : `${name}, is no more${place}.`),
  };
}

function facetChanges(was: Element, is: Element): readonly Change[] {
  const old = new Map(was.facets.map((facet) => [facet.noun, facet]));
  const now = new Map(is.facets.map((facet) => [facet.noun, facet]));
  const nouns = new Set([...now.keys(), ...old.keys()]);
  return [...nouns].flatMap((noun) => facetChange(is, old.get(noun), now.get(noun)));
}

function facetChange(element: Element, was: Facet | undefined, is: Facet | undefined): readonly Change[] {
  if (JSON.stringify(was?.value) === JSON.stringify(is?.value)) return [];
  const only = was?.only ?? is?.only;
  if (only === 'both' && (was?.value === undefined || is?.value === undefined)) return [];
  if (only === 'order' && sorted(was?.value) !== sorted(is?.value)) return [];
  return [changed(element, was, is)];
}

function sorted(value: Json | undefined): string {
  return Array.isArray(value) ? JSON.stringify(value.map(String).sort()) : '';
}

function changed(element: Element, was: Facet | undefined, is: Facet | undefined): Change {
  const { aspect, noun, weight } = (is ?? was) as Facet;
  return {
    ...{ kind: `${element.kind}.${aspect}`, where: element.where, id: element.id, weight },
    ...(was?.value === undefined ? {} : { before: was.value }),
    ...(is?.value === undefined ? {} : { after: is.value }),
    text: textOf(element, noun, was, is),
  };
}

function textOf(element: Element, noun: string, was: Facet | undefined, is: Facet | undefined): string {
  const name = `the ${nameOf(element)}`;
  if (was?.value === undefined) return sentence(`${name} now has a ${noun}: ${shown(is)}.`);
  if (is?.value === undefined) return sentence(`${name} has no ${noun} any more; it was ${shown(was)}.`);
  return `The ${noun} of ${name} changes from ${shown(was)} to ${shown(is)}.`;
}

function nameOf({ kind, id }: Element): string {
  return kind === 'playbook' ? 'playbook' : `${NOUNS[kind]} ${id}`;
}

function shown(facet: Facet | undefined): string {
  return cut(facet?.shown ?? JSON.stringify(facet?.value ?? null));
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
