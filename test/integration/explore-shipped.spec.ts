/** The shipped playbooks, explored as they are. That locked steps explain themselves takes longer: `.ci/run` asks it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { compileMachines } from '@cordon/engine';
import { parsePlaybook } from '@cordon/playbook';
import { explore } from '@cordon/proof';

test.each(['ransomware', 'data-breach'])(
  'every property holds in every state of %s',
  async (id) => {
    const { playbook } = parsePlaybook(await readFile(`playbooks/${id}/playbook.yaml`, 'utf8'));
    if (!playbook) throw new Error('a shipped playbook parses');
    const { properties, figures, bound } = explore(compileMachines(playbook, 'digest'));
    expect([bound, properties.filter(({ verdict }) => verdict !== 'holds')]).toEqual([undefined, []]);
    expect(figures.states).toBeGreaterThan(1_000);
  },
  300_000,
);
