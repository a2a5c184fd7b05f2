/** TLP, PAP and severity of a case template. */
import type { JsonObject } from '@cordon/kernel';
import type { Draft } from '../draft/draft.js';
import type { Report } from '../draft/report.js';
import { textIn } from '../draft/shapes.js';

const TLP = ['CLEAR', 'GREEN', 'AMBER'] as const;
const TLP_NAMES: Readonly<Record<string, string>> = {
  WHITE: 'CLEAR',
  CLEAR: 'CLEAR',
  GREEN: 'GREEN',
  AMBER: 'AMBER',
  'AMBER+STRICT': 'AMBER+STRICT',
  RED: 'RED',
};
const PAP = ['CLEAR', 'GREEN', 'AMBER', 'RED'] as const;
const SEVERITY = ['low', 'medium', 'high', 'critical'] as const;

/** TLP becomes a marking, PAP a statement. */
export function addMarkings(draft: Draft, template: JsonObject, pointer: string): void {
  const { report } = draft;
  // Newer exports say the level in words beside the number.
  const tlp = tlpOf(textIn(template, 'tlpLabel') ?? template.tlp, `${pointer}/tlp`, report);
  if (tlp !== undefined) draft.markings.push({ tlp });
  const pap = textIn(template, 'papLabel') ?? template.pap;
  if (pap === undefined || pap === null) return;
  const level =
    typeof pap === 'number'
      ? PAP[pap]
      : typeof pap === 'string'
        ? PAP.find((name) => name === pap.toUpperCase())
        : undefined;
  if (level === undefined) report.warning(`${pointer}/pap`, 'this PAP is not known: 0 to 3 are');
  else draft.markings.push({ statement: `Permissible Actions Protocol: PAP:${level}` });
}

/** TheHive 4 counts red as 3; TheHive 5 has amber+strict at 3 and red at 4. */
function tlpOf(tlp: JsonObject[string] | undefined, pointer: string, report: Report): string | undefined {
  if (tlp === undefined || tlp === null) return undefined;
  if (tlp === 3) {
    report.warning(
      pointer,
      'TLP 3 is red in TheHive 4 and amber+strict in TheHive 5: red, the stricter, was taken',
    );
    return 'RED';
  }
  const named = typeof tlp === 'string' ? TLP_NAMES[tlp.toUpperCase().replace(/^TLP:/, '')] : undefined;
  const level = typeof tlp === 'number' ? (tlp === 4 ? 'RED' : TLP[tlp]) : named;
  if (level === undefined) report.warning(pointer, 'this TLP is not known: 0 to 4 are');
  return level;
}

/** The severity as a sentence of the summary. */
export function severityOf(template: JsonObject, pointer: string, report: Report): string | undefined {
  const { severity } = template;
  if (severity === undefined || severity === null) return undefined;
  const name = typeof severity === 'number' ? SEVERITY[severity - 1] : undefined;
  if (name === undefined) {
    report.warning(`${pointer}/severity`, 'this severity is not known: 1 to 4 are');
    return undefined;
  }
  report.note(
    `${pointer}/severity`,
    'the severity stands in the summary: a playbook does not set it on its incidents',
  );
  return `Severity of the incidents that this is for: ${name}`;
}
