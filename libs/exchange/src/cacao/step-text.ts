/**
 * The instructions of a step: its description, every command in order, who and what it concerns, and the variables it
 * reads. Nothing of it is ever executed; a person reads it.
 */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import {
  listOf,
  nameOf,
  objectOf,
  objectsOf,
  pointerOf,
  shorten,
  stepPointer,
  textOf,
  textsOf,
  type Findings,
} from './document.js';
import type { Roles } from './roles.js';
import { decodeBase64 } from './secrets.js';
import type { Variable, Variables } from './variables.js';

/** The longest text that a playbook takes, with room for the sentence that says it was cut. */
const MOST = 7800;

const COMMANDS = new Set(
  ['manual', 'bash', 'caldera-cmd', 'elastic', 'http-api', 'jupyter', 'kestrel', 'openc2-http'].concat([
    'powershell',
    'sigma',
    'ssh',
    'yara',
  ]),
);

export interface StepTexts {
  readonly roles: Roles;
  readonly variables: Variables;
  readonly findings: Findings;
}

/** Undefined where the step says nothing beside its name. Markdown. */
export function instructionsOf(
  id: string,
  step: JsonObject,
  texts: StepTexts,
  more: readonly string[] = [],
): string | undefined {
  const { findings } = texts;
  const parts = [
    ...(textOf(step, 'description') === undefined ? [] : [textOf(step, 'description') as string]),
    ...more,
    ...commandsOf(id, step, findings),
    ...concerning(id, step, texts),
    ...variablesOf(id, step, texts),
    ...referencesOf(step),
  ];
  const whole = parts.join('\n\n').trim();
  if (whole === '') return undefined;
  if (whole.length <= MOST) return whole;
  const message = `the text of ${nameOf(step, id)} is longer than a step's instructions may be: its end is only in the original`;
  findings.add('warning', stepPointer(id), message);
  return `${shorten(whole, MOST)}\n\n(Shortened: the whole text is in the original document.)`;
}

/** Every command in order, as a person reads it; odd ones are findings. */
export function commandsOf(id: string, step: JsonObject, findings: Findings): readonly string[] {
  const isAction = textOf(step, 'type') === 'action';
  const commands = objectsOf(step, 'commands');
  if (isAction && commands.length === 0) {
    const message = `${nameOf(step, id)} has no command: it is done by its description`;
    findings.add('warning', pointerOf('workflow', id, 'commands'), message);
  }
  const shown = commands.map(([i, command], n) =>
    commandText(command, pointerOf('workflow', id, 'commands', i), findings, commands.length > 1 ? n + 1 : 0),
  );
  return shown.filter((text) => text !== '');
}

function commandText(command: JsonObject, pointer: string, findings: Findings, number: number): string {
  const type = textOf(command, 'type') ?? 'command';
  if (!COMMANDS.has(type)) {
    findings.add(
      'warning',
      pointer,
      `"${shorten(type, 60)}" is no command type of the standard: a person does it`,
    );
  }
  const body = textOf(command, 'command') ?? decoded(command, 'command_b64', pointer, findings);
  const content = textOf(command, 'content') ?? decoded(command, 'content_b64', pointer, findings);
  if (body === undefined && content === undefined) {
    findings.add(
      'warning',
      pointer,
      `this ${shorten(type, 60)} command says nothing: the step's description stands for it`,
    );
  }
  const headers = Object.entries(objectOf(command, 'headers') ?? {}).map(
    ([name, values]) => `${name}: ${Array.isArray(values) ? values.map(plain).join(', ') : plain(values)}`,
  );
  const label = [
    number > 0 ? `${number}.` : '',
    type === 'manual' ? '' : `**${shorten(type, 60)}**`,
    textOf(command, 'description') ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  if (type === 'manual' && body !== undefined && content === undefined) {
    return label === '' ? body : `${label} ${body}`.trim();
  }
  const code = [body, ...headers, content].filter((part) => part !== undefined).join('\n');
  return [label, code === '' ? '' : fenced(code)].filter((part) => part !== '').join('\n\n');
}

function decoded(command: JsonObject, name: string, pointer: string, findings: Findings): string | undefined {
  const encoded = textOf(command, name);
  if (encoded === undefined) return undefined;
  const text = decodeBase64(encoded);
  if (text !== undefined && text.trim() !== '') return text.toWellFormed();
  findings.add('note', `${pointer}/${name}`, 'this is no text in base64: it is shown as it stands');
  return encoded;
}

/** A fence longer than any inside, so that no command ends it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}

function concerning(id: string, step: JsonObject, { roles, findings }: StepTexts): readonly string[] {
  const lines: string[] = [];
  const agent = textOf(step, 'agent');
  if (agent !== undefined) lines.push(`Agent: ${described(agent, roles)}`);
  textsOf(step, 'targets').forEach((target, i) => {
    lines.push(`Target: ${described(target, roles)}`);
    if (!roles.definition(target)) {
      const message = 'the target is not defined in the document: its id is shown';
      findings.add('warning', pointerOf('workflow', id, 'targets', i), message);
    }
  });
  const owner = textOf(step, 'owner');
  if (owner !== undefined) lines.push(`Owner: ${owner}`);
  return lines.length === 0 ? [] : [lines.join('  \n')];
}

function described(id: string, roles: Roles): string {
  const definition = roles.definition(id);
  if (!definition) return id;
  const type = textOf(definition, 'type');
  const name = textOf(definition, 'name') ?? id;
  const details = [
    textOf(definition, 'description'),
    ...Object.values(objectOf(definition, 'address') ?? {}).map(plain),
    ...(textOf(definition, 'port') === undefined ? [] : [`port ${textOf(definition, 'port')}`]),
    ...contactOf(objectOf(definition, 'contact')),
    textOf(objectOf(definition, 'location'), 'name'),
  ].filter((part) => part !== undefined && part !== '');
  const kind = type === undefined ? '' : ` (${type})`;
  return `${name}${kind}${details.length === 0 ? '' : `: ${details.join(', ')}`}`;
}

function contactOf(contact: JsonObject | undefined): readonly string[] {
  const all = [objectOf(contact, 'email'), objectOf(contact, 'phone')];
  const ways = all.flatMap((of) =>
    Object.entries(of ?? {}).map(([name, value]) => `${name} ${plain(value)}`),
  );
  const details = textOf(contact, 'contact_details');
  return details === undefined ? ways : [...ways, details];
}

function variablesOf(id: string, step: JsonObject, { variables, findings }: StepTexts): readonly string[] {
  const lines = new Map<string, string>();
  const given = (name: string, pointer: string): void => {
    const variable = variables.find(id, name);
    if (variable) lines.set(variable.name, `- ${variableLine(variable)}`);
    else findings.add('warning', pointer, `the variable ${shorten(name, 80)} is not defined`);
  };
  textsOf(step, 'in_args').forEach((name, i) => given(name, pointerOf('workflow', id, 'in_args', i)));
  for (const variable of variables.own(id)) lines.set(variable.name, `- ${variableLine(variable)}`);
  const own = new Set(lines.keys());
  for (const name of mentioned(step)) {
    const variable = own.has(name) ? undefined : variables.find(id, name);
    if (variable) lines.set(name, `- ${variableLine(variable)}`);
  }
  return lines.size === 0 ? [] : [`Variables:\n${[...lines.values()].join('\n')}`];
}

/** Playbook variables that the step's own texts refer to. */
function mentioned(step: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (value: Json): void => {
    if (typeof value === 'string') {
      for (const [, name] of value.slice(0, MOST).matchAll(/(__[a-zA-Z_][\w-]{0,199}?__):value/g))
        if (name !== undefined) names.add(name);
    } else if (Array.isArray(value)) value.forEach(look);
    else if (isJsonObject(value)) Object.values(value).forEach(look);
  };
  for (const key of ['commands', 'condition', 'switch', 'description']) {
    const value = step[key];
    if (value !== undefined) look(value);
  }
  return names;
}

function variableLine({ name, value, constant, description }: Variable): string {
  const says = value === undefined ? '' : constant ? ` = ${value} (constant)` : ` = ${value} (at the start)`;
  return `\`${name}\`${says}${description === undefined ? '' : `: ${description}`}`;
}

function referencesOf(step: JsonObject): readonly string[] {
  const lines = objectsOf(step, 'external_references').map(([, reference]) => {
    const name = textOf(reference, 'name') ?? '';
    const where =
      textOf(reference, 'url') ?? textOf(reference, 'source') ?? textOf(reference, 'external_id') ?? '';
    return `- ${[name, where].filter((part) => part !== '').join(': ')}`;
  });
  return lines.length === 0 ? [] : [`References:\n${lines.join('\n')}`];
}

function plain(value: Json): string {
  if (Array.isArray(value)) return listOf({ value }, 'value').map(plain).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
