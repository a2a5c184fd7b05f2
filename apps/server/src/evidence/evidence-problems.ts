import type { OpenedEvidence, AddedEvidence } from '@cordon/runtime';
import { ProblemError, say } from '../http/problem-error.js';
import { forbidden, refusalProblem, unknownIncident } from '../http/refusal-problem.js';
import { rolesFor } from '../access/policy.js';

type Refusal = Extract<AddedEvidence | OpenedEvidence, { ok: false }>['refusal'];

/** The problem for a refusal of a file. What the door refused is answered as for any other event. */
export function evidenceProblem(refusal: Refusal, action: 'evidence.add' | 'evidence.read'): ProblemError {
  switch (refusal.code) {
    case 'unknown_incident':
      return unknownIncident();
    case 'forbidden':
      return 'needs' in refusal ? refusalProblem(refusal) : outOfReach(action);
    case 'unknown_evidence':
      return new ProblemError(
        'not_found',
        say('There is no such file in this incident.', '此事故沒有這個檔案。'),
      );
    case 'too_large':
      return tooLarge(refusal.maxBytes);
    case 'storage_full':
      return new ProblemError(
        'storage_full',
        say('Make room where evidence is kept, then send it again.', '請先騰出證據儲存空間，然後重新傳送。'),
      );
    case 'evidence_denied':
      return new ProblemError(
        'evidence_denied',
        say(`It is ${refusal.kind}.`, `檔案類型為 ${refusal.kind}。`),
      );
    case 'evidence_quarantined':
      return new ProblemError(
        'evidence_quarantined',
        say(
          'Malware was found in it: an administrator can have it with ?quarantined=true.',
          '檔案內發現惡意軟件：管理員可加上 ?quarantined=true 取得。',
        ),
      );
    case 'evidence_altered':
      return new ProblemError(
        'evidence_altered',
        say(
          'What is stored has changed or is gone since it was collected. This is on record; restore it from a backup.',
          '所儲存的檔案自收集後已被更改或遺失。此事已記錄在案；請從備份還原。',
        ),
      );
    default:
      return refusalProblem(refusal);
  }
}

/** The roles do not reach to an incident that the person is not a member of. */
export function outOfReach(
  action: 'evidence.add' | 'evidence.read' | 'indicator.read' | 'incident.read',
): ProblemError {
  const needs = rolesFor(action);
  return new ProblemError('forbidden', forbidden(needs), { needs: [...needs] });
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(
    'too_large',
    say(
      `A file may have at most ${maxBytes} bytes here: that is what the limits leave.`,
      `檔案在此最多 ${maxBytes} 位元組：此為限額所餘。`,
    ),
  );
}
