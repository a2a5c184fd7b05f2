import { expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import {
  buildMachine,
  compile,
  parsePlaybook,
  planOf,
  type MachineContext,
  type MachineEvent,
} from '@cordon/playbook';
import fc from 'fast-check';
import { createActor, transition, type AnyMachineSnapshot } from 'xstate';
import { SMALL_PLAYBOOK } from './testing/small-playbook.js';
import { createStepper, type MachineState } from './xstate.js';

const context: MachineContext = {
  facts: {},
  steps: {},
  systems: { crm: { steps: {} } },
  gates: [],
  rounds: {},
};

function setup() {
  const { playbook } = parsePlaybook(SMALL_PLAYBOOK);
  if (!playbook) throw new Error('the playbook parses');
  const config = compile(planOf(playbook)).incident;
  const machine = buildMachine(config);
  const ids = [...planOf(playbook).steps.keys()];
  return { machine, config, ids, stepper: createStepper(machine) };
}

test('the cached step and XState’s own transition agree on random events, state after state', () => {
  const { machine, ids, stepper } = setup();
  const kinds = [
    'step.start',
    'step.complete',
    'step.skip',
    'step.problem',
    'approval.approve',
    'approval.refuse',
    'action.succeeded',
    'action.failed',
  ];
  const event = fc.oneof(
    fc
      .record({
        kind: fc.constantFrom(...kinds),
        id: fc.constantFrom(...ids),
        by: fc.constantFrom('ann', 'bob'),
        answer: fc.constantFrom('many', 'few', 'clean', 'infected'),
      })
      .map(({ kind, id, by, answer }): MachineEvent => ({ type: `${kind}.${id}`, at: 5, by, answer })),
    fc
      .constantFrom('yes', 'no', 'unknown')
      .map((value): MachineEvent => ({ type: 'fact.set', at: 6, facts: { personalData: value } })),
    fc
      .constantFrom('facts.changed', 'incident.close', 'incident.reopen')
      .map((type): MachineEvent => ({ type, at: 7 })),
    fc.constantFrom(...ids).map((id): MachineEvent => ({ type: 'step.reopen', at: 8, clear: [id] })),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let ours: MachineState = { value: 'new', context };
      let theirs = machine.resolveState({ value: 'new', context }) as AnyMachineSnapshot;
      for (const one of [{ type: 'incident.open', at: 1 } as MachineEvent, ...events]) {
        ours = stepper.step(ours, one) ?? ours;
        const timed = { ...theirs, context: { ...(theirs.context as MachineContext), now: one.at } };
        [theirs] = transition(machine as never, timed as never, one as never) as unknown as [
          AnyMachineSnapshot,
        ];
        const { now: _now, ...rest } = theirs.context as MachineContext;
        expect(canonicalJson(ours.value)).toBe(canonicalJson(theirs.value));
        expect(canonicalJson(ours.context)).toBe(canonicalJson(rest));
      }
    }),
    { numRuns: 150 },
  );
});

test('stored as JSON and read back, a state goes on as if it had never left', () => {
  const { stepper } = setup();
  const opened = stepper.step({ value: 'new', context }, { type: 'incident.open', at: 1 });
  if (!opened) throw new Error('it opens');
  const back = JSON.parse(JSON.stringify(opened)) as MachineState;
  const event = { type: 'step.complete.alert', at: 2, by: 'ann' };
  expect(canonicalJson(stepper.step(back, event))).toBe(canonicalJson(stepper.step(opened, event)));
});

test('an event the machine does not know leaves no trace', () => {
  const { stepper } = setup();
  const opened = stepper.step({ value: 'new', context }, { type: 'incident.open', at: 1 });
  if (!opened) throw new Error('it opens');
  expect(stepper.step(opened, { type: 'step.complete.findings', at: 2 })).toBeUndefined();
  expect(stepper.step(opened, { type: 'xstate.done.state.small.open', at: 2 })).toBeUndefined();
});

test('the configuration is plain JSON that XState itself accepts', () => {
  const { config } = setup();
  const json = JSON.parse(JSON.stringify(config)) as typeof config;
  expect(json).toEqual(config);
  expect(createActor(buildMachine(json), { input: context }).getSnapshot().value).toBe('new');
});
