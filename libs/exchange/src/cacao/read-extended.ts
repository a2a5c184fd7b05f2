/** A document that Cordon wrote, read back: structure and properties from the extension, texts as they are now. */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { StepCount } from '../import-result.js';
import { objectOf, pointerOf, stepPointer, textOf, type CacaoDocument, type Findings } from './document.js';
import { EXTENSION_ID, manualCommand, ownExtension, ownStep, workflowDigest } from './extension.js';
import { readMarkings } from './markings.js';
import { commandsOf } from './step-text.js';

/** The members of a step that hold blocks; they are part of the structure. */
interface StepStructure {
  readonly cacao_step: string;
  readonly answers?: Readonly<Record<string, Json>>;
  readonly failed?: Json;
  readonly after?: Json;
}

export interface Extended {
  /** The Cordon document without its origin. */
  readonly playbook: JsonObject;
  readonly steps: StepCount;
}

/**
 * The Cordon playbook that the document was exported from, with the names and descriptions that it has now. Undefined
 * where there is no such playbook, or where the workflow was changed since: then its structure is read from there.
 */
export function readExtended(document: CacaoDocument, findings: Findings): Extended | undefined {
  const own = ownExtension(document);
  const playbook = objectOf(own, 'playbook');
  if (!own || !playbook) return undefined;
  if (own['version'] !== 1) {
    const message = 'this version of the extension is not known here: the document is read by its workflow';
    findings.add('warning', pointerOf('playbook_extensions', EXTENSION_ID, 'version'), message);
    return undefined;
  }
  if (textOf(own, 'workflow_sha256') !== workflowDigest(document)) {
    const message =
      'the workflow was changed since Cordon wrote it: its structure is read from the workflow, and of what Cordon knew only roles, forms, evidence and deadlines are kept';
    findings.add('warning', '/workflow', message);
    return undefined;
  }
  const reader = new StructureReader(document, findings);
  const phases = Array.isArray(own['phases']) ? (own['phases'] as readonly Json[]) : [];
  const [language = 'en'] = Array.isArray(playbook['languages'])
    ? (playbook['languages'] as readonly string[])
    : [];
  const raw: Record<string, Json> = {
    ...playbook,
    title: reader.edited(playbook['title'], textOf(document, 'name'), '/name', String(language)),
    summary: reader.edited(
      playbook['summary'],
      textOf(document, 'description'),
      '/description',
      String(language),
    ),
    phases: phases.map((phase) => reader.blocks(phase, String(language))),
    markings: readMarkings(document, findings),
  };
  return { playbook: raw, steps: reader.count() };
}

class StructureReader {
  private readonly used = new Map<string, string[]>();
  private readonly workflow: JsonObject;

  constructor(
    document: CacaoDocument,
    private readonly findings: Findings,
  ) {
    this.workflow = objectOf(document, 'workflow') ?? {};
  }

  /** Every `{cacao_step}` replaced by the step that it names. */
  blocks(value: Json, language: string): Json {
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.blocks(item, language));
    if (!isJsonObject(value)) return value;
    if (typeof value['cacao_step'] === 'string')
      return this.step(value as unknown as StepStructure, language);
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, this.blocks(member, language)]),
    );
  }

  private step({ cacao_step: id, answers, failed, after }: StepStructure, language: string): Json {
    const written = objectOf(this.workflow, id);
    const own = written && ownStep(written);
    if (!written || !own) {
      this.findings.add(
        'error',
        stepPointer(id),
        'the extension names a step that the workflow does not have',
      );
      return {};
    }
    const title = this.edited(
      own['title'],
      textOf(written, 'name'),
      pointerOf('workflow', id, 'name'),
      language,
    );
    const pointer = pointerOf('workflow', id, 'description');
    const instructions = this.edited(own['instructions'], textOf(written, 'description'), pointer, language);
    const step: Record<string, Json> = { ...own, title };
    const more = this.commandsAdded(id, written, own, language);
    if (isJsonObject(instructions) && Object.keys(instructions).length > 0)
      step['instructions'] = withMore(instructions, more);
    if (failed !== undefined) step['failed'] = { then: this.blocks(failed, language) };
    if (after !== undefined) step['after'] = after;
    if (answers && Array.isArray(own['answers'])) {
      step['answers'] = (own['answers'] as readonly JsonObject[]).map((answer) => {
        const then = answers[textOf(answer, 'id') ?? ''];
        return then === undefined ? answer : { ...answer, then: this.blocks(then, language) };
      });
    }
    const [kind] = Object.keys(own);
    this.used.set(id, [textOf(own, kind ?? '') ?? '']);
    return step;
  }

  /** Commands that the step does not have from Cordon: shown to whoever does it. */
  private commandsAdded(
    id: string,
    written: JsonObject,
    own: JsonObject,
    language: string,
  ): readonly string[] {
    const ours = [{ type: 'manual', command: manualCommand(own, language) }];
    if (canonicalJson(written['commands'] ?? null) === canonicalJson(ours)) return [];
    if (written['commands'] === undefined) return [];
    const message = 'the commands of this step were changed elsewhere: its instructions show them';
    this.findings.add('warning', pointerOf('workflow', id, 'commands'), message);
    return commandsOf(id, written, this.findings);
  }

  /** The text in the playbook's first language is the one that other tools show and change. */
  edited(text: Json | undefined, now: string | undefined, pointer: string, language: string): Json {
    const texts = isJsonObject(text) ? text : {};
    const before = texts[language];
    if (now === undefined || now === before) return texts;
    if (Object.keys(texts).length > 1) {
      const message = `this text was changed elsewhere: the playbook takes it in "${language}", and keeps its other languages as they were`;
      this.findings.add('note', pointer, message);
    }
    return { ...texts, [language]: now };
  }

  /** Steps of the workflow that only say in CACAO what the structure says: starts, ends, splits. */
  count(): StepCount {
    const ids = Object.keys(this.workflow);
    const mapped = ids.map((id) => ({ source: `#${stepPointer(id)}`, became: this.used.get(id) ?? [] }));
    return { inSource: ids.length, reachable: ids.length, unreachable: [], mapped };
  }
}

function withMore(texts: JsonObject, more: readonly string[]): JsonObject {
  if (more.length === 0) return texts;
  return Object.fromEntries(
    Object.entries(texts).map(([language, text]) => [
      language,
      [typeof text === 'string' ? text : '', ...more].join('\n\n').slice(0, 8000),
    ]),
  );
}
