import {
  AlteredEvidenceError,
  ErasedMeanwhileError,
  PrunedEntriesError,
  UnknownCheckpointError,
  type BegunExport,
} from '@cordon/runtime';
import { ProblemError, say } from '../http/problem-error.js';
import { unknownIncident } from '../http/refusal-problem.js';
import { invalidRequest } from '../http/schema-pipe.js';

type Begun = Extract<BegunExport, { ok: true }>;
type Refused = Extract<BegunExport, { ok: false }>;

/** There is no log in this process. */
export function noLog(): ProblemError {
  return new ProblemError(
    'unavailable',
    say('This process keeps no log.', '此程序沒有保存紀錄。'),
    {},
    { 'Retry-After': '60' },
  );
}

/** The log holds every incident, and some are not for this person. */
export function notAllVisible(): ProblemError {
  return new ProblemError(
    'forbidden',
    say(
      'The log holds every incident, and some of them are not for you to see. Export the incidents that you see one by one, or ask an administrator, who sees all of them.',
      '紀錄包含所有事故，其中有你無權查看的事故。請逐一匯出你可查看的事故，或請可查看全部事故的管理員匯出。',
    ),
  );
}

/** Nothing was signed yet that could be shown. */
export function nothingSigned(): ProblemError {
  return new ProblemError(
    'not_found',
    say(
      'No checkpoint was signed yet. A worker signs the first one seconds after it starts: see that one runs (CORDON_ROLE).',
      '尚未簽署任何檢查點。工作程序啟動後數秒即會簽署第一個：請確定有工作程序正在運行（CORDON_ROLE）。',
    ),
  );
}

/**
 * The export that was begun, or its problem. `again`: it was begun before, so that a change since then cannot be mended by
 * trying once more.
 */
export async function begunOf(begin: Promise<BegunExport>, again: boolean): Promise<Begun> {
  return expecting(again, async () => {
    const begun = await begin;
    if (begun.ok) return begun;
    throw refused(begun);
  });
}

/**
 * Work on an export, what may come in between told as its problem: from the first look at the log to the last byte
 * somebody may be erased, or a file changed.
 */
export async function expecting<T>(again: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ErasedMeanwhileError) throw again ? changedSince() : erasedMeanwhile();
    if (error instanceof UnknownCheckpointError) throw unknownCheckpoint(error.size);
    if (error instanceof AlteredEvidenceError) throw alteredEvidence();
    if (error instanceof PrunedEntriesError) throw prunedAway(error.place);
    throw error;
  }
}

function refused({ code }: Refused): ProblemError {
  if (code === 'unknown_incident') return unknownIncident();
  if (code === 'not_signed') return notSigned();
  return new ProblemError(
    'not_found',
    say(
      'There is no such export of yours: ask for a new one, without export and checkpoint.',
      '找不到你的這項匯出：請不帶 export 及 checkpoint，重新要求匯出。',
    ),
  );
}

/** The log has no checkpoint that covers the entry of the export. */
export function notSigned(): ProblemError {
  return new ProblemError(
    'unavailable',
    say(
      'The log was not signed in time. Either no worker runs (CORDON_ROLE), or it refuses because the log does not verify: its own log says which. Then ask again.',
      '紀錄未能及時簽署。可能沒有工作程序正在運行（CORDON_ROLE），或因紀錄核實不符而拒絕簽署：其日誌載有原因。其後請再試。',
    ),
    {},
    { 'Retry-After': '10' },
  );
}

/** Entries of incidents below this place went when their retention ended. */
export function prunedAway(place: number): ProblemError {
  return new ProblemError(
    'pruned',
    say(
      `Below place ${place} the entries of closed incidents are gone: their retention period is over. Ask from=${place} on; the hashes of what is gone stay in the tiles, and the journal's log.pruned says which archive was made of it.`,
      `位置 ${place} 之前，已結束事故的紀錄因保存期屆滿而不再保存。請以 from=${place} 起匯出；有關雜湊值仍載於區塊內，而日誌的 log.pruned 載明曾製作哪一份存檔。`,
    ),
  );
}

function erasedMeanwhile(): ProblemError {
  return new ProblemError(
    'unavailable',
    say(
      'Somebody was erased while this export was being made: ask again.',
      '製作此匯出期間有人士的資料被刪除：請再試。',
    ),
    {},
    { 'Retry-After': '1' },
  );
}

function changedSince(): ProblemError {
  return new ProblemError(
    'stale_revision',
    say(
      'Somebody was erased since this export, so it cannot be made again as it was: ask for a new one, without export and checkpoint.',
      '自該次匯出後有人士的資料被刪除，無法重製原來的匯出：請不帶 export 及 checkpoint，重新要求匯出。',
    ),
  );
}

function unknownCheckpoint(size: number): ProblemError {
  return invalidRequest([
    {
      pointer: '/since',
      message: `is the size of no checkpoint that is known here: ${size}. If you hold one that was signed by this log, keep it, and ask the operator why the log no longer has it`,
    },
  ]);
}

export function alteredEvidence(): ProblemError {
  return new ProblemError(
    'evidence_altered',
    say(
      'A stored evidence file has changed or is gone since it was collected. Restore it from a backup, or export with attachments=no.',
      '有已儲存的證據檔案自收集後被更改或遺失。請從備份還原，或以 attachments=no 匯出。',
    ),
  );
}

/** The files of an incident that goes out with the log are not for this person. */
export function unreadableEvidence(ref: string): ProblemError {
  return new ProblemError(
    'forbidden',
    say(
      `The evidence files of ${ref} are not for you to read: export with attachments=no, or ask an administrator.`,
      `你無權讀取 ${ref} 的證據檔案：請以 attachments=no 匯出，或請管理員匯出。`,
    ),
  );
}

export function quarantinedEvidence(items: readonly string[]): ProblemError {
  const list = items.join(', ');
  return new ProblemError(
    'evidence_quarantined',
    say(
      `Malware was found in evidence ${list}: export with attachments=no.`,
      `證據 ${list} 內發現惡意軟件：請以 attachments=no 匯出。`,
    ),
  );
}
