/** What a verifier lists as not checked: docs/audit.md section 5. The codes stay; the sentences may change. */

type Values = Readonly<Record<string, string | number | readonly string[]>>;

/** By code: what was not checked, and why, as the ends of a sentence. A name in braces stands for a value of the data. */
export const NOT_CHECKED = {
  log_key: [
    "that the log's key is the right one",
    'no policy was given; its signatures were held against policy.example.txt, which came with the bundle',
  ],
  witnesses: ['cosignatures of witnesses', 'no policy was given that names them'],
  no_quorum: ['that others saw this checkpoint', 'the policy asks for no witnesses'],
  recorded_times: [
    'that entries were recorded when they say',
    'no checkpoint is cosigned by a witness of the policy or time-stamped',
  ],
  timestamps: ['{count} RFC 3161 time-stamps', 'nothing here verifies them'],
  timestamp_authority: [
    'that the time-stamps of {signer} are by an authority to be trusted',
    'no certificate of an authority was given that signed them; their times were not relied on',
  ],
  entries_before: [
    'the entries before leaf {from}',
    'the bundle begins there; compare with the one before it',
  ],
  end_without_heads: [
    'that no entry was cut off at the end, other than by the entry of the export',
    'no log.heads is shown',
  ],
  end_after_heads: [
    'that no entry was cut off at the end, other than by the entry of the export',
    'the heads of leaf {index} were taken before the incident was opened',
  ],
  end_after_recovery: [
    'that no entry was cut off at the end, other than by the entry of the export',
    'the log was recovered after the heads of leaf {index}, and has no others yet',
  ],
  evidence_files: ['{count} evidence files', 'they were left out of the bundle'],
  views: ['{paths}', 'nothing here writes this kind of view again'],
  replay: ['that each event leads to the recorded state', 'it takes the interpreter of playbooks (level 5)'],
  replay_not_asked: ['that each event leads to the recorded state', 'only levels 1 to {upTo} were asked for'],
  states: [
    'the states of {incidents} incidents',
    'their openings are not in the bundle, which begins later than they do',
  ],
  refusals: [
    '{count} refused requests',
    'they were refused before they reached the playbook: malformed, outdated or not permitted to see it',
  ],
} as const satisfies Readonly<Record<string, readonly [what: string, why: string]>>;

export type NotCheckedCode = keyof typeof NOT_CHECKED;

export interface NotChecked {
  readonly code: NotCheckedCode;
  readonly data: Values;
  readonly what: string;
  readonly why: string;
}

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type NamesOf<Code extends NotCheckedCode> = NamesIn<(typeof NOT_CHECKED)[Code][number]>;

/** The line of this code, its sentences filled with the data. */
export function notChecked<Code extends NotCheckedCode>(
  code: Code,
  ...[data = {} as never]: [NamesOf<Code>] extends [never]
    ? []
    : [Readonly<Record<NamesOf<Code>, Values[string]>>]
): NotChecked {
  const [what, why] = NOT_CHECKED[code];
  return { code, data, what: filled(what, data), why: filled(why, data) };
}

/** The template with its values; lists with commas between. */
export function filled(template: string, data: Values): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => [data[name] ?? ''].flat().join(', '));
}
