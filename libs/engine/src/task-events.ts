/** Who has a task. It stands beside the flow: the machines do not move. */
import type { StepRecord } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { EVERY_STEP } from './authorise.js';
import { withRecord, type Instance } from './instances.js';
import type { Decision } from './model.js';
import { whyNot } from './reasons.js';
import { accepted, notAccepted, textOf, type Request } from './verdicts.js';

export function decideTaskEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, data, actor } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), ...blockedBy);
  if (type === 'task.assign') return handed(request, instance, { assignee: textOf(data, 'to') });
  const assignee = instance.record?.assignee;
  const leads = actor.roles.some((role) => EVERY_STEP.includes(role));
  if (assignee !== undefined && assignee !== actor.id && !(leads && type === 'task.release')) {
    return notAccepted(acceptedBy(instance, state), {
      code: 'assigned_to_other',
      step: instance.id,
      by: assignee,
    });
  }
  if (type === 'task.accept') return handed(request, instance, { assignee: actor.id, accepted: true });
  if (assignee === undefined) {
    return notAccepted(acceptedBy(instance, state), { code: 'not_assigned', step: instance.id });
  }
  return handed(request, instance, {});
}

/** Whoever had the task has it no more; `to` has it now, or nobody. */
function handed(
  request: Request,
  instance: Instance,
  to: Pick<StepRecord, 'assignee' | 'accepted'>,
): Decision {
  const next = withRecord(
    request.state,
    instance,
    ({ assignee: _assignee, accepted: _accepted, ...rest }) => ({
      ...rest,
      ...to,
    }),
  );
  return accepted(request, next);
}
