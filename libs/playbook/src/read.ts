/** The document as written to the model: defaults filled in, shorthand spelled out, findings collected with their path. */
import type { z } from 'zod';
import type { Closure, Duty, Fact, Phase, Playbook, Role } from './model.js';
import type { Issue, Path } from './issue.js';
import { BlockReader, type PlaybookSources } from './read-blocks.js';
import { dutyOf, factOf, propertyOf } from './read-names.js';
import * as schema from './schema.js';

type Document = z.output<typeof schema.document>;

/** Reads a parsed YAML value. The playbook is present exactly when there are no issues. */
export function readPlaybook(
  raw: unknown,
  sources: PlaybookSources = () => undefined,
): {
  readonly playbook?: Playbook;
  readonly issues: readonly Issue[];
  readonly paths: ReadonlyMap<object, Path>;
} {
  const reader = new BlockReader(sources);
  const { issues, paths } = reader;
  const doc = reader.parse(schema.document, raw, []);
  if (!doc) return { issues, paths };
  const phases = doc.phases.map((phase, i) => readPhase(reader, phase, ['phases', i]));
  const { added } = reader;
  const playbook = playbookOf(doc, phases, {
    facts: joined((doc.facts ?? []).map(factOf), added.facts),
    roles: joined(doc.roles, added.roles),
    duties: joined((doc.duties ?? []).map(dutyOf), added.duties),
    closure: joined(doc.closure ?? [], added.closure),
    properties: [...(doc.properties ?? []).map(propertyOf), ...added.properties],
    markings: [...(doc.markings ?? []), ...added.markings],
  });
  for (const fact of added.facts) {
    const own = playbook.facts.find(({ id }) => id === fact.id);
    if (own && own.type !== fact.type) {
      const message = `the fact ${fact.id} is ${own.type} here and ${fact.type} in a playbook used: they are one fact`;
      issues.push({ path: ['facts'], message });
    }
  }
  playbook.facts.forEach((fact, i) => paths.set(fact, ['facts', i]));
  return { ...(issues.length === 0 ? { playbook } : {}), issues, paths };
}

function playbookOf(
  doc: Document,
  phases: readonly Phase[],
  shared: Pick<Playbook, 'facts' | 'roles' | 'duties' | 'closure' | 'properties' | 'markings'>,
): Playbook {
  return {
    language: 1,
    id: doc.id,
    version: doc.version,
    languages: doc.languages,
    title: doc.title,
    summary: doc.summary,
    ...shared,
    phases,
    flow: doc.flow,
    ...(doc.workingHours
      ? { workingHours: { ...doc.workingHours, holidays: doc.workingHours.holidays ?? [] } }
      : {}),
    ...(doc.origin ? { origin: { format: doc.origin.format, document: doc.origin.document } } : {}),
  };
}

function readPhase(reader: BlockReader, phase: z.output<typeof schema.phase>, path: Path): Phase {
  const before = reader.added.anytime.length;
  const blocks = reader.blocks(phase.steps, [...path, 'steps']);
  const own = reader.steps(phase.anytime ?? [], [...path, 'anytime']);
  const read: Phase = {
    id: phase.id,
    title: phase.title,
    ...(phase.summary ? { summary: phase.summary } : {}),
    blocks,
    anytime: [...own, ...reader.added.anytime.slice(before)],
  };
  reader.paths.set(read, path);
  return read;
}

/** What the playbook says of an id stands before what a playbook within it says. Duplicates of its own are checked later. */
function joined<T extends Fact | Role | Duty | Closure>(
  own: readonly T[],
  added: readonly T[],
): readonly T[] {
  const known = new Set(own.map(({ id }) => id));
  return [...own, ...added.filter(({ id }) => !known.has(id) && known.add(id))];
}
