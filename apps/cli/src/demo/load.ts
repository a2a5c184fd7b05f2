import { httpClient } from '../api/client.js';
import type { Incident, Page, Step } from '../api/shapes.js';
import { CliError } from '../exit-codes.js';
import { type Io, tell } from '../io.js';
import { gatherCrew } from '../replay/crew.js';
import { driveScenario } from '../replay/drive.js';
import { progressOn } from '../replay/progress.js';
import { stuckLines } from '../replay/report.js';
import { type Scene, timesOf } from './scenes.js';

/** An incident of the demo as it was left. */
export interface Loaded {
  readonly scenario: string;
  readonly incident: Incident;
  readonly open: readonly Step[];
}

/** Opens the scenes one after the other, each driven to where it is left, by people whose tokens are taken back after it. */
export async function loadScenes(
  io: Io,
  server: { readonly url: string; readonly token: string },
  scenes: readonly Scene[],
): Promise<Loaded[]> {
  const admin = httpClient({ server: server.url, token: server.token, signal: io.signal });
  const crew = await gatherCrew(admin);
  try {
    const loaded: Loaded[] = [];
    for (const scene of scenes) {
      const { scenario, leaveWhen } = scene;
      const progress = progressOn(io, scenario.id);
      const drive = await driveScenario(scenario, crew, {
        ...timesOf(scene, Date.now()),
        stopWhen: leaveWhen,
        onProgress: progress.update,
        signal: io.signal,
      }).finally(progress.stop);
      if (drive.ended !== 'stopped') {
        // The demo is of use all the same: the incident is where it is.
        tell(io, [`${scenario.id} is ${drive.ended}.`, ...stuckLines(drive)].join('\n'));
      }
      const incident = await admin.get<Incident>(`/incidents/${drive.ref}`);
      const { items } = await admin.get<Page<Step>>(`/incidents/${drive.ref}/steps`);
      const open = items.filter(({ status }) => ['ready', 'in_progress', 'problem'].includes(status));
      loaded.push({ scenario: scenario.id, incident, open });
    }
    return loaded;
  } finally {
    const left = await crew.disband();
    if (left.length > 0 && !io.signal.aborted) {
      tell(io, `These tokens could not be taken back and end within two hours: ${left.join(', ')}.`);
    }
  }
}

/** The token that the server has left for its owner. Throws CliError when there is none. */
export function mustBeToken(token: string | undefined, file: string): string {
  if (token !== undefined) return token;
  throw new CliError(`The server left no token in ${file}: see its log.`);
}
