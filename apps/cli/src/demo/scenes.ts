/** Which scenarios the demo opens, how long ago they began, and where it leaves them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Incident, Step } from '../api/shapes.js';
import type { Io } from '../io.js';
import { parseScenario, type Scenario } from '../replay/scenario.js';

export interface Scene {
  readonly scenario: Scenario;
  readonly awareAgoMs: number;
  /** True once the incident is where the demo wants it. */
  readonly leaveWhen: (incident: Incident, steps: readonly Step[]) => boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const SCENES = [
  {
    file: 'csd-data-breach.yaml',
    awareAgoMs: 30 * HOUR_MS,
    leaveWhen: (_: Incident, steps: readonly Step[]) => isReady(steps, 'approve-letter'),
  },
  {
    // The call to GIRO is due an hour after awareness; its last reminder, 45 minutes after, arrives while one looks.
    file: 'investhk-ransomware.yaml',
    awareAgoMs: 44 * MINUTE_MS,
    leaveWhen: ({ systems }: Incident) => systems.some(({ state }) => state === 'isolated'),
  },
];

export function readScenes(io: Io): Promise<Scene[]> {
  return Promise.all(
    SCENES.map(async ({ file, ...scene }) => {
      const text = await readFile(join(io.root, 'playbooks', 'scenarios', file), 'utf8');
      return { ...scene, scenario: parseScenario(text, file) };
    }),
  );
}

/** The scenario's times, moved so that awareness was so long ago. */
export function timesOf(scene: Scene, now: number): { awareAt: string; onsetAt?: string } {
  const { awareAt, onsetAt } = scene.scenario;
  const aware = now - scene.awareAgoMs;
  const moved = (iso: string): string =>
    new Date(Date.parse(iso) + aware - Date.parse(awareAt)).toISOString();
  return { awareAt: moved(awareAt), ...(onsetAt === undefined ? {} : { onsetAt: moved(onsetAt) }) };
}

function isReady(steps: readonly Step[], step: string): boolean {
  return steps.some(({ id, status }) => id === step && status === 'ready');
}
