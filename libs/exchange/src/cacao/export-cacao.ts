/** A Cordon playbook as a CACAO 2.0 document. */
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import type { Fact, Marking, Playbook } from '@cordon/playbook';
import type { CacaoDocument } from './document.js';
import { exportWorkflow } from './export-workflow.js';
import {
  CORDON_IDENTITY,
  EXTENSION_DEFINITION,
  EXTENSION_ID,
  ownExtension,
  workflowDigest,
} from './extension.js';
import { variableOf } from './export-guard.js';
import { importCacao, type CacaoImportOptions } from './import-cacao.js';
import { TLP_MARKINGS } from './markings.js';
import { rawPlaybook } from './playbook-raw.js';
import { nameUuid } from './uuid.js';

export interface CacaoExportOptions {
  /** STIX identity that is named as the author of a document that Cordon makes. */
  readonly createdBy?: string;
  /** Milliseconds since 1970: `created` and `modified` of a document that Cordon makes. */
  readonly now: number;
  /** As for the import: an imported playbook that uses others is recognised only with them. */
  readonly resolvePlaybook?: NonNullable<CacaoImportOptions['resolvePlaybook']>;
}

/**
 * An imported playbook that nobody has changed gives its original with Cordon's mark; every other one gives a workflow
 * that other tools can run, with Cordon's own properties as an extension. In both cases importing it gives the same
 * playbook again, but for its origin. O(size), and one import where there is an origin.
 */
export function exportCacao(playbook: Playbook, options: CacaoExportOptions): CacaoDocument {
  return unchangedOriginal(playbook, options) ?? made(playbook, options);
}

function unchangedOriginal(
  playbook: Playbook,
  { resolvePlaybook }: CacaoExportOptions,
): CacaoDocument | undefined {
  const { origin, id, languages } = playbook;
  if (origin?.format !== 'cacao-2.0') return undefined;
  const document = origin.document as CacaoDocument;
  const again = importCacao(JSON.stringify(document), {
    id,
    languages,
    ...(resolvePlaybook ? { resolvePlaybook } : {}),
  });
  if (!again.playbook || withoutOrigin(again.playbook) !== withoutOrigin(playbook)) return undefined;
  return ownExtension(document) ? document : marked(document, { version: 1, imported: { id, languages } });
}

function withoutOrigin({ origin: _origin, ...playbook }: Playbook): string {
  return canonicalJson(playbook);
}

function marked(document: CacaoDocument, mark: JsonObject): CacaoDocument {
  return {
    ...document,
    playbook_extensions: {
      ...(document['playbook_extensions'] as JsonObject | undefined),
      [EXTENSION_ID]: mark,
    },
    extension_definitions: {
      ...(document['extension_definitions'] as JsonObject | undefined),
      [EXTENSION_ID]: EXTENSION_DEFINITION,
    },
  };
}

function made(playbook: Playbook, { createdBy = CORDON_IDENTITY, now }: CacaoExportOptions): CacaoDocument {
  const [language = 'en'] = playbook.languages;
  const { start, workflow, agents, phases, variables } = exportWorkflow(playbook);
  const { phases: _phases, markings: _markings, ...raw } = rawPlaybook(playbook);
  const at = new Date(now).toISOString();
  const definitions = playbook.markings.map((marking) => definitionOf(marking, createdBy, at));
  const document: JsonObject = {
    type: 'playbook',
    spec_version: 'cacao-2.0',
    id: `playbook--${nameUuid(`playbook/${playbook.id}`)}`,
    name: playbook.title[language] ?? playbook.id,
    description: playbook.summary[language] ?? '',
    ...{ created_by: createdBy, created: at, modified: at },
    ...(definitions.length === 0 ? {} : { markings: definitions.map(({ id }) => id as string) }),
    playbook_variables: { ...factVariables(playbook.facts, language), ...variables },
    workflow_start: start,
    workflow,
    ...(Object.keys(agents).length === 0 ? {} : { agent_definitions: agents }),
    ...(definitions.length === 0
      ? {}
      : {
          data_marking_definitions: Object.fromEntries(definitions.map((one) => [one['id'] as string, one])),
        }),
  };
  return marked(document, { version: 1, playbook: raw, phases, workflow_sha256: workflowDigest(document) });
}

function factVariables(facts: readonly Fact[], language: string): JsonObject {
  const typeOf = (type: Fact['type']): string =>
    type === 'yesno' ? 'bool' : type === 'number' ? 'float' : 'string';
  return Object.fromEntries(
    facts.map(({ id, type, title }): [string, Json] => [
      variableOf(id),
      { type: typeOf(type), description: title[language] ?? id, constant: false },
    ]),
  );
}

/** The standard's own definitions of the levels name their author and day. */
const TLP_AUTHOR = 'identity--5abe695c-7bd5-4c31-8824-2528696cdbf1';
const TLP_CREATED = '2022-10-01T00:00:00.000Z';

function definitionOf(marking: Marking, createdBy: string, created: string): JsonObject {
  if ('tlp' in marking) {
    const common = {
      type: 'marking-tlp',
      id: TLP_MARKINGS[marking.tlp],
      created_by: TLP_AUTHOR,
      created: TLP_CREATED,
    };
    return { ...common, tlpv2_level: `TLP:${marking.tlp}` };
  }
  const id = `marking-statement--${nameUuid(`statement/${marking.statement}`)}`;
  return { type: 'marking-statement', id, created_by: createdBy, created, statement: marking.statement };
}
