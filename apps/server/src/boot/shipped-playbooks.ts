import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@cordon/kernel';
import { publishPlaybook, type PlaybookStore } from '@cordon/runtime';

const shipped = fileURLToPath(new URL('../../../../playbooks/', import.meta.url));

/**
 * Publishes the playbooks that come with Cordon (`playbooks/<id>/playbook.yaml`) where this database does not have
 * them yet. One that cannot be published is told and left out: incidents keep the versions that they run on.
 */
export async function publishShipped(
  store: PlaybookStore,
  clock: Clock,
  tell: (line: string) => void,
  folder = shipped,
): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    const source = await readFile(join(folder, name, 'playbook.yaml'), 'utf8').catch(() => undefined);
    if (source === undefined) continue;
    const { outcome, id, version, findings } = await publishPlaybook(store, source, clock.now());
    if (outcome === 'published') tell(`Published the playbook ${id} ${version}.`);
    if (outcome === 'conflict') {
      tell(
        `The playbook ${id} ${version} was published with other contents before: raise its version to publish it.`,
      );
    }
    if (outcome === 'refused') {
      const first = findings.find(({ severity }) => severity === 'error');
      tell(
        `The playbook in ${name} has errors and was not published: line ${first?.line ?? 1}: ${first?.message ?? ''}`,
      );
    }
  }
}
