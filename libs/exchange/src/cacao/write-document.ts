/** The prepared workflow and the rest of the document, written as a Cordon playbook. */
import type { JsonObject } from '@cordon/kernel';
import { shorten, textOf, type CacaoDocument, type Findings } from './document.js';
import { declarations, standingAlone } from './extension.js';
import type { Workflow } from './flow.js';
import type { Item } from './items.js';
import { Layout } from './layout.js';
import { noteStructure } from './lints.js';
import { readMarkings } from './markings.js';
import type { Prepared } from './prepare.js';
import { Roles } from './roles.js';
import { Variables, type Variable } from './variables.js';
import { BlockWriter } from './write-blocks.js';
import { depthOf } from './write-playbook.js';
import { StepWriter, type PlaybookPin, type WriterOptions } from './write-step.js';

/** Nesting of the written playbook, with room for its last levels. */
const MOST_LEVELS = 60;

/** What a playbook is written from. */
export interface Writing {
  readonly document: CacaoDocument;
  readonly workflow: Workflow;
  readonly prepared: Prepared;
  readonly options: Pick<WriterOptions, 'resolvePlaybook'> & {
    readonly id?: string;
    readonly languages?: readonly string[];
  };
  readonly findings: Findings;
}

/** A Cordon document without its origin. */
export interface Written {
  readonly raw: JsonObject;
  readonly pins: readonly PlaybookPin[];
  readonly became: ReadonlyMap<string, readonly string[]>;
}

/** Nested as far as it can be; flat where the nesting would be deeper than a playbook's may be. */
export function write(writing: Writing, own: boolean): Written {
  const before = writing.findings.mark();
  const nested = writeOnce(writing, own, false);
  if (depthOf(nested.raw) <= MOST_LEVELS) return nested;
  writing.findings.backTo(before);
  return writeOnce(writing, own, true);
}

function writeOnce(
  { document, workflow, prepared, options, findings }: Writing,
  own: boolean,
  flat: boolean,
): Written {
  const declared = own ? declarations(document) : { roles: [], facts: [] };
  const languages = options.languages ?? declared.languages ?? ['en'];
  const variables = new Variables(document, workflow.steps, findings);
  const roles = new Roles(document, findings);
  const { resolvePlaybook } = options;
  const writer = new StepWriter({
    ...{ workflow, languages, variables, roles, findings },
    ownProperties: (id, step) => (own ? standingAlone(id, step, findings) : {}),
    ...(resolvePlaybook ? { resolvePlaybook } : {}),
  });
  const blocks = new BlockWriter(writer);
  const layout = new Layout(prepared, flat);
  const items = layout.whole();
  noteStructure(workflow, layout, graphsIn(items), findings);
  const main = blocks.blocks(items);
  const aside = prepared.aside ? asideBlocks(prepared.aside, flat, blocks, writer) : [];
  const text = (words: string): JsonObject => writer.text(words);
  const name = textOf(document, 'name') ?? textOf(document, 'id') ?? 'CACAO playbook';
  const constants = constantsOf(variables.playbookVariables());
  const raw: JsonObject = {
    cordon: 1,
    id: options.id ?? playbookId(document),
    version: versionOf(document),
    languages,
    title: text(shorten(name, 500)),
    summary: text(shorten(textOf(document, 'description') ?? name, 7800)),
    roles: byId(
      roles.all().map((role) => ({ id: role.id, title: text(role.title) })),
      declared.roles,
    ),
    facts: byId(
      variables.facts().map(({ fact, type, title }) => ({ id: fact, type, title: text(title) })),
      declared.facts,
    ),
    phases: [
      {
        id: 'workflow',
        title: text(shorten(name, 500)),
        ...(constants === undefined ? {} : { summary: text(constants) }),
        steps: [...main, ...aside],
      },
    ],
    flow: ['workflow'],
    markings: readMarkings(document, findings),
  };
  return { raw, pins: writer.pins, became: writer.became };
}

/** The later of two of one id counts. */
function byId(found: readonly JsonObject[], declared: readonly JsonObject[]): JsonObject[] {
  return [...new Map([...found, ...declared].map((one) => [textOf(one, 'id') ?? '', one])).values()];
}

function asideBlocks(aside: Prepared, flat: boolean, blocks: BlockWriter, writer: StepWriter): JsonObject[] {
  const handling = blocks.blocks(new Layout(aside, flat).whole());
  const first = aside.nodes.get(aside.entry);
  if (!first || handling.length === 0) return [];
  const id = writer.claim(first, 'exception-handling');
  return [
    {
      decision: id,
      title: writer.text('Has something failed, so that the exception handling of the playbook is needed?'),
      role: 'responder',
      source: '#/workflow_exception',
      answers: [
        { id: 'no', title: writer.text('No') },
        { id: 'yes', title: writer.text('Yes: handle it'), then: handling },
      ],
    },
  ];
}

function graphsIn(items: readonly Item[]): readonly string[] {
  return items.flatMap((item): readonly string[] => {
    switch (item.kind) {
      case 'graph':
        return [item.node.id, ...graphsIn(item.items.map((inner) => inner.item))];
      case 'choice':
        return graphsIn([...item.ways.values()].flat());
      case 'loop':
        return graphsIn(item.body);
      case 'fork':
        return graphsIn(item.branches.flat());
      case 'node':
        return graphsIn(item.failed ?? []);
      case 'acknowledge':
        return [];
    }
  });
}

function constantsOf(variables: readonly Variable[]): string | undefined {
  const lines = variables
    .filter(({ value }) => value !== undefined)
    .map(({ name, value, constant }) => `- \`${name}\` = ${value}${constant ? '' : ' (at the start)'}`);
  return lines.length === 0 ? undefined : shorten(`Values:\n${lines.join('\n')}`, 7800);
}

/** The same id for all versions of the document. */
function playbookId(document: CacaoDocument): string {
  const id = (textOf(document, 'id') ?? '').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return /^[a-z][a-z0-9-]{0,63}$/.test(id) ? id : 'cacao-playbook';
}

/** `modified` is the version of a CACAO playbook: year, month and day, milliseconds of the day. */
function versionOf(document: CacaoDocument): string {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?/.exec(
    textOf(document, 'modified') ?? '',
  );
  if (!found) return '1.0.0';
  const [, year, month, day, hours, minutes, seconds, fraction = ''] = found;
  const ms =
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
  return `${Number(year)}.${Number(month) * 100 + Number(day)}.${ms}`;
}
