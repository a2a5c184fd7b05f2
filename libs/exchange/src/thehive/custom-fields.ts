/** Custom fields of a case template: what the organisation wants to know of every case, so facts here. */
import { escapePointer, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { shortTitle, type Draft } from '../draft/draft.js';
import { Names } from '../draft/names.js';
import { listIn, textIn } from '../draft/shapes.js';

const FACT_TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  float: 'number',
  boolean: 'yesno',
  date: 'time',
};

interface CustomField {
  readonly name: string;
  readonly pointer: string;
  readonly type?: string;
  /** The value that the template gives every case. */
  readonly preset?: Json;
  readonly mandatory: boolean;
  readonly options: readonly string[];
}

/** TheHive 4 writes `{name: {string: value, order: n}}`, TheHive 5 `[{name, type, value, order}]`. */
export function addCustomFields(draft: Draft, template: JsonObject, pointer: string): void {
  const { customFields } = template;
  if (customFields === undefined || customFields === null) return;
  const fields = Array.isArray(customFields)
    ? (customFields as readonly Json[]).map((item, i) => fromList(item, `${pointer}/${i}`))
    : isJsonObject(customFields)
      ? Object.entries(customFields).map(([name, value]) =>
          fromMap(name, value, `${pointer}/${escapePointer(name)}`),
        )
      : [undefined];
  fields.forEach((field) => {
    if (field) addFact(draft, field);
    else draft.report.warning(pointer, 'a custom field without a name was not understood; it is in origin');
  });
}

function fromList(item: Json, pointer: string): CustomField | undefined {
  if (!isJsonObject(item)) return undefined;
  const name = textIn(item, 'displayName') ?? textIn(item, 'name') ?? textIn(item, 'reference');
  return name === undefined ? undefined : { name, pointer, ...valueOf(item), ...rulesOf(item) };
}

function fromMap(name: string, value: Json, pointer: string): CustomField | undefined {
  if (name.trim() === '') return undefined;
  if (!isJsonObject(value)) return { name, pointer, preset: value, mandatory: false, options: [] };
  return { name: textIn(value, 'displayName') ?? name, pointer, ...valueOf(value), ...rulesOf(value) };
}

/** The type by name, or by the member that holds the value, or by the value. */
function valueOf(field: JsonObject): { type?: string; preset?: Json } {
  const named = textIn(field, 'type');
  const member = Object.keys(FACT_TYPES).find((key) => Object.hasOwn(field, key));
  const preset = field.value ?? (member === undefined ? undefined : field[member]);
  const guessed = { number: 'number', boolean: 'boolean', string: 'string' } as Readonly<
    Record<string, string>
  >;
  const type = named ?? member ?? guessed[typeof preset];
  return {
    ...(type === undefined ? {} : { type }),
    ...(preset === undefined || preset === null ? {} : { preset }),
  };
}

function rulesOf(field: JsonObject): { mandatory: boolean; options: readonly string[] } {
  const options = listIn(field, 'options').filter(
    (option) => typeof option === 'string' && option.trim() !== '',
  );
  return { mandatory: field.mandatory === true, options: options as readonly string[] };
}

function addFact(draft: Draft, { name, pointer, type, preset, mandatory, options }: CustomField): void {
  const { report } = draft;
  const known = type !== undefined && Object.hasOwn(FACT_TYPES, type) ? FACT_TYPES[type] : undefined;
  const id = draft.names.factFor(name);
  if (known === undefined)
    report.warning(pointer, `the type of this custom field is not known: the fact ${id} is text`);
  const chosen = known === 'text' && options.length > 0;
  const title = draft.text(shortTitle(name).title, pointer);
  const names = new Names();
  const offered = options.map((option) => ({
    id: names.idFor(option, 'option'),
    title: draft.text(option, pointer),
  }));
  draft.facts.push({
    id,
    type: chosen ? 'choice' : (known ?? 'text'),
    title,
    ...(chosen ? { options: offered } : {}),
  });
  report.gather('note', 'custom fields are facts of the incident; no step asks for them yet', pointer, id);
  if (preset !== undefined && preset !== '') {
    report.gather(
      'warning',
      'a fact starts unknown: what the template had filled in is only in origin',
      pointer,
      id,
    );
  }
  if (!mandatory) return;
  draft.closure.push({
    id: draft.names.idFor(`${name} known`, 'known'),
    title,
    when: { fact: id, known: true },
  });
  report.gather('note', 'a mandatory custom field must be known before closing', pointer, id);
}
