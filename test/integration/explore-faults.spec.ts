/**
 * Playbooks with one thing wrong with them. Each is found, with a shortest run that shows it and that replays. What the
 * checks of the language refuse, or the compiler cannot get wrong, is put into the compiled configuration.
 */
import { expect, test } from '@jest/globals';
import { compileMachines, createStepper, type Machines } from '@cordon/engine';
import { buildMachine, parsePlaybook, type CompiledConfigs } from '@cordon/playbook';
import { explore, replayCase } from '@cordon/proof';

const T = { en: 'T' };
const yes = (fact: string) => ({ fact, is: 'yes' });
const no = (fact: string) => ({ fact, is: 'no' });
const never = { all: [yes('f'), no('f')] };
const task = (id: string, more: object = {}) => ({ task: id, title: T, role: 'doer', ...more });
const decision = (id: string, answers: readonly object[], more: object = {}) => ({
  decision: id,
  title: T,
  role: 'doer',
  answers: answers.map((answer) => ({ title: T, ...answer })),
  ...more,
});
const approval = (id: string, covers: string, more: object = { refused: { repeat: covers } }) => ({
  approval: id,
  title: T,
  role: 'doer',
  covers: [covers],
  ...more,
});
const again = (repeat: string) => ({ refused: { repeat } });
const perSystem = (...steps: readonly object[]) => ({ each: 'system', id: 'each-one', steps });

/** A playbook of one phase; facts are those that are named anywhere in it. */
function source(steps: readonly object[], more: object = {}): string {
  const text = JSON.stringify([steps, more]);
  const facts = ['f', 'g', 'h', 'personalData'].filter((id) => text.includes(`"${id}"`));
  return JSON.stringify({
    cordon: 1,
    id: 'faulty',
    version: '1.0.0',
    languages: ['en'],
    title: T,
    summary: T,
    roles: [{ id: 'doer', title: T }],
    facts: facts.map((id) => ({ id, type: 'yesno', title: T })),
    phases: [{ id: 'main', title: T, steps }],
    flow: ['main'],
    ...more,
  });
}

function compiled(text: string): Machines {
  const { playbook, findings } = parsePlaybook(text);
  if (!playbook) throw new Error(JSON.stringify(findings));
  return compileMachines(playbook, 'digest');
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- configurations are changed by path
type Config = Record<string, any>;

/** The machines with their configuration changed behind the compiler's back. */
function broken(text: string, change: (configs: { incident: Config; system: Config }) => void): Machines {
  const machines = compiled(text);
  const configs = structuredClone(machines.configs) as { incident: Config; system: Config };
  change(configs);
  const { incident, system } = configs as unknown as CompiledConfigs;
  return {
    ...machines,
    configs: { incident, system },
    incident: createStepper(buildMachine(incident)),
    system: createStepper(buildMachine(system)),
  };
}

/** The machines with approvals that are bound to no fact. */
function unbound(text: string): Machines {
  const machines = compiled(text);
  const bindings = [...machines.plan.bindings].map(([id, one]) => [id, { ...one, facts: [] }] as const);
  return { ...machines, plan: { ...machines.plan, bindings: new Map(bindings) } };
}

/** The states of the phase in the incident's configuration. */
const inMain = ({ incident }: { incident: Config }): Config => incident.states.open.states.main.states;
/** Of the answers of the decision `d` only those that lead back to `a` are left. */
function onlyBack(configs: { incident: Config }): void {
  for (const { on } of Object.values<Config>(inMain(configs).d.states)) {
    if (on)
      on['step.complete.d'] = on['step.complete.d'].filter(
        ({ target }: Config) => target === '#faulty.open.main.a',
      );
  }
}
const author = (at: string, needs: readonly string[], more: object = {}) => ({
  properties: [{ id: 'mine', title: T, at, needs, ...more }],
});
const duty = (id: string, when?: object) => ({ duties: [{ id, title: T, ...(when ? { when } : {}) }] });

interface Fault {
  readonly what: string;
  readonly machines: () => Machines;
  readonly property: string;
  /** Events of the shortest run. */
  readonly events: number;
}

const faults: readonly Fault[] = [
  {
    what: 'a gate that never opens leaves an affected system with nothing to do',
    machines: () =>
      broken(
        source([task('a'), perSystem(task('cut-off'))]),
        (configs) => void delete inMain(configs)['each-one'].entry,
      ),
    property: 'dead-end',
    events: 1,
  },
  {
    what: 'the notice to the regulator may be skipped',
    machines: () =>
      compiled(
        source(
          [{ notice: 'tell', to: T, title: T, role: 'doer', optional: true, duty: 'told' }, task('a')],
          duty('told'),
        ),
      ),
    property: 'duty:told',
    events: 2,
  },
  {
    what: 'a refused approval goes on: its refusal leads where its approval does',
    machines: () =>
      broken(source([task('draft'), approval('ok', 'draft'), task('send')]), (configs) => {
        inMain(configs).ok.states.ready.on['approval.refuse.ok'] = [{ target: '#faulty.open.main.send' }];
      }),
    property: 'refusal',
    events: 2,
  },
  {
    what: 'a refused approval goes on: an edge of the graph says so',
    machines: () =>
      compiled(
        source(
          [
            {
              graph: 'way',
              steps: [
                task('draft'),
                { ...approval('ok', 'draft', {}), after: ['draft'] },
                {
                  ...task('send'),
                  after: [
                    { step: 'ok', outcome: 'approved' },
                    { step: 'ok', outcome: 'refused' },
                  ],
                },
              ],
            },
          ],
          author('send', ['ok']),
        ),
      ),
    property: 'property:mine',
    events: 2,
  },
  {
    what: 'a join that never joins',
    machines: () =>
      broken(source([{ parallel: [[task('a')], [task('b')]] }]), (configs) => {
        for (const state of Object.values<Config>(inMain(configs))) delete state.onDone;
      }),
    property: 'closes',
    events: 0,
  },
  {
    what: 'a decision whose every way comes back',
    machines: () =>
      broken(source([task('a'), decision('d', [{ id: 'go' }, { id: 'again', repeat: 'a' }])]), onlyBack),
    property: 'closes',
    events: 0,
  },
  {
    what: 'a wait for what cannot come true, that nobody may end',
    machines: () =>
      broken(source([{ wait: 'w', title: T, role: 'doer', until: never }]), (configs) => {
        for (const state of Object.values<Config>(inMain(configs).w.states))
          if (state.on) delete state.on['step.complete.w'];
      }),
    property: 'dead-end',
    events: 0,
  },
  {
    what: 'a closure condition that nobody can fulfil',
    machines: () => compiled(source([task('a')], { closure: [{ id: 'both', title: T, when: never }] })),
    property: 'closes',
    events: 0,
  },
  {
    what: 'a duty whose step is passed over because of another fact',
    machines: () =>
      compiled(source([task('tell', { duty: 'told', when: yes('g') })], duty('told', yes('f')))),
    property: 'duty:told',
    events: 0,
  },
  {
    what: 'unknown personal data is treated as none',
    machines: () =>
      compiled(
        source(
          [
            task('tell', {
              duty: 'privacy-regulator',
              when: { all: [{ fact: 'personalData', known: true }, yes('personalData')] },
            }),
          ],
          duty('privacy-regulator', { all: [{ fact: 'personalData', known: true }, yes('personalData')] }),
        ),
      ),
    property: 'personal-data',
    events: 1,
  },
  {
    what: 'a loop whose limit leaves no way on',
    machines: () =>
      broken(
        source([task('a'), decision('d', [{ id: 'go' }, { id: 'again', repeat: 'a', max: 1 }])]),
        onlyBack,
      ),
    property: 'dead-end',
    events: 3,
  },
  {
    what: 'a system that may stay as it is: its machine is through before it has begun, and nobody waits for it',
    machines: () =>
      broken(source([perSystem(task('cut-off'))]), ({ incident, system }) => {
        system.states.open.initial = 'through';
        incident.states.open.states.main.states['each-one'].always[0].guard.params.steps = [];
      }),
    property: 'systems',
    events: 1,
  },
  {
    what: 'a mandatory step on a branch that both answers avoid',
    machines: () =>
      broken(source([decision('d', [{ id: 'x', then: [task('a')] }, { id: 'y' }])]), (configs) => {
        const { always } = inMain(configs).d.states.gate;
        inMain(configs).d.states.gate.always = always.filter(
          ({ guard }: Config) => guard.type !== 'answered',
        );
      }),
    property: 'mandatory',
    events: 2,
  },
  {
    what: 'an edge for failures that gets by the approval',
    machines: () =>
      compiled(
        source(
          [
            {
              graph: 'way',
              steps: [
                task('draft'),
                { ...approval('ok', 'draft', {}), after: ['draft'] },
                {
                  ...task('send'),
                  after: [
                    { step: 'ok', outcome: 'approved' },
                    { step: 'draft', outcome: 'failed' },
                  ],
                },
                { ...task('redo'), after: [{ step: 'ok', outcome: 'refused' }] },
              ],
            },
          ],
          author('send', ['ok']),
        ),
      ),
    property: 'property:mine',
    events: 1,
  },
  {
    what: 'a block of a graph that waits for ends of which none is ever taken',
    machines: () =>
      compiled(
        source(
          [
            {
              graph: 'way',
              steps: [
                task('a', { optional: true }),
                {
                  ...decision('d', [
                    { id: 'x', when: yes('f') },
                    { id: 'y', when: { not: yes('f') } },
                  ]),
                  after: ['a'],
                },
                { ...task('b'), after: [{ step: 'a', outcome: 'failed' }] },
                { ...task('tell', { duty: 'told' }), after: [{ step: 'b', outcome: 'failed' }] },
              ],
            },
          ],
          duty('told', yes('f')),
        ),
      ),
    property: 'duty:told',
    events: 1,
  },
  {
    what: 'what the author asks is broken in one order of two branches only',
    machines: () =>
      compiled(
        source(
          [
            {
              parallel: [
                [task('a'), task('b')],
                [task('c'), task('e')],
              ],
            },
          ],
          author('e', ['b']),
        ),
      ),
    property: 'property:mine',
    events: 1,
  },
  {
    what: 'what the author asks is broken for one combination of three facts only',
    machines: () =>
      compiled(
        source(
          [
            task('check', { when: { not: { all: [yes('f'), no('g'), { fact: 'h', known: false }] } } }),
            task('go'),
          ],
          author('go', ['check']),
        ),
      ),
    property: 'property:mine',
    events: 0,
  },
  {
    what: 'a mandatory step whose gate stands open',
    machines: () =>
      broken(source([task('a'), task('b')]), (configs) => {
        inMain(configs).a.states.gate.always.unshift({ target: '#faulty.open.main.b' });
      }),
    property: 'mandatory',
    events: 2,
  },
  {
    what: 'a refused approval of a system goes on',
    machines: () =>
      broken(source([perSystem(task('choose'), approval('ok', 'choose'), task('use'))]), ({ system }) => {
        system.states.open.states.ok.states.ready.on['approval.refuse.ok'] = [
          { target: '#faulty-system.open.use' },
        ];
      }),
    property: 'refusal',
    events: 2,
  },
  {
    what: 'a lapsed approval goes on: where something was forgotten the flow is entered behind the approval',
    machines: () =>
      broken(
        source([task('draft'), approval('ok', 'draft', { facts: ['f'], ...again('draft') }), task('send')]),
        ({ incident }) => {
          incident.states.open.on['step.reopen'][0].target = '#faulty.open.main.send';
        },
      ),
    property: 'refusal',
    events: 3,
  },
  {
    what: 'an approval stands although the fact that it names has changed',
    machines: () =>
      unbound(
        source([task('draft'), approval('ok', 'draft', { facts: ['f'], ...again('draft') }), task('send')]),
      ),
    property: 'refusal',
    events: 3,
  },
  {
    what: 'two decisions of which one or the other leaves no way on, whatever the fact is',
    machines: () =>
      broken(
        source([
          decision('d', [{ id: 'go' }, { id: 'on' }], { when: yes('f') }),
          decision('e', [{ id: 'go' }, { id: 'on' }], { when: { not: yes('f') } }),
        ]),
        (configs) => {
          for (const id of ['d', 'e'])
            for (const state of Object.values<Config>(inMain(configs)[id].states))
              if (state.on) delete state.on[`step.complete.${id}`];
        },
      ),
    property: 'closes',
    events: 0,
  },
];

test.each(faults)('found: $what', ({ machines, property, events }) => {
  const subject = machines();
  const report = explore(subject);
  const verdict = report.properties.find(({ id }) => id === property);
  expect(verdict).toMatchObject({ verdict: 'violated', case: { shortest: true } });
  const found = verdict?.case;
  if (!found) throw new Error('a violated property has a case');
  expect(found.events.map(({ event }) => event.type)).toHaveLength(events);
  expect(replayCase(subject, JSON.parse(JSON.stringify(found)) as typeof found)).toEqual({
    breaks: true,
    accepted: events,
  });
});

test('the same playbooks without their fault break nothing', () => {
  const sound = [
    source([task('a'), perSystem(task('choose'), approval('ok', 'choose'), task('use'))]),
    source([task('draft'), approval('ok', 'draft'), task('send')], author('send', ['draft'])),
    source([task('draft'), approval('ok', 'draft', { facts: ['f'], ...again('draft') }), task('send')]),
    source([task('a'), decision('d', [{ id: 'go' }, { id: 'again', repeat: 'a', max: 1 }])]),
    source(
      [task('tell', { duty: 'privacy-regulator', when: yes('personalData') })],
      duty('privacy-regulator', yes('personalData')),
    ),
    source([
      decision('d', [{ id: 'x', then: [task('a')] }, { id: 'y' }], { when: yes('f') }),
      { parallel: [[task('b')], [task('c')]] },
    ]),
  ];
  for (const text of sound) {
    const { properties, bound } = explore(compiled(text));
    expect([bound, properties.filter(({ verdict }) => verdict !== 'holds')]).toEqual([undefined, []]);
  }
});
