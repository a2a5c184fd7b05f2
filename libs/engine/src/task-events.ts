/** Who has a task, by when and how soon. It stands beside the flow: the machines do not move. */
import { fromIso, invariant } from '@cordon/kernel';
import type { Priority, StepRecord } from '@cordon/playbook';
import { acceptedBy } from './accepts.js';
import { withMember } from './access-events.js';
import { withRecord, type Instance } from './instances.js';
import { holderRefusal } from './may.js';
import type { Decision } from './model.js';
import { whyNot } from './reasons.js';
import { isBoundByRule, ruleDueAt } from './timers.js';
import { accepted, invalid, notAccepted, textOf, type Request } from './verdicts.js';

export function decideTaskEvent(request: Request, instance: Instance): Decision {
  const { machines, state, type, data, actor, at } = request;
  const blockedBy = whyNot(machines.plan, state, type, instance);
  if (blockedBy.length > 0) return notAccepted(acceptedBy(instance, state), ...blockedBy);
  if (type === 'task.schedule') return schedule(request, instance);
  if (type === 'task.prioritise') return prioritise(request, instance);
  if (type === 'task.assign') {
    return handed(request, instance, {
      assignee: textOf(data, 'to'),
      assignedBy: actor.id,
      assignedAt: at,
    });
  }
  const held = holderRefusal(instance, type, actor, Array.isArray(data.actingFor) ? data.actingFor : []);
  if (held) return notAccepted(acceptedBy(instance, state), held);
  if (type === 'task.accept') {
    const assignedBy = instance.record?.assignedBy;
    return handed(request, instance, {
      assignee: actor.id,
      accepted: true,
      ...(assignedBy === undefined || assignedBy === actor.id ? {} : { assignedBy }),
    });
  }
  if (instance.record?.assignee === undefined) {
    return notAccepted(acceptedBy(instance, state), { code: 'not_assigned', step: instance.id });
  }
  return handed(request, instance, {});
}

/** Another due time. One that a rule has set may be brought forward, never put off. */
function schedule(request: Request, instance: Instance): Decision {
  const { machines, state, data, at } = request;
  const dueAt = fromIso(textOf(data, 'dueAt'));
  invariant(dueAt !== undefined, 'the table of events makes dueAt a moment');
  if (dueAt <= at) return invalid('/data/dueAt', 'dueAt lies in the past');
  const rule = ruleDueAt(machines.plan, state, instance);
  if (isBoundByRule(instance) && rule !== undefined && dueAt > rule) {
    return invalid(
      '/data/dueAt',
      `the time of "${instance.id}" comes from a rule: it may be brought forward, not put off`,
    );
  }
  return accepted(
    request,
    withRecord(state, instance, (record) => ({ ...record, dueAt })),
  );
}

function prioritise(request: Request, instance: Instance): Decision {
  const priority = textOf(request.data, 'priority') as Priority;
  const next = withRecord(request.state, instance, ({ priority: _priority, ...rest }) =>
    priority === 'normal' ? rest : { ...rest, priority },
  );
  return accepted(request, next);
}

/** Whoever had the task has it no more; `to` has it now, or nobody. */
function handed(
  request: Request,
  instance: Instance,
  to: Pick<StepRecord, 'assignee' | 'accepted' | 'assignedBy' | 'assignedAt'>,
): Decision {
  const next = withRecord(
    request.state,
    instance,
    ({
      assignee: _assignee,
      accepted: _accepted,
      assignedBy: _assignedBy,
      assignedAt: _assignedAt,
      ...rest
    }) => ({ ...rest, ...to }),
  );
  return accepted(request, to.assignee === undefined ? next : withMember(next, to.assignee));
}
