import type { Actor } from '@cordon/engine';
import type { Playbook } from '@cordon/playbook';

/**
 * Two people for every role of the playbook, named for it (`responder`, `responder-2`), so that a second person can
 * approve what the first has done; and coordinators, whom every incident needs.
 */
export function peopleOf({ roles }: Playbook): readonly Actor[] {
  const ids = [...new Set([...roles.map(({ id }) => id), 'coordinator'])];
  return ids.flatMap((role) =>
    [role, `${role}-2`].map((id): Actor => ({ type: 'person', id, roles: [role] })),
  );
}
