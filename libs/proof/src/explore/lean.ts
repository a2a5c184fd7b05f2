/**
 * The compiled machine without the gates that nothing is asked of: where a step counts as done, its gate is a way
 * through and nothing else, so what leads to it leads on to what comes after it. Same compiler, same guards and actions,
 * same stepping; only targets differ.
 */
import { createStepper, type Machines, type Stepper } from '@cordon/engine';
import { buildMachine, type StateConfig, type StepRecord } from '@cordon/playbook';

type Transition = NonNullable<StateConfig['always']>[number];

/** Records of the steps that count as done. */
type Done = ReadonlyMap<string, StepRecord>;

/**
 * Machines that never stand at these steps and never forget their records, and else do what the given ones do. Where a
 * gate does not simply lead on, it stays as it is. O(states), and building the machines.
 */
export function leanMachines(machines: Machines, done: Done): Machines {
  const passed = new Map([...done].filter(([id]) => machines.plan.steps.get(id)?.anytime !== true));
  if (passed.size === 0) return machines;
  const configs = {
    incident: leanConfig(machines.configs.incident, passed),
    system: leanConfig(machines.configs.system, passed),
  };
  const stepper = (config: StateConfig): Stepper => remembering(createStepper(buildMachine(config)), passed);
  return { ...machines, configs, incident: stepper(configs.incident), system: stepper(configs.system) };
}

/** Reopening forgets what it names, except steps that count as done. */
function remembering(stepper: Stepper, passed: Done): Stepper {
  return {
    step: (state, event) =>
      stepper.step(
        state,
        event.clear ? { ...event, clear: event.clear.filter((id) => !passed.has(id)) } : event,
      ),
  };
}

/** The configuration of one machine, without ways to the gates of these steps. */
function leanConfig(config: StateConfig, passed: Done): StateConfig {
  return new Leading(config, passed).lean();
}

class Leading {
  private readonly root: string;
  private readonly landings = new Map<string, string>();

  constructor(
    private readonly config: StateConfig,
    private readonly passed: Done,
  ) {
    this.root = `#${config.id ?? ''}`;
  }

  lean(): StateConfig {
    return this.stateOf(this.config, this.root);
  }

  private stateOf(state: StateConfig, path: string): StateConfig {
    const { states, initial, always, on, onDone } = state;
    const inner =
      states && Object.entries(states).map(([key, one]) => [key, this.stateOf(one, `${path}.${key}`)]);
    const events = on && Object.entries(on).map(([type, ways]) => [type, ways.map((way) => this.led(way))]);
    return {
      ...state,
      ...(initial === undefined ? {} : { initial: this.first(path, initial) }),
      ...(inner ? { states: Object.fromEntries(inner) as StateConfig['states'] } : {}),
      ...(always ? { always: always.map((way) => this.led(way)) } : {}),
      ...(events ? { on: Object.fromEntries(events) as StateConfig['on'] } : {}),
      ...(onDone ? { onDone: onDone.map((way) => this.led(way)) } : {}),
    } as StateConfig;
  }

  /** The child that is entered first: only a child can be. */
  private first(path: string, initial: string): string {
    const key = this.landing(`${path}.${initial}`).slice(path.length + 1);
    return this.landing(`${path}.${initial}`).startsWith(`${path}.`) && !key.includes('.') ? key : initial;
  }

  private led(way: Transition): Transition {
    const target = way.target?.startsWith('#') ? this.landing(way.target) : way.target;
    const actions = way.actions?.map(({ type, params }) =>
      type.startsWith('startOver') && params && 'steps' in params && Array.isArray(params.steps)
        ? { type, params: { ...params, steps: params.steps.filter((id) => !this.passed.has(String(id))) } }
        : { type, ...(params ? { params } : {}) },
    );
    return { ...way, ...(target === undefined ? {} : { target }), ...(actions ? { actions } : {}) };
  }

  /** Where the flow comes to that is led to this state. */
  private landing(path: string): string {
    const known = this.landings.get(path);
    if (known !== undefined) return known;
    // A round of gates leads nowhere: it is left to the machine.
    this.landings.set(path, path);
    const next = this.leadsTo(path);
    const end = next === undefined ? path : this.landing(next);
    this.landings.set(path, end);
    return end;
  }

  /** The state that this one leads on to whatever happens; undefined when something happens in it. */
  private leadsTo(path: string): string | undefined {
    const state = this.at(path);
    if (!state || state.entry || state.on || state.type === 'final') return undefined;
    if (state.type === 'parallel') return this.throughAll(path, state);
    const { initial, always, states } = state;
    if (always) return always.length === 1 && !states ? plain(always[0]) : undefined;
    if (initial === undefined) return undefined;
    const record = this.passed.get(path.slice(path.lastIndexOf('.') + 1));
    if (record && initial === 'gate') return throughGate(states?.gate, record);
    const inside = this.landing(`${path}.${initial}`);
    return inside.startsWith(`${path}.`) ? undefined : inside;
  }

  /** Every region is at its end as soon as it is entered. */
  private throughAll(path: string, { states, onDone }: StateConfig): string | undefined {
    const ended = Object.entries(states ?? {}).every(([key, { initial }]) => {
      const end = this.landing(`${path}.${key}.${initial ?? ''}`);
      const state = this.at(end);
      return end.startsWith(`${path}.${key}.`) && state?.type === 'final' && !state.entry;
    });
    return ended && onDone?.length === 1 ? plain(onDone[0]) : undefined;
  }

  private at(path: string): StateConfig | undefined {
    if (path === this.root) return this.config;
    const keys = path.slice(this.root.length + 1).split('.');
    return keys.reduce<StateConfig | undefined>((state, key) => state?.states?.[key], this.config);
  }
}

/** A way that is taken always and does nothing. */
function plain(way: Transition | undefined): string | undefined {
  return way && !way.guard && !way.actions && way.target?.startsWith('#') ? way.target : undefined;
}

/** The way that the gate takes with this record. */
function throughGate(gate: StateConfig | undefined, record: StepRecord): string | undefined {
  const taken = gate?.always?.find(({ guard }) => opens(guard, record) !== 'no');
  if (!taken?.guard || opens(taken.guard, record) !== 'yes') return undefined;
  const { guard: _guard, ...way } = taken;
  return plain(way);
}

/** What the guard of a gate says of a record that is completed, where that follows from the record alone. */
function opens(guard: Transition['guard'], record: StepRecord): 'yes' | 'no' | 'depends' {
  const params: { readonly status?: string; readonly answer?: string } = guard?.params ?? {};
  switch (guard?.type) {
    case 'done':
      return 'yes';
    case 'resumes':
      return record.status === params.status ? 'yes' : 'no';
    case 'answered':
      return record.answer === params.answer ? 'yes' : 'no';
    default:
      return 'depends';
  }
}
