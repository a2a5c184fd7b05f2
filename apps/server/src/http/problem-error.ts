import type { FieldProblem, InLanguages, Problem, ProblemCode } from '@cordon/contracts';

export type ProblemExtra = Partial<Pick<Problem, 'accepted' | 'needs' | 'known' | 'current'>> & {
  readonly tasks?: readonly string[];
  readonly holds?: readonly string[];
  readonly errors?: readonly FieldProblem[];
  readonly blockedBy?: readonly object[];
  readonly findings?: readonly object[];
};

/** A refusal on its way to the client. The filter turns it into problem details; nothing else answers errors. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(
    readonly code: ProblemCode,
    readonly detail: InLanguages,
    readonly extra: ProblemExtra = {},
    /** Headers that belong to the answer, such as Allow. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail.en);
  }
}

/** A sentence in both languages. */
export function say(en: string, zhHant: string): InLanguages {
  return { en, 'zh-Hant': zhHant };
}
