/** `incident.migrate`: one coordinator proposes, another signs off. */
import { isClosed } from './reasons.js';
import { mapErrors, mapSteps, migrated, signedOff, stepMapOf, type Unmapped } from './migrate.js';
import type { Machines } from './machines.js';
import type { Decision, FieldError } from './model.js';
import { accepted, forbidden, invalid, notAccepted, textOf, type Request } from './verdicts.js';

const WHY_UNMAPPED: Readonly<Record<Unmapped['reason'], string>> = {
  gone: 'does not exist there',
  other_kind: 'is a step of another kind there',
  other_place:
    'stands elsewhere there: once for the incident here and per system there, or the other way round',
  other_answers: 'has an answer that does not exist there',
  twice: 'has the counterpart of another step',
};

/** `target` are the machines of the version named, where it is published. */
export function decideMigration(request: Request, target: Machines | undefined): Decision {
  const { machines, state, data, actor, at } = request;
  const version = textOf(data, 'version');
  const { id } = machines.plan.playbook;
  if (state.status === 'closed') return notAccepted([], isClosed(state));
  if (!target) return invalid('/data/version', `there is no version ${version} of the playbook ${id}`);
  if (target.digest === machines.digest) {
    return invalid('/data/version', `the incident runs on version ${version} already`);
  }
  const map = data.map === undefined ? undefined : stepMapOf(data.map);
  if (data.map !== undefined && !map) {
    return invalid('/data/map', 'map names a step of the new version, or null, for each step of the old');
  }
  const proposal = signedOff(state, target.digest, map);
  const wanted = map ?? proposal?.map ?? {};
  const wrong = mapErrors(machines, target, wanted);
  const { steps, unmapped } = mapSteps(machines, target, state, wanted);
  const errors = wrong.length > 0 ? wrong : unmapped.map((one) => unmappedError(one, version));
  if (errors.length > 0) return { outcome: 'rejected', rejection: { code: 'invalid_event', errors } };
  if (!proposal) {
    const { digest } = target;
    return accepted(request, { ...state, migration: { version, digest, map: wanted, by: actor.id, at } });
  }
  if (proposal.by === actor.id) {
    return forbidden(['administrator', 'coordinator'], {
      code: 'own_proposal',
      by: actor.id,
      since: proposal.at,
    });
  }
  return { outcome: 'accepted', ...migrated(target, state, steps, at), machines: target };
}

function unmappedError({ step, reason }: Unmapped, version: string): FieldError {
  return {
    pointer: `/data/map/${step}`,
    message: `${step} has been worked on and ${WHY_UNMAPPED[reason]} in ${version}: name its counterpart, or null to leave it behind`,
  };
}
