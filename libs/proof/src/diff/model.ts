/** What lies between two versions of a playbook. */
import type { Json } from '@cordon/kernel';

/** `procedure` changes what people do or may do; `wording` only what they read. */
export type Weight = 'procedure' | 'wording';

/** What of a playbook a change is about. */
export type ElementKind =
  | 'playbook'
  | 'role'
  | 'fact'
  | 'phase'
  | 'block'
  | 'step'
  | 'field'
  | 'answer'
  | 'duty'
  | 'closure'
  | 'property';

/** What of an element differs. The comments of the model say what each is. */
export type Aspect =
  | 'added'
  | 'removed'
  | 'moved'
  | 'order'
  | 'version'
  | 'languages'
  | 'title'
  | 'summary'
  | 'instructions'
  | 'type'
  | 'kind'
  | 'options'
  | 'required'
  | 'fact'
  | 'roles'
  | 'mandatory'
  | 'skip'
  | 'when'
  | 'due'
  | 'move'
  | 'evidence'
  | 'keep'
  | 'timeout'
  | 'failed'
  | 'duty'
  | 'source'
  | 'to'
  | 'count'
  | 'one-of-each'
  | 'covers'
  | 'facts'
  | 'refused'
  | 'max'
  | 'action'
  | 'input'
  | 'for'
  | 'until'
  | 'after'
  | 'set'
  | 'leads'
  | 'waives'
  | 'at'
  | 'needs'
  | 'flow'
  | 'working-hours'
  | 'markings'
  | 'origin';

/** One difference between two versions. */
export interface Change {
  /** The element and what of it changed: `step.due`, `answer.added`. */
  readonly kind: `${ElementKind}.${Aspect}`;
  /** The phase it is in, or `playbook`; as the new version has it, where the new one has it. */
  readonly where: string;
  /** Its id; a field or an answer with its step's before it: `triage/observed`. */
  readonly id: string;
  readonly before?: Json;
  readonly after?: Json;
  /** A sentence. */
  readonly text: string;
  readonly weight: Weight;
}

/** One thing that can be said of an element. */
export interface Facet {
  readonly aspect: Aspect;
  /** As a sentence names it: `due time`, `title in zh-Hant`. Two facets of an element are the same if this is. */
  readonly noun: string;
  readonly value: Json | undefined;
  /** The value as a sentence shows it, where its JSON would not be readable. */
  readonly shown?: string;
  readonly weight: Weight;
  /** Compared only where both versions have it: `both`. Compared only where the same items stand in it: `order`. */
  readonly only?: 'both' | 'order';
}

/** A thing with an id that versions are compared by. */
export interface Element {
  readonly kind: ElementKind;
  readonly id: string;
  readonly where: string;
  /** The step of a field or an answer. */
  readonly parent?: string;
  readonly title: string;
  readonly facets: readonly Facet[];
}
