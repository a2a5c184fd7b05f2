import {
  buildMachine,
  compile,
  planOf,
  type CompiledConfigs,
  type Plan,
  type Playbook,
} from '@cordon/playbook';
import { createStepper, type Stepper } from './xstate.js';

/** A playbook ready to decide with. Compiling costs milliseconds: keep one per digest. */
export interface Machines {
  readonly digest: string;
  readonly plan: Plan;
  readonly configs: CompiledConfigs;
  readonly incident: Stepper;
  readonly system: Stepper;
}

/** `digest` is the hex SHA-256 of the playbook's source, by which incidents are pinned. */
export function compileMachines(playbook: Playbook, digest: string): Machines {
  const plan = planOf(playbook);
  const configs = compile(plan);
  return {
    digest,
    plan,
    configs,
    incident: createStepper(buildMachine(configs.incident)),
    system: createStepper(buildMachine(configs.system)),
  };
}
