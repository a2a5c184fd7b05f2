/** Playbooks of other tools, published, run to their end by people, and taken along again; and a running incident moved. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { httpClient } from '../../apps/cli/src/api/client.js';
import { gatherCrew } from '../../apps/cli/src/replay/crew.js';
import { driveScenario } from '../../apps/cli/src/replay/drive.js';
import type { System } from './system.js';

const CACAO = 'test/fixtures/cacao';
const examples = readdirSync(`${CACAO}/examples`);
const negative = readdirSync(`${CACAO}/negative`);
const BOUND_MS = 60_000;

interface Published {
  readonly id: string;
  readonly version: string;
  readonly findings: readonly { readonly severity: string; readonly pointer: string }[];
}

export function itPublishes(system: () => System): void {
  const publish = (raw: string, type: string) =>
    system().ask('/playbooks', { raw, headers: { 'content-type': type } });

  test.each(examples)(
    'the CACAO playbook %s is published, run to its end by people, and answered as CACAO again',
    async (file) => {
      const reply = await publish(readFileSync(`${CACAO}/examples/${file}`, 'utf8'), 'application/json');
      expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
      const { id, version } = reply.body as unknown as Published;
      const scenario = {
        ...{ id: 'imported', title: `An incident on ${file}`, playbook: id, awareAt: '2026-03-24T02:00:00Z' },
        ...{ facts: {}, systems: [], expect: {} },
      };
      const api = httpClient({ server: system().url(), token: system().token });
      const crew = await gatherCrew(api);
      const drive = await driveScenario(scenario, crew, { pollMs: 25 });
      expect({ ended: drive.ended, stuck: drive.stuck }).toEqual({ ended: 'closed', stuck: [] });
      await crew.disband();
      const again = await system().ask(`/playbooks/${id}/versions/${version}/cacao.json`);
      expect([again.status, again.body['type'], again.body['spec_version']]).toEqual([
        200,
        'playbook',
        'cacao-2.0',
      ]);
      const status = await system().ask(`/incidents/${drive.ref}/export?format=cacao`);
      expect(status.status).toBe(200);
      expect((JSON.parse(status.text) as unknown[]).length).toBeGreaterThan(0);
    },
    BOUND_MS,
  );

  test.each(negative)('%s is refused or reported, with the place of each finding', async (file) => {
    const reply = await publish(readFileSync(`${CACAO}/negative/${file}`, 'utf8'), 'application/json');
    expect([201, 422]).toContain(reply.status);
    const { findings } = reply.body as unknown as Published;
    expect(findings.length).toBeGreaterThan(0);
    if (reply.status === 422) expect(findings.some(({ severity }) => severity === 'error')).toBe(true);
  });

  test('a Markdown checklist becomes a playbook that can be drawn', async () => {
    const reply = await publish(
      '# Call list\n\n## First hour\n\n- [ ] Call the duty officer\n- [ ] Open a log\n',
      'text/markdown',
    );
    expect([reply.status, reply.body['format']]).toEqual([201, 'markdown']);
    const { id, version } = reply.body as unknown as Published;
    const drawing = await system().ask(`/playbooks/${id}/versions/${version}/diagram.svg?width=narrow`);
    expect(drawing.text).toContain('Call the duty officer');
  });

  test('a running incident moves to the next version when two people agree', async () => {
    const source = (version: string, step: string): string =>
      [
        ...['cordon: 1', 'id: moving', `version: ${version}`, 'languages: [en]', 'title: {en: M}'],
        ...['summary: {en: M}', 'roles: [{id: responder, title: {en: R}}]', 'flow: [main]'],
        'phases:',
        '  - id: main',
        '    title: {en: M}',
        '    steps:',
        ...[step, 'last'].map((id) => `      - {task: ${id}, title: {en: S}, role: responder}`),
      ].join('\n');
    for (const [version, step] of [
      ['1.0.0', 'begin'],
      ['2.0.0', 'start'],
    ] as const)
      expect((await publish(source(version, step), 'application/yaml')).status).toBe(201);
    const { ref } = await system().open({ playbook: 'moving', version: '1.0.0' });
    await system().accepted(ref, { type: 'step.complete', step: 'begin' });
    const preview = await system().ask(`/incidents/${ref}/migration?version=2.0.0`);
    expect(preview.body).toMatchObject({ unmapped: [{ step: 'begin', reason: 'gone' }] });
    const data = { version: '2.0.0', map: { begin: 'start' } };
    expect(
      (await system().submit(ref, { type: 'incident.migrate', data: { version: '2.0.0' } })).status,
    ).toBe(422);
    await system().accepted(ref, { type: 'incident.migrate', data });
    expect((await system().submit(ref, { type: 'incident.migrate', data })).status).toBe(403);
    const second = await system().person('Second', 'coordinator');
    expect((await system().submit(ref, { type: 'incident.migrate', data }, undefined, second)).status).toBe(
      200,
    );
    const moved = await system().incident(ref);
    expect(moved.playbook.version).toBe('2.0.0');
    const picture = await system().ask(`/incidents/${ref}/diagram.svg`);
    expect([picture.status, picture.text.includes('Completed')]).toEqual([200, true]);
    await system().accepted(ref, { type: 'step.complete', step: 'last' });
    await system().accepted(ref, { type: 'incident.close' });
  });
}
