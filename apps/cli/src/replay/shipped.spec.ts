import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { EngineApi } from '../testing/engine-api.js';
import { checksOf } from './assess.js';
import { gatherCrew } from './crew.js';
import { driveScenario } from './drive.js';
import { parseScenario } from './scenario.js';
import type { Incident } from '../api/shapes.js';

const playbooks = join(dirname(fileURLToPath(import.meta.url)), '../../../../playbooks');
const files = readdirSync(join(playbooks, 'scenarios')).filter((name) => name.endsWith('.yaml'));

test.each(files)('%s runs from first alert to closed on the shipped playbook', async (file) => {
  const scenario = parseScenario(readFileSync(join(playbooks, 'scenarios', file), 'utf8'), file);
  const engine = new EngineApi(readFileSync(join(playbooks, scenario.playbook, 'playbook.yaml'), 'utf8'));
  const crew = await gatherCrew(engine.client('admin'));
  let now = 0;
  const clock = () => (now += 1_000);
  const drive = await driveScenario(scenario, crew, { clock, sleep: () => Promise.resolve() });
  expect({ ended: drive.ended, stuck: drive.stuck, refused: engine.rejections }).toEqual({
    ended: 'closed',
    stuck: [],
    refused: [],
  });
  const incident = await crew.lead.api.get<Incident>('/incidents/INC-1');
  const returned = incident.systems.filter(({ state }) => state === 'returned').map(({ id }) => id);
  const measured = {
    phasesVisited: drive.visited,
    systemsReturnedToService: returned,
    finalState: incident.status,
  };
  expect(checksOf(scenario.expect, measured).filter(({ result }) => result === 'not met')).toEqual([]);
  expect(returned).toHaveLength(scenario.systems.length);
});
