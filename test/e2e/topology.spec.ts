/** The same behaviour from one process on the embedded database and from several on a server: built, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { embeddedDeployment, serverDeployment, type Deployment } from '../support/deployment.js';
import { inspectDatabase } from '../support/inspect-database.js';
import { itFailsOver } from './failing-over.js';
import { itPublishes } from './publishing.js';
import { itRefuses } from './refusing.js';
import { System, type Role } from './system.js';
import { itWorks } from './working.js';

const START_BOUND_MS = 120_000;

interface Shape {
  readonly name: string;
  readonly deploy: () => Promise<Deployment>;
  readonly roles: readonly Role[];
}

const shapes: readonly Shape[] = [
  { name: 'one process on the embedded PostgreSQL', deploy: embeddedDeployment, roles: ['all'] },
  {
    name: 'two APIs and a worker on a PostgreSQL server',
    deploy: serverDeployment,
    roles: ['api', 'api', 'worker'],
  },
];

describe.each(shapes)('$name', ({ deploy, roles }) => {
  let deployment: Deployment;
  let system: System;

  beforeAll(async () => {
    deployment = await deploy();
    system = await System.start(deployment, roles);
  }, START_BOUND_MS);

  afterAll(async () => {
    await system?.stop();
    await deployment?.remove();
  }, START_BOUND_MS);

  itWorks(() => system);
  itPublishes(() => system);
  itRefuses(() => system);
  if (roles.includes('worker')) itFailsOver(() => system);

  test(
    'it stops in order, and every log leads to what is stored, byte for byte',
    async () => {
      await system.stop();
      const incidents = await deployment.whileDown(inspectDatabase);
      expect(incidents.length).toBeGreaterThan(20);
      expect(incidents.flatMap(({ faults }) => faults)).toEqual([]);
    },
    START_BOUND_MS,
  );
});
