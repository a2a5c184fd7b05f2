/** The questions of a collection task as the fields of a form. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { shortTitle, type Draft, type Written } from '../draft/draft.js';
import { Names } from '../draft/names.js';
import { listIn, objectIn, textIn } from '../draft/shapes.js';
import { valueText } from './conditions.js';
import type { Task } from './tasks.js';

const MOST_FIELDS = 40;

const TYPES: Readonly<Record<string, string>> = {
  shorttext: 'text',
  text: 'text',
  longtext: 'longtext',
  markdown: 'longtext',
  html: 'longtext',
  number: 'number',
  boolean: 'yesno',
  date: 'time',
  singleselect: 'choice',
  multiselect: 'choices',
  multiselectarray: 'choices',
  tagsselect: 'choices',
  user: 'text',
  role: 'text',
};

/** Fields, and what of the form is said in the instructions instead. */
interface CollectedForm {
  readonly fields: readonly Written[];
  readonly words: readonly (string | undefined)[];
}

/** At most forty fields; further questions are words. What a field cannot hold is a finding. */
export function formOf(draft: Draft, task: Task): CollectedForm {
  const form = objectIn(task.raw, 'form');
  if (!form) return { fields: [], words: [] };
  const names = new Names();
  const questions = listIn(form, 'questions');
  const fields = questions.slice(0, MOST_FIELDS).map((question, i) => {
    const pointer = `${task.pointer}/form/questions/${i}`;
    return fieldOf(draft, isJsonObject(question) ? question : {}, pointer, names, i);
  });
  const over = questions
    .slice(MOST_FIELDS)
    .map((question) => `- ${labelOf(isJsonObject(question) ? question : {}) ?? '?'}`);
  if (over.length > 0) {
    const why = `a form has at most ${MOST_FIELDS} fields: the other ${over.length} questions stand in the instructions`;
    draft.report.warning(`${task.pointer}/form/questions`, why);
  }
  if (questions.length === 0) {
    draft.report.warning(`${task.pointer}/form`, `the form of task ${task.key} has no questions`);
  }
  const sent = objectIn(task.raw, 'message') !== undefined;
  if (sent)
    draft.report.gather(
      'note',
      'forms that were sent out are filled in by whoever does the step',
      task.pointer,
      task.key,
    );
  return {
    fields,
    words: [
      textIn(form, 'title'),
      textIn(form, 'description'),
      over.length > 0 ? `Ask also:\n${over.join('\n')}` : undefined,
    ],
  };
}

function labelOf(question: JsonObject): string | undefined {
  return valueText(question.labelarg) ?? textIn(question, 'label');
}

function fieldOf(draft: Draft, question: JsonObject, pointer: string, names: Names, i: number): Written {
  const { report } = draft;
  const label = labelOf(question);
  if (label === undefined) report.warning(pointer, 'the question has no text: give the field a title');
  const title = shortTitle(label ?? `Question ${i + 1}`).title;
  const written = textIn(question, 'type') ?? 'shortText';
  const lower = written.toLowerCase();
  const wanted = Object.hasOwn(TYPES, lower) ? TYPES[lower] : undefined;
  const options = optionsOf(question);
  const isChoice = wanted === 'choice' || wanted === 'choices';
  const id = names.idFor(title, 'field');
  if (wanted === undefined)
    report.warning(pointer, `a field of this type is not known here: ${id} is a text`);
  if (isChoice && options.length === 0)
    report.warning(pointer, `the choices of ${id} are made at run time: it is a text`);
  for (const key of ['fieldassociated', 'placeholder', 'tooltip', 'defaultvalue'] as const) {
    if (textIn(question, key) !== undefined) {
      report.gather(
        'note',
        'more is said of questions than a field can hold; it is in origin',
        `${pointer}/${key}`,
        `${id} (${key})`,
      );
    }
  }
  const ids = new Names();
  return {
    id,
    type: wanted === undefined || (isChoice && options.length === 0) ? 'text' : wanted,
    title: draft.text(title, pointer),
    ...(question.required === true ? { required: true } : {}),
    ...(isChoice && options.length > 0
      ? {
          options: options.map((option) => ({
            id: ids.idFor(option, 'option'),
            title: draft.text(option, pointer),
          })),
        }
      : {}),
  };
}

/** Options that are written down; those that refer to something are not known before the incident. */
function optionsOf(question: JsonObject): readonly string[] {
  const asTexts = (items: readonly Json[]) => items.flatMap((item) => valueText(item) ?? []);
  const given = asTexts(listIn(question, 'optionsarg'));
  const options = given.length > 0 ? given : asTexts(listIn(question, 'options'));
  return [...new Set(options)].filter((option) => !option.includes('${'));
}
