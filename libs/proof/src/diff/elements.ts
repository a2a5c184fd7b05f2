/** A playbook as a list of things to compare, each with its id. */
import { inLanguage } from '@cordon/engine';
import { isStep, walkBlocks, type Block, type FlowItem, type Playbook, type Text } from '@cordon/playbook';
import type { Element, ElementKind, Facet } from './model.js';
import { optionFacets, stepElements } from './step-elements.js';
import { asJson, cut, facet, guardText, textFacets } from './words.js';

/** In document order. O(size of the playbook). */
export function elementsOf(playbook: Playbook): readonly Element[] {
  return [
    playbookElement(playbook),
    ...playbook.roles.map(({ id, title }) => plain('role', id, title, [])),
    ...playbook.facts.map(({ id, title, type, options }) =>
      plain('fact', id, title, [facet('type', 'type', type), ...optionFacets(options)]),
    ),
    ...playbook.phases.flatMap((phase) => [
      plain('phase', phase.id, phase.title, textFacets('summary', 'summary', phase.summary)),
      ...blockElements(phase.blocks, phase.id),
      ...phase.anytime.flatMap((step) => stepElements(step, phase.id)),
    ]),
    ...playbook.duties.map(({ id, title, when }) => plain('duty', id, title, [whenFacet(when)])),
    ...playbook.closure.map(({ id, title, when }) => plain('closure', id, title, [whenFacet(when)])),
    ...playbook.properties.map(({ id, title, at, needs, when }) =>
      plain('property', id, title, [
        facet('at', 'moment', at),
        facet('needs', 'steps that it needs', needs, needs.join(', ')),
        whenFacet(when),
      ]),
    ),
  ];
}

function whenFacet(when: Parameters<typeof guardText>[0] | undefined): Facet {
  return facet('when', 'condition', when, when && guardText(when));
}

function plain(kind: ElementKind, id: string, title: Text, facets: readonly Facet[]): Element {
  return {
    ...{ kind, id, where: kind === 'phase' ? id : 'playbook', title: inLanguage(title, 'en') },
    facets: [...textFacets('title', 'title', title), ...facets],
  };
}

function playbookElement(playbook: Playbook): Element {
  const order = (noun: string, items: readonly { readonly id: string }[]): Facet => ({
    ...facet(
      'order',
      `order of the ${noun}`,
      items.map(({ id }) => id),
    ),
    only: 'order',
  });
  const { workingHours, markings, origin } = playbook;
  return {
    ...{ kind: 'playbook', id: playbook.id, where: 'playbook', title: inLanguage(playbook.title, 'en') },
    facets: [
      facet('kind', 'id', playbook.id),
      facet('version', 'version', playbook.version, undefined, 'wording'),
      facet('languages', 'languages', playbook.languages, playbook.languages.join(', '), 'wording'),
      ...textFacets('title', 'title', playbook.title),
      ...textFacets('summary', 'summary', playbook.summary),
      ...[order('roles', playbook.roles), order('facts', playbook.facts), order('phases', playbook.phases)],
      ...[
        order('duties', playbook.duties),
        order('closing conditions', playbook.closure),
        order('properties', playbook.properties),
      ],
      facet('flow', 'flow of the phases', playbook.flow, flowText(playbook.flow)),
      facet('working-hours', 'working hours', workingHours),
      facet('markings', 'markings', markings.length === 0 ? undefined : markings, undefined, 'wording'),
      facet('origin', 'original document', origin, origin && cut(JSON.stringify(asJson(origin))), 'wording'),
    ],
  };
}

function flowText(flow: readonly FlowItem[]): string {
  return flow
    .map((item) =>
      typeof item === 'string' ? item : `(${item.parallel.map((track) => track.join(' → ')).join(' ∥ ')})`,
    )
    .join(' → ');
}

/** Steps, and named blocks; parallels have no names of their own and are compared by what is in them. */
function blockElements(blocks: readonly Block[], phase: string): readonly Element[] {
  const elements: Element[] = [];
  walkBlocks(blocks, (block) => {
    if (isStep(block)) {
      elements.push(...stepElements(block, phase));
      return;
    }
    if (block.kind === 'parallel') return;
    elements.push({
      ...{ kind: 'block', id: block.id, where: phase },
      title: block.kind === 'group' && block.title ? inLanguage(block.title, 'en') : block.id,
      facets: [
        facet('kind', 'kind', block.kind),
        ...(block.kind === 'group' ? textFacets('title', 'title', block.title) : []),
      ],
    });
    if (block.kind === 'each') for (const step of block.steps) elements.push(...stepElements(step, phase));
  });
  return elements;
}
