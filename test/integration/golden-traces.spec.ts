/**
 * Every shipped playbook tells a story, `trace.script.yaml`, and keeps what came of it, `trace.jsonl`. A change of the
 * engine or of a playbook that changes the course of an incident shows here as a line of a trace.
 *
 * `UPDATE_TRACES=1 npm test -- test/integration/golden-traces` makes the traces anew; review them as you review code.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@cordon/audit';
import { compileMachines, type Machines } from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import { parsePlaybook } from '@cordon/playbook';
import { readScript, replayTrace, runScript, traceOf } from '@cordon/proof';
import { parse } from 'yaml';

const FOLDER = 'playbooks';
const AGAIN = 'UPDATE_TRACES=1 npm test -- test/integration/golden-traces';

const shipped = readdirSync(FOLDER).filter((id) => existsSync(join(FOLDER, id, 'playbook.yaml')));

function textOf(id: string, name: string): string | undefined {
  const path = join(FOLDER, id, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function machinesOf(id: string): Machines {
  const text = textOf(id, 'playbook.yaml') ?? '';
  const sources = (used: string, version: string): { text: string; digest: string } | undefined => {
    const found = textOf(used, 'playbook.yaml');
    const parsed = found === undefined ? undefined : parsePlaybook(found).playbook;
    return found !== undefined && parsed?.version === version
      ? { text: found, digest: digestOf(found) }
      : undefined;
  };
  const { playbook, findings } = parsePlaybook(text, sources);
  if (!playbook)
    throw new Error(
      `${id} has errors: ${JSON.stringify(findings.filter((one) => one.severity === 'error'))}`,
    );
  return compileMachines(playbook, digestOf(text));
}

/** What the story of this playbook comes to on the engine as it is. */
function told(id: string, machines: Machines): string {
  const text = textOf(id, 'trace.script.yaml');
  if (text === undefined)
    throw new Error(`${id} has no story: write ${FOLDER}/${id}/trace.script.yaml, then ${AGAIN}`);
  const read = readScript(parse(text, { schema: 'core' }) as Json, machines.plan.playbook);
  if ('problems' in read) throw new Error(`${FOLDER}/${id}/trace.script.yaml: ${read.problems.join('; ')}`);
  const { simulation, fault } = runScript(machines, read.script);
  if (fault) throw new Error(`${FOLDER}/${id}/trace.script.yaml: events[${fault.item}]: ${fault.text}`);
  expect([id, simulation.state.status]).toEqual([id, 'closed']);
  return traceOf(simulation);
}

test('the shipped playbooks are found', () => {
  expect(shipped).toEqual(expect.arrayContaining(['data-breach', 'ransomware']));
});

describe.each(shipped)('%s', (id) => {
  const machines = (): Machines => machinesOf(id);

  test('has a trace of its story, and the engine says the same again', () => {
    const path = join(FOLDER, id, 'trace.jsonl');
    if (process.env.UPDATE_TRACES === '1') writeFileSync(path, told(id, machines()));
    const trace = textOf(id, 'trace.jsonl');
    if (trace === undefined) throw new Error(`${id} has no trace: ${AGAIN}`);
    const replayed = replayTrace(machines(), trace);
    if (!replayed.same)
      throw new Error(`${path}:${replayed.line}: ${replayed.text}\nIf that is meant: ${AGAIN}`);
    expect(replayed.events).toBe(trace.trimEnd().split('\n').length - 1);
  });

  test('has the trace that its story makes', () => {
    const trace = textOf(id, 'trace.jsonl') ?? '';
    const again = told(id, machines());
    const line = firstDifference(trace, again);
    if (line !== undefined)
      throw new Error(`${FOLDER}/${id}/trace.jsonl:${line} is not what the story makes now: ${AGAIN}`);
  });
});

/** The number of the first line that differs, from 1. */
function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  const [x, y] = [a.split('\n'), b.split('\n')];
  const at = x.findIndex((line, n) => line !== y[n]);
  return 1 + (at < 0 ? x.length : at);
}
