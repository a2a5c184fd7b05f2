import type { Cordon, Journal, Vault } from '@cordon/runtime';
import { createApp } from '../app.js';
import { loadConfig } from '../config.js';
import type { PlaybookText, ServerStore } from '../injection.js';
import { makeLog } from '../log.js';
import { Metrics } from '../operations/metrics.js';
import { openApiDocument } from './openapi.js';

/** docs/openapi.json: made from the routes alone, so nothing has to run. */
export async function openApiText(): Promise<string> {
  const app = await createApp({
    cordon: {} as Cordon,
    journal: {} as Journal,
    vault: {} as Vault,
    store: {} as ServerStore,
    playbookText: {} as PlaybookText,
    config: loadConfig({}),
    clock: { now: () => 0 },
    metrics: new Metrics(),
    log: makeLog('silent'),
  });
  const text = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
  await app.close();
  return text;
}
