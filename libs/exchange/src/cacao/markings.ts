/** Data markings (specification section 9): levels of the Traffic Light Protocol 2.0, statements, and the rest. */
import type { Marking, TlpLevel } from '@cordon/playbook';
import {
  listOf,
  objectOf,
  pointerOf,
  shorten,
  textOf,
  type CacaoDocument,
  type Findings,
} from './document.js';

/** The ids that the specification fixes for the levels. */
export const TLP_MARKINGS: Readonly<Record<TlpLevel, string>> = {
  CLEAR: 'marking-tlp--94868c89-83c2-464b-929b-a1a8aa3c8487',
  GREEN: 'marking-tlp--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  AMBER: 'marking-tlp--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'AMBER+STRICT': 'marking-tlp--939a9414-2ddd-4d32-a0cd-375ea402b003',
  RED: 'marking-tlp--e828b379-4e03-4974-9ac4-e53a884c97c1',
};

const LEVELS = Object.entries(TLP_MARKINGS) as readonly (readonly [TlpLevel, string])[];

/** The most that a Cordon playbook carries, and how long a statement may be. */
const MOST = 20;
const STATEMENT = 4000;

/** Every marking of the document; what has no counterpart (IEP, an unknown id) becomes a statement that says so. */
export function readMarkings(document: CacaoDocument, findings: Findings): readonly Marking[] {
  const definitions = objectOf(document, 'data_marking_definitions');
  const markings = listOf(document, 'markings').flatMap((id, i): Marking[] => {
    const pointer = pointerOf('markings', i);
    if (typeof id !== 'string') {
      findings.add('warning', pointer, 'this marking is no id of a data marking: it is left out');
      return [];
    }
    const definition = objectOf(definitions, id);
    const level = levelOf(id, textOf(definition, 'tlpv2_level'));
    if (level) return [{ tlp: level }];
    const statement = textOf(definition, 'statement');
    if (statement !== undefined) return [{ statement: shorten(statement, STATEMENT) }];
    if (!definition) findings.add('warning', pointer, 'this marking is not defined in the document');
    else findings.add('note', pointer, 'this marking is kept as a statement; its terms are in the original');
    const words = textOf(definition, 'name') ?? textOf(definition, 'description') ?? id;
    return [{ statement: shorten(`Marked: ${words}`, STATEMENT) }];
  });
  if (markings.length > MOST) {
    findings.add('warning', '/markings', `only the first ${MOST} of ${markings.length} markings are shown`);
  }
  return markings.slice(0, MOST);
}

function levelOf(id: string, written: string | undefined): TlpLevel | undefined {
  const level = LEVELS.find(([name, fixed]) => fixed === id || written === `TLP:${name}`);
  return level?.[0];
}
