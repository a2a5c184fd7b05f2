/** A sentence in each language that the API speaks. */
export interface InLanguages {
  readonly en: string;
  readonly 'zh-Hant': string;
}
export type Language = keyof InLanguages;

/**
 * Every problem that the API answers with, in one table. The compiler refuses a code that is not listed, so a
 * status is never guessed. `code` is what programs branch on; `title` never changes for a code (RFC 9457, 3.1.3).
 */
export const problems = {
  malformed: { status: 400, title: { en: 'The request cannot be read', 'zh-Hant': '無法讀取請求' } },
  unauthenticated: { status: 401, title: { en: 'Sign in first', 'zh-Hant': '請先登入' } },
  sign_in_failed: {
    status: 401,
    title: { en: 'That did not sign you in', 'zh-Hant': '未能登入' },
  },
  sign_in_again: {
    status: 401,
    title: { en: 'Sign in again first', 'zh-Hant': '請先重新登入' },
  },
  cross_site: {
    status: 403,
    title: { en: 'The request came from another site', 'zh-Hant': '請求來自其他網站' },
  },
  forbidden: {
    status: 403,
    title: { en: 'Your role does not allow this', 'zh-Hant': '你的角色不允許這項操作' },
  },
  not_found: { status: 404, title: { en: 'There is nothing here', 'zh-Hant': '找不到資料' } },
  unknown_incident: { status: 404, title: { en: 'There is no such incident', 'zh-Hant': '沒有這宗事故' } },
  method_not_allowed: {
    status: 405,
    title: { en: 'This address does not take that method', 'zh-Hant': '此網址不接受這種方法' },
  },
  login_taken: {
    status: 409,
    title: { en: 'Somebody signs in with this already', 'zh-Hant': '此登入名稱已被使用' },
  },
  last_credential: {
    status: 409,
    title: { en: 'You could not sign in any more', 'zh-Hant': '移除後將無法登入' },
  },
  link_used: {
    status: 410,
    title: { en: 'The link is used up or has expired', 'zh-Hant': '連結已使用或已過期' },
  },
  pruned: {
    status: 410,
    title: { en: 'This part of the log is gone', 'zh-Hant': '紀錄的這一部分已不再保存' },
  },
  holds_tasks: {
    status: 409,
    title: { en: 'The person still holds tasks', 'zh-Hant': '此人仍持有任務' },
  },
  legal_hold: {
    status: 409,
    title: { en: 'A legal hold covers this', 'zh-Hant': '受法律保存令約束' },
  },
  only_administrator: {
    status: 409,
    title: { en: 'Nobody else could administer', 'zh-Hant': '沒有其他管理員' },
  },
  event_not_accepted: {
    status: 409,
    title: { en: 'The incident does not accept this now', 'zh-Hant': '事故目前不接受這項操作' },
  },
  stale_revision: {
    status: 412,
    title: { en: 'The incident has changed since you read it', 'zh-Hant': '事故在你讀取後已有變更' },
  },
  too_large: { status: 413, title: { en: 'The request is too large', 'zh-Hant': '請求過大' } },
  content_encoded: {
    status: 415,
    title: { en: 'Send the file as it is', 'zh-Hant': '請以原檔傳送' },
  },
  unsupported_media_type: { status: 415, title: { en: 'Send JSON', 'zh-Hant': '請以 JSON 傳送' } },
  invalid_request: {
    status: 422,
    title: { en: 'The request does not fit its schema', 'zh-Hant': '請求不符合規格' },
  },
  invalid_event: { status: 422, title: { en: 'The event is not valid', 'zh-Hant': '事件無效' } },
  key_reused: {
    status: 422,
    title: { en: 'The idempotency key belongs to another request', 'zh-Hant': '此冪等鍵已用於另一個請求' },
  },
  unknown_playbook: {
    status: 422,
    title: { en: 'There is no such playbook', 'zh-Hant': '沒有這份應變手冊' },
  },
  invalid_playbook: {
    status: 422,
    title: { en: 'The playbook cannot be published', 'zh-Hant': '應變手冊未能發布' },
  },
  playbook_exists: {
    status: 409,
    title: { en: 'This version was published with other contents', 'zh-Hant': '此版本已以其他內容發布' },
  },
  evidence_denied: {
    status: 422,
    title: { en: 'Files of this kind are not kept here', 'zh-Hant': '此處不接收這類檔案' },
  },
  evidence_quarantined: {
    status: 403,
    title: { en: 'The file is in quarantine', 'zh-Hant': '檔案已被隔離' },
  },
  before_opening: {
    status: 422,
    title: { en: 'The incident was not open yet', 'zh-Hant': '事故當時尚未開立' },
  },
  too_many_requests: { status: 429, title: { en: 'Too many requests', 'zh-Hant': '請求過於頻密' } },
  headers_too_large: {
    status: 431,
    title: { en: 'The request headers are too large', 'zh-Hant': '請求標頭過大' },
  },
  evidence_altered: {
    status: 500,
    title: { en: 'The file is not the one that was collected', 'zh-Hant': '檔案並非當初收集的檔案' },
  },
  internal: { status: 500, title: { en: 'Something went wrong here', 'zh-Hant': '系統發生錯誤' } },
  unavailable: { status: 503, title: { en: 'Not available just now', 'zh-Hant': '暫時無法使用' } },
  storage_full: {
    status: 507,
    title: { en: 'There is no room for the file', 'zh-Hant': '儲存空間不足' },
  },
} as const satisfies Record<string, { status: number; title: InLanguages }>;

export type ProblemCode = keyof typeof problems;

export const problemCodes = Object.keys(problems) as readonly ProblemCode[];

/** `type` of a problem: a stable relative reference that names its code. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code.replaceAll('_', '-')}`;
}
