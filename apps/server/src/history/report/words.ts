/** What a sentence about an entry is made of; names are those that people have now. */
export interface Told {
  readonly who: string;
  readonly step: string;
  readonly system: string;
  /** A member of the data as text; empty where there is none. */
  readonly text: (member: string) => string;
  /** The name of the person, phase or fact that a member holds the id of. */
  readonly person: (member: string) => string;
  readonly phase: (member: string) => string;
  /** Of a timer: the first word of its name, and the title of the step it was for. */
  readonly timer: { readonly kind: string; readonly step: string };
  readonly type: string;
}

export interface SentenceOf {
  readonly say: (told: Told) => string;
  /** Members of the data that the sentence has used up; the others are listed below it. */
  readonly uses?: readonly string[];
}

/** Names of sections, labels and sentences of a report in one language. */
export interface Words {
  readonly lang: string;
  readonly sections: Readonly<
    Record<
      | 'summary'
      | 'people'
      | 'timeline'
      | 'decisions'
      | 'duties'
      | 'rejections'
      | 'withheld'
      | 'evidence'
      | 'proofs',
      string
    >
  >;
  readonly labels: Readonly<Record<Label, string>>;
  readonly paragraphs: Readonly<Record<Paragraph, string>>;
  readonly statuses: Readonly<Record<string, string>>;
  readonly page: (page: number, of: number) => string;
  readonly seconds: (seconds: number) => string;
  readonly counted: (what: 'entries' | 'rejections' | 'late' | 'corrections', count: number) => string;
  readonly refused: (told: Told, code: string) => string;
  readonly lapsed: (step: string, approvers: string) => string;
  readonly corrects: (seq: number) => string;
  readonly correctedBy: (seq: number) => string;
  readonly lateBy: (time: string) => string;
  readonly moved: (system: string, from: string, to: string) => string;
  readonly sentences: Readonly<Record<string, SentenceOf>>;
  /** For an event that has no sentence of its own. */
  readonly otherwise: (told: Told) => string;
}

export type Label =
  | 'report'
  | 'exercise'
  | 'reference'
  | 'organisation'
  | 'severity'
  | 'status'
  | 'classification'
  | 'playbook'
  | 'onset'
  | 'aware'
  | 'opened'
  | 'closed'
  | 'written'
  | 'entries'
  | 'phases'
  | 'systems'
  | 'facts'
  | 'roles'
  | 'entriesMade'
  | 'recorded'
  | 'note'
  | 'withheld'
  | 'duty'
  | 'due'
  | 'overdue'
  | 'done'
  | 'accepted'
  | 'location'
  | 'size'
  | 'kind'
  | 'custody'
  | 'quarantined'
  | 'altered'
  | 'released'
  | 'origin'
  | 'treeSize'
  | 'root'
  | 'signatures'
  | 'logKey'
  | 'bundleKey'
  | 'fingerprint'
  | 'firstEntry'
  | 'lastEntry'
  | 'leafIndex'
  | 'hash'
  | 'bundle'
  | 'unknown'
  | 'none'
  | 'cordon'
  | 'entry'
  | 'answer';

export type Paragraph =
  | 'origin'
  | 'people'
  | 'timeline'
  | 'decisions'
  | 'duties'
  | 'rejections'
  | 'withheld'
  | 'nothingWithheld'
  | 'evidence'
  | 'proofs'
  | 'verify'
  | 'attached'
  | 'notAttached'
  | 'nothing';
