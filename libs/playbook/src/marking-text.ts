import type { Marking } from './model.js';

/** How a document may be shared, as the Traffic Light Protocol writes it: `TLP:AMBER+STRICT`; or the statement. */
export function markingText(marking: Marking): string {
  return 'tlp' in marking ? `TLP:${marking.tlp}` : marking.statement;
}
