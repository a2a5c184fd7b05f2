/** Entries as sentences: who did what to what, by the names that people, steps and systems have now. */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import type { ActorView, EntryView, StepView } from '@cordon/runtime';
import type { Moments } from './moments.js';
import type { ReportInput } from './report-input.js';
import type { Told, Words } from './words.js';

export class Telling {
  private readonly people: ReadonlyMap<string, string>;
  private readonly steps: ReadonlyMap<string, StepView>;
  private readonly systems: ReadonlyMap<string, string>;
  private readonly phases: ReadonlyMap<string, string>;

  constructor(
    { incident, steps, entries }: ReportInput,
    private readonly words: Words,
    private readonly moments: Moments,
  ) {
    const named = entries.flatMap(({ actor }) =>
      actor.name === undefined ? [] : [[actor.id, actor.name] as const],
    );
    this.people = new Map([...named, ...incident.people.map(({ id, name }) => [id, name] as const)]);
    this.steps = new Map(steps.map((step) => [step.id, step]));
    this.systems = new Map(incident.systems.map(({ id, name }) => [id, name]));
    this.phases = new Map(incident.phases.map(({ id, title }) => [id, title]));
  }

  who({ id, type, name }: ActorView): string {
    if (type === 'system') return this.words.labels.cordon;
    return name ?? this.person(id);
  }

  person(id: string): string {
    return this.people.get(id) ?? id;
  }

  step(id: string | undefined): string {
    return id === undefined ? '' : (this.steps.get(id)?.title ?? id);
  }

  systemName(id: string): string {
    return this.systems.get(id) ?? id;
  }

  /** An answer of a decision by its title. */
  answer(step: string | undefined, id: string): string {
    const options = step === undefined ? undefined : this.steps.get(step)?.options;
    return options?.find((option) => option.id === id)?.title ?? id;
  }

  /** The sentence, without what needs a line of its own. */
  sentence(entry: EntryView): string {
    const told = this.told(entry);
    const { sentences, otherwise, refused, labels } = this.words;
    if (entry.kind === 'rejection') return refused(told, entry.rejection?.code ?? labels.unknown);
    const sentence = Object.hasOwn(sentences, entry.event.type) ? sentences[entry.event.type] : undefined;
    return sentence ? sentence.say(told) : otherwise(told);
  }

  /** What the data holds and the sentence does not say, one line each. */
  rest({ kind, event }: EntryView): readonly string[] {
    const { sentences } = this.words;
    const { type, step, data = {} } = event;
    const uses = Object.hasOwn(sentences, type) ? (sentences[type]?.uses ?? []) : [];
    return Object.entries(data)
      .filter(([member]) => kind === 'rejection' || !uses.includes(member))
      .flatMap(([member, value]) =>
        member === 'output' && isJsonObject(value)
          ? Object.entries(value).map(([field, one]) => this.field(step, field, one))
          : this.lines(member, value),
      );
  }

  /** A value as text: of a moment, the moment. */
  value(value: Json | undefined): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return this.moments.maybe(value);
    if (Array.isArray(value)) return (value as readonly Json[]).map((one) => this.value(one)).join('; ');
    if (!isJsonObject(value)) return canonicalJson(value);
    return Object.entries(value)
      .map(([name, one]) => `${name}: ${this.value(one)}`)
      .join(', ');
  }

  /** What a step's form asked for, and what was given, both by their titles. */
  private field(step: string | undefined, field: string, value: Json): string {
    if (field === 'answer' && typeof value === 'string')
      return `${this.words.labels.answer}: ${this.answer(step, value)}`;
    const properties = step === undefined ? undefined : this.steps.get(step)?.form?.properties;
    const schema =
      isJsonObject(properties) && Object.hasOwn(properties, field) ? properties[field] : undefined;
    const title = isJsonObject(schema) && typeof schema.title === 'string' ? schema.title : field;
    return `${title}${/[?？]$/.test(title) ? '' : ':'} ${this.value(value)}`;
  }

  private lines(member: string, value: Json): readonly string[] {
    const empty = value === null || (typeof value === 'object' && Object.keys(value).length === 0);
    return empty ? [] : [`${member}: ${this.value(value)}`];
  }

  /** `remind:0:triage`, `due:triage@crm`: the step is what stands after kind and number. */
  private timer(id: string): Told['timer'] {
    const [, kind = '', step = ''] = /^(\w+):(?:\d+:)?(.*)$/.exec(id) ?? [];
    return { kind, step: step === '' ? id : this.step(step) };
  }

  private told({ actor, event, system }: EntryView): Told {
    const data: JsonObject = event.data ?? {};
    const text = (member: string): string =>
      this.value(Object.hasOwn(data, member) ? data[member] : undefined);
    return {
      who: this.who(actor),
      step: this.step(event.step),
      system: this.systemName(system?.id ?? text('system')),
      text,
      person: (member) => this.person(text(member)),
      phase: (member) => this.phases.get(text(member)) ?? text(member),
      timer: this.timer(text('timer')),
      type: event.type,
    };
  }
}
