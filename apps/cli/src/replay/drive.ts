/**
 * Drives a scenario over the HTTP API from first alert to closed: opens the incident, does what is ready, finds out what
 * is unknown once that holds things up, and closes. One thing at a time, reading anew after each, so that a step is only
 * done when the server says that it can be.
 */
import { OVER, type Incident, type Page, type Step } from '../api/shapes.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { sleep as realSleep } from '../sleep.js';
import { isDoable, isWaitingForWorker, perform } from './act.js';
import type { Crew } from './crew.js';
import { factBook } from './fact-book.js';
import { addFoundSystem, closeIncident, settleFact } from './incident-moves.js';
import { type Opened, openIncident, type OpenOptions } from './open-incident.js';
import type { Run } from './run.js';
import type { Scenario } from './scenario.js';
import { type Stuck, whatIsStuck } from './stuck.js';

export interface DriveOptions extends OpenOptions {
  /** Stop as soon as this phase is completed, and leave the incident in mid-course. */
  readonly stopAfterPhase?: string;
  /** Asked before each move: true leaves the incident as it is. */
  readonly stopWhen?: (incident: Incident, steps: readonly Step[]) => boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Checked between any two requests; its reason is thrown. */
  readonly signal?: AbortSignal;
  readonly clock?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly actionPatienceMs?: number;
  readonly pollMs?: number;
}

export interface Progress {
  readonly ref: string;
  readonly phases: readonly string[];
  readonly done: number;
  readonly total: number;
}

export interface DriveResult {
  readonly scenario: Scenario;
  readonly ref: string;
  readonly ended: 'closed' | 'stopped' | 'stuck';
  /** Empty unless stuck. */
  readonly stuck: readonly Stuck[];
  /** Phases in which at least one step was done, in the order of their first. */
  readonly visited: readonly string[];
  readonly leftOut: readonly string[];
  readonly assumptions: readonly string[];
  readonly refused: number;
  readonly timeMs: number;
}

const MAX_ROUNDS = 10_000;
const UNDER_WAY = ['ready', 'in_progress'];
const WORKED_ON = ['in_progress', 'completed', 'problem'];

/** Refusals are part of the result; a server that fails or goes away is thrown. */
export async function driveScenario(
  scenario: Scenario,
  crew: Crew,
  options: DriveOptions = {},
): Promise<DriveResult> {
  const { clock = Date.now, sleep = realSleep, pollMs = 200, signal } = options;
  const startedAt = clock();
  const opened = await openIncident(crew.lead.api, scenario, options);
  const run = newRun(scenario, crew, opened, clock, options.actionPatienceMs ?? 5_000);
  const visited = new Set<string>();
  const result = (ended: DriveResult['ended'], stuck: readonly Stuck[] = []): DriveResult => ({
    scenario,
    ref: run.ref,
    ended,
    stuck,
    visited: [...visited],
    leftOut: opened.leftOut,
    assumptions: run.facts.assumptions,
    refused: run.refused,
    timeMs: clock() - startedAt,
  });
  let idle = 0;
  for (let round = 0; ; round += 1) {
    signal?.throwIfAborted();
    const { incident, steps } = await look(run);
    if (round === 0) mustHavePhase(incident, options.stopAfterPhase);
    for (const step of steps) {
      if (WORKED_ON.includes(step.status)) visited.add(step.phase);
      if (!UNDER_WAY.includes(step.status)) run.underWaySince.delete(step.id);
    }
    options.onProgress?.(progressOf(incident, steps));
    if (incident.status === 'closed') return result('closed');
    if (shouldStop(options, incident, steps)) return result('stopped');
    const moved = await move(run, incident, steps);
    idle = moved || steps.some((step) => isWaitingForWorker(run, step)) ? 0 : idle + 1;
    if (idle >= 2 || round >= MAX_ROUNDS) return result('stuck', whatIsStuck(run, incident, steps));
    if (!moved) await sleep(pollMs, signal);
  }
}

function newRun(
  scenario: Scenario,
  crew: Crew,
  opened: Opened,
  clock: () => number,
  actionPatienceMs: number,
): Run {
  return {
    scenario,
    crew,
    ref: opened.incident.ref,
    hints: opened.hints,
    facts: factBook(scenario, opened.hints),
    factsNow: opened.incident.facts,
    clock,
    actionPatienceMs,
    doneBy: new Map(),
    answered: new Map(),
    underWaySince: new Map(),
    added: new Set(),
    refusals: new Map(),
    refused: 0,
  };
}

async function look(run: Run): Promise<{ incident: Incident; steps: readonly Step[] }> {
  const { api } = run.crew.lead;
  const incident = await api.get<Incident>(`/incidents/${run.ref}`);
  const { items } = await api.get<Page<Step>>(`/incidents/${run.ref}/steps`);
  run.factsNow = incident.facts;
  return { incident, steps: items };
}

/** Does the first thing that can be done. False when nothing could. */
async function move(run: Run, incident: Incident, steps: readonly Step[]): Promise<boolean> {
  if (await addFoundSystem(run, incident)) return true;
  for (const step of steps) {
    if (isDoable(run, step) && (await perform(run, step))) return true;
  }
  if (steps.some((step) => isWaitingForWorker(run, step))) return false;
  if (await settleFact(run, incident, steps)) return true;
  return closeIncident(run, incident);
}

function progressOf(incident: Incident, steps: readonly Step[]): Progress {
  const done = steps.filter(({ status }) => OVER.includes(status)).length;
  const active = incident.phases.filter(({ status }) => status === 'active').map(({ title }) => title);
  return { ref: incident.ref, phases: active, done, total: steps.length };
}

function mustHavePhase(incident: Incident, phase: string | undefined): void {
  if (phase === undefined || incident.phases.some(({ id }) => id === phase)) return;
  const known = incident.phases.map(({ id }) => id).join(', ');
  throw new CliError(`The playbook has no phase ${phase}: name one of ${known}.`, exitCodes.usage);
}

function shouldStop(
  { stopAfterPhase, stopWhen }: DriveOptions,
  incident: Incident,
  steps: readonly Step[],
): boolean {
  const over = ({ id, status }: Incident['phases'][number]): boolean =>
    id === stopAfterPhase && status === 'completed';
  return incident.phases.some(over) || stopWhen?.(incident, steps) === true;
}
