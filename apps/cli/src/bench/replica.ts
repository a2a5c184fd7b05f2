/** One of several processes that write to the same database, as the replicas of a deployment do; talks over IPC. */
import { createCordon } from '@cordon/runtime';
import { openStore } from '@cordon/store';
import { inProcess, Laps, openIncidents } from './drivers.js';
import { runLoad, type Load } from './load.js';

/** What a replica is asked for: `callers` loops for `seconds`. It answers with a `Load`, or with `failed`. */
export interface ReplicaRequest {
  readonly callers: number;
  readonly seconds: number;
}

export type ReplicaAnswer = { readonly load: Load } | { readonly ready: true } | { readonly failed: string };

const [url, vaultKeyFile, incidents] = process.argv.slice(2);
const answer = (message: ReplicaAnswer): void => void process.send?.(message);

const store = await openStore({
  url: url ?? '',
  vaultKeyFile: vaultKeyFile ?? '',
  applicationName: 'cordon-bench',
  poolSize: 4,
});
const cordon = createCordon({ store, log: 'bench' });
const laps = new Laps(await openIncidents(cordon, store, Number(incidents)));

process.on('message', ({ callers, seconds }: ReplicaRequest) => {
  runLoad(callers, seconds, inProcess(cordon, laps, callers)).then(
    (load) => answer({ load }),
    (error: unknown) => answer({ failed: String(error) }),
  );
});
process.once('disconnect', () => void cordon.drained().then(() => store.close()));
answer({ ready: true });
