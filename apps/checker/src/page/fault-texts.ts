import type { FaultCode } from '@cordon/audit';
import type { Bilingual } from './texts.js';

/** What each code means to somebody who has not read the format. */
export const faultTexts: Readonly<Record<FaultCode, Bilingual>> = {
  E_ZIP: [
    'The file is not a bundle in its proper form: it is damaged, was packed again, or is another file.',
    '檔案並非格式正確的紀錄包：可能已損壞、被重新壓縮，或是另一種檔案。',
  ],
  E_LIMIT: ['Something in the file is larger than any bundle needs.', '檔案內有部分大於任何紀錄包所需。'],
  E_MANIFEST: [
    'A file in the bundle is not the one that its list of contents names: it was altered, added or removed.',
    '紀錄包內有檔案與內容清單不符：已被更改、加入或移除。',
  ],
  E_NOTE_FORMAT: ['A signed statement in the bundle cannot be read.', '紀錄包內有經簽署的聲明無法讀取。'],
  E_SIG: ['A signature does not fit what it is said to sign.', '有簽署與其所簽內容不符。'],
  E_UNKNOWN_LOG: [
    'This log was not signed by any key that you trust: it is another log, or a forgery.',
    '此紀錄並非由你信任的密鑰簽署：屬另一份紀錄，或屬偽造。',
  ],
  E_ORIGIN: [
    'The signed statement is about another log than the bundle says.',
    '經簽署的聲明所指的紀錄，與紀錄包所稱的不同。',
  ],
  E_SIZE: ['There are more or fewer entries than were signed.', '記錄數目與已簽署的數目不同。'],
  E_ROOT: [
    'The entries are not those that were signed: at least one was altered, exchanged or moved.',
    '記錄並非當時簽署的記錄：最少有一項被更改、替換或移動。',
  ],
  E_CONSISTENCY: [
    'An older checkpoint does not lead to this one: the log was rewritten in between.',
    '較早的檢查點不能延伸至現時的檢查點：紀錄期間曾被改寫。',
  ],
  E_PROOF: ['A proof for a single entry is wrong.', '單項記錄的證明有誤。'],
  E_LEAF_FORMAT: ['An entry does not have the form of one.', '有記錄的格式不正確。'],
  E_NONCANONICAL: [
    'An entry is not written in the one way that is allowed.',
    '有記錄並非以唯一許可的寫法書寫。',
  ],
  E_FOREIGN_LEAF: ['An entry belongs to another log or incident.', '有記錄屬於另一份紀錄或另一宗事故。'],
  E_CHAIN_SEQ: ['An entry is missing, doubled or out of order.', '有記錄缺失、重複或次序有誤。'],
  E_CHAIN_PREV: ['An entry does not follow from the one before it.', '有記錄與其前一項不相銜接。'],
  E_COMPLETENESS: [
    'The bundle does not show all that there was: entries were left out.',
    '紀錄包未有顯示全部內容：有記錄被略去。',
  ],
  E_TIME_ORDER: [
    'An entry says that it was recorded before the one that it follows.',
    '有記錄聲稱的時間早於其前一項。',
  ],
  E_TIME_WINDOW: [
    'An entry says that it was recorded when witnesses show that it cannot have been.',
    '有記錄聲稱的時間與見證者所示不符。',
  ],
  E_TSR: ['A time-stamp is not one of this log.', '有時間戳記並不屬於此紀錄。'],
  E_QUORUM: ['Fewer witnesses signed than your policy file asks for.', '簽署的見證者少於你的政策檔所要求。'],
  E_OPENING: [
    'A value that is shown is not the one that was recorded.',
    '顯示的資料值並非當時記錄的資料值。',
  ],
  E_SUPPRESSED: [
    'A value is withheld, and nobody recorded that it was erased.',
    '有資料值被隱去，但沒有記錄顯示曾將其刪除。',
  ],
  E_ATTACHMENT: ['The evidence files are not those that the entries name.', '證據檔案與記錄所指的不同。'],
  E_VIEW: ['A view of the history says something else than its entries.', '歷史的檢視與其記錄內容不符。'],
  E_MACHINE: [
    'The playbook that an entry names is missing, or is another one.',
    '記錄所指的應變手冊缺失，或屬另一份手冊。',
  ],
  E_REPLAY: [
    'Played again through its playbook, an event does not lead where the history says.',
    '按應變手冊重演時，有事件未能導致歷史所載的結果。',
  ],
};
