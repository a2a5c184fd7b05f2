import { expect, test } from '@jest/globals';
import { durationWords, guardWords, type Voice } from './condition.js';
import { outlineOf } from './outline.js';
import { everything } from './testing/plans.js';
import { wordsIn } from './words.js';

const voice = (language: string): Voice => ({ plan: everything(), language, words: wordsIn(language) });

test('an outline says the whole playbook in flow order', () => {
  expect(outlineOf(everything(), { language: 'en' })).toBe(`By hand (Version 1.0.0)
Every construct once.

Phase: Phase first
  - Task: Title of triage [Responder; Within 30 min of awareness; Evidence: 2 items]
  - Decision: Question of is-clean? [Responder; Only if Personal data affected: yes and (People affected: at least 100 or not (Method: From backup))]
    > Answer “Answer clean”: goes on
    > Answer “Answer look-again”: back to “Title of triage”, at most 3 times
    > Answer “Answer partly”: then asked again, at most 10 times
      - Task: Title of clean-rest [Responder]
    > Answer “Answer not”: By itself if Personal data affected: yes, Decides against the duty: Tell the privacy regulator
      - Task: Title of rebuild [Responder]
      - Task: Title of rebuild-check [Responder]
  - Task: Title of fetch [Responder; Optional · May be left out by Responder; Fails after 4 h]
    > If it fails: back to “Title of triage”, at most 2 times
  - Task: Title of call [Responder; Optional]
    > If it fails
      - Task: Title of call-again [Responder]
      - Task: Title of write [Responder]
  - Approval: Approve the text [Responder; 2 different people approve; Covers “Title of fetch”]
    > Refused: back to “Title of fetch”, at most 4 times
  - Side by side: 3 branches, all to the end
    - Side by side, 1 of 3
      - Automatic action: Alert the team [Responder; Runs: notify]
    - Side by side, 2 of 3
      - Wait: Watch [Responder; For 24 h; Until Resolved at: known]
      - Task: Title of stop-watching [Responder]
    - Side by side, 3 of 3
      - Notice: Tell the police [Responder; To: The police; Duty: Tell the police]
  - At any time, when needed
    - Task: Title of log-call [Responder]
    - Task: Title of log-visit [Responder; Optional]
Phase: Phase second
  - In the order of the arrows
    - Task: Title of collect [Responder]; Starts at once
    - Decision: Question of worth-it? [Responder]; After “Title of collect”
      > Answer “Answer yes”: goes on
      > Answer “Answer no”: goes on
    - Task: Title of dig [Responder]; After “Question of worth-it?” (Answer yes)
      > If it fails
        - Task: Title of dig-by-hand [Responder]
    - Group: Forensics; After “Title of collect” (Failed), “Question of worth-it?” (Answer no)
      - Task: Title of image [Responder]
      - Task: Title of examine [Responder]
    - Task: Title of file [Responder; Duty: Tell the privacy regulator]; After “Title of dig”, “Forensics”, “Title of collect”
  - For every affected system
    - Task: Title of cut [Responder; System is then isolated]
    - Decision: Question of gone? [Responder]
      > Answer “Answer ok”: goes on
      > Answer “Answer retry”: back to “Title of cut”

Close the incident
  Before it is closed:
  • Duty: Tell the privacy regulator (Only if Personal data affected: yes)
  • Duty: Tell the police
  • People counted (People affected: known)
`);
});

test('with marks it says where each step stands, why one cannot start, and what is open now', () => {
  const marks = {
    triage: { status: 'in_progress', round: 2 },
    fetch: { status: 'cannot_start', blocked: 'Waits for\nan answer.' },
    cut: { status: 'ready', count: { done: 1, of: 3 } },
  } as const;
  const outline = outlineOf(everything(), { language: 'en', marks });
  expect(outline).toContain('\nNow: “Title of triage”, “Title of cut”\n');
  expect(outline).toContain('\n    = In progress · Round 2\n');
  expect(outline).toContain('\n    = Cannot start yet: Waits for an answer.\n');
  expect(outline).toContain('\n      = Ready to start · 1 of 3 systems\n');
  expect(outline).toContain('Phase: Phase first (0 of 14 done)\n');
});

test('in Chinese every word is Chinese', () => {
  const outline = outlineOf(everything(), { language: 'zh-Hant', marks: { cut: { status: 'completed' } } });
  expect(outline).not.toMatch(/\b(Task|Answer|Only|Within|Phase:|Optional|Duty|Done|back)\b(?! of)/);
  expect(outline).toContain('得悉事故後 30 分鐘內');
});

test('a condition reads as a phrase, with brackets where one is inside another', () => {
  const known = { fact: 'people', known: true } as const;
  const backup = { fact: 'method', isNot: 'backup' } as const;
  expect(guardWords(voice('en'), { any: [{ all: [known, backup] }, { not: known }] })).toBe(
    '(People affected: known and Method: not From backup) or not (People affected: known)',
  );
  expect(guardWords(voice('zh-Hant'), { all: [known, { fact: 'personal', is: 'no' }] })).toBe(
    '受影響人數：已知悉 及 個人資料受影響：否',
  );
  expect(guardWords(voice('en'), { fact: 'gone', atMost: 3 })).toBe('gone: at most 3');
});

test('times are in hours up to three days, as laws say them, and in days beyond', () => {
  const hour = 3_600_000;
  const said = [0, 90_000, hour, 1.5 * hour, 72 * hour, 73 * hour, 336 * hour].map((ms) =>
    durationWords(voice('en'), ms),
  );
  expect(said).toEqual(['0 s', '1 min 30 s', '1 h', '1 h 30 min', '72 h', '3 days 1 h', '14 days']);
});
