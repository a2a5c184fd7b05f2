/** The shipped playbooks with the stories that they are tested by, as moves of people. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@cordon/audit';
import { compileMachines, type Actor, type IncidentEvent, type Machines } from '@cordon/engine';
import { fromIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';

export interface TestPlaybook {
  readonly digest: string;
  readonly id: string;
  readonly version: string;
  readonly source: string;
}

export interface Story {
  readonly machines: Machines;
  readonly playbooks: readonly TestPlaybook[];
  readonly opening: JsonObject;
  readonly at: EpochMs;
  readonly by: string;
  readonly moves: readonly Move[];
}

export interface Move {
  readonly at: EpochMs;
  readonly actor: Actor;
  readonly event: IncidentEvent;
}

let stories: readonly Story[] | undefined;

/** The shipped playbooks with their golden traces. */
export function shippedStories(): readonly Story[] {
  stories ??= readdirSync(FOLDER, { withFileTypes: true })
    .filter((one) => one.isDirectory() && one.name !== 'scenarios')
    .map(({ name }) => storyOf(name));
  return stories;
}

const FOLDER = 'playbooks';

function storyOf(id: string): Story {
  const used: TestPlaybook[] = [];
  const source = readFileSync(join(FOLDER, id, 'playbook.yaml'), 'utf8');
  const find = (other: string, version: string) => {
    const text = readFileSync(join(FOLDER, other, 'playbook.yaml'), 'utf8');
    used.push({ digest: digestOf(text), id: other, version, source: text });
    return { text, digest: digestOf(text) };
  };
  const { playbook } = parsePlaybook(source, find);
  if (!playbook) throw new Error(`${id} does not parse`);
  const [head, ...rest] = readFileSync(join(FOLDER, id, 'trace.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const { opening } = JSON.parse(head ?? '') as {
    opening: Record<string, Json> & { at: string; by: string };
  };
  const digest = digestOf(source);
  const { at, by, aware, onset, facts, systems } = opening;
  return {
    machines: compileMachines(playbook, digest),
    playbooks: [{ digest, id, version: playbook.version, source }, ...used],
    at: fromIso(at) ?? 0,
    by,
    opening: {
      title: `Story of ${id}`,
      awareAt: aware ?? null,
      ...(onset === undefined ? {} : { onsetAt: onset }),
      playbook: { id, version: playbook.version },
      facts: facts ?? {},
      systems: systems ?? [],
      exercise: true,
    },
    moves: rest.map((line): Move => {
      const move = JSON.parse(line) as { at: string; by: string; roles: string[]; event: IncidentEvent };
      const type = move.by === 'cordon' ? 'system' : 'person';
      return {
        at: fromIso(move.at) ?? 0,
        actor: { id: move.by, type, roles: move.roles },
        event: move.event,
      };
    }),
  };
}
