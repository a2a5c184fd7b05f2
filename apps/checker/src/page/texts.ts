/** Everything that the page says itself. Where there is no word in Chinese, what the verifier says stays English. */
export type Language = 'en' | 'zh-Hant';
export type Bilingual = readonly [en: string, zh: string];

export const texts = {
  title: ['Check a history', '核實歷史紀錄'],
  intro: [
    'Choose a bundle that Cordon handed out. It is checked on this device: nothing is uploaded, and the browser itself forbids this page every connection.',
    '選擇由 Cordon 匯出的紀錄包。核實在此裝置上進行：不會上載任何資料，瀏覽器亦禁止此頁作任何連線。',
  ],
  bundle: ['Bundle', '紀錄包'],
  bundleHint: ['The .zip file that you were given.', '你收到的 .zip 檔案。'],
  policy: ['Your policy file (optional)', '你的政策檔（如有）'],
  policyHint: [
    'Says whose log you expect. Take it from your own records, never from the bundle.',
    '說明你預期的紀錄屬於誰。請取自你自己的存檔，切勿取自紀錄包。',
  ],
  since: ['A checkpoint you kept (optional)', '你保存的檢查點（如有）'],
  sinceHint: ['Shows whether the log was rewritten since then.', '用以顯示紀錄自那時起有否被改寫。'],
  drop: ['You can also drop the files anywhere on this page.', '亦可將檔案拖放到此頁任何位置。'],
  check: ['Check', '核實'],
  cancel: ['Cancel', '取消'],
  chooseFirst: ['Choose a bundle first.', '請先選擇紀錄包。'],
  tooLarge: ['This file is larger than 1 MB: it is another kind of file.', '此檔案大於 1 MB：並非這類檔案。'],
  unknownFile: ['{name} is no bundle, policy file or checkpoint.', '{name} 並非紀錄包、政策檔或檢查點。'],
  opening: ['Opening the bundle …', '正在開啟紀錄包……'],
  reading: ['{entries} of {of} entries read …', '已讀取 {of} 項記錄中的 {entries} 項……'],
  replaying: ['{entries} of {of} entries played again …', '已重演 {of} 項記錄中的 {entries} 項……'],
  cancelled: ['Cancelled. Nothing is known about this bundle.', '已取消。此紀錄包未經核實。'],
  failed: [
    'The check could not be finished, and says nothing about the bundle. Choose the file again and repeat it.',
    '核實未能完成，對紀錄包未有任何結論。請重新選擇檔案再試。',
  ],
  policyRefused: [
    'Your policy file cannot be used, and nothing was checked.',
    '你的政策檔不能使用，未有進行核實。',
  ],
  result: ['Result', '結果'],
  verified: ['VERIFIED', '已核實'],
  verifiedText: [
    'Everything that was checked holds, and the log is the one that your policy file names.',
    '所有已檢查的項目均成立，而且紀錄正是你的政策檔所指的紀錄。',
  ],
  unknownWhose: ['VERIFIED, BUT NOT KNOWN WHOSE', '已核實，但未知屬誰'],
  unknownWhoseText: [
    'The bundle agrees with itself. It is not known WHOSE log this is: you gave no policy file, so its signatures were held only against a key that came with the bundle. Anybody can make such a bundle with a key of their own.',
    '紀錄包本身一致，但未知紀錄屬於誰：你沒有提供政策檔，簽署只與紀錄包自帶的密鑰核對。任何人都可用自己的密鑰製作這樣的紀錄包。',
  ],
  notVerified: ['NOT VERIFIED', '核實失敗'],
  notVerifiedText: [
    'Do not rely on this bundle. Keep the file as it is, and compare with another copy.',
    '請勿依賴此紀錄包。請保留檔案原狀，並與另一副本比對。',
  ],
  whatIsWrong: ['What is wrong', '問題所在'],
  code: ['Code', '代碼'],
  entry: ['Entry', '記錄'],
  entryOf: ['{seq} of {incident}', '{incident} 的第 {seq} 項'],
  leaf: ['Place in the log', '在紀錄中的位置'],
  member: ['File in the bundle', '紀錄包內的檔案'],
  detail: ['In detail', '詳情'],
  about: ['What this bundle says it is', '此紀錄包自稱為'],
  file: ['File', '檔案'],
  fileSize: ['{name} ({size} bytes)', '{name}（{size} 位元組）'],
  scope: ['Scope', '範圍'],
  incidentScope: ['{ref} ({incident}), entries 1 to {seq}', '{ref}（{incident}），第 1 至 {seq} 項記錄'],
  logScope: ['the log, places {from} to {to}', '整份紀錄，位置 {from} 至 {to}'],
  emptyScope: ['the log, no entry', '紀錄，沒有記錄'],
  log: ['Log', '紀錄'],
  logSize: ['Size of the log', '紀錄大小'],
  sizeOf: ['{size} entries, of which {entries} are shown', '{size} 項記錄，當中 {entries} 項可見'],
  root: ['Root', '樹根'],
  span: ['Recorded from, to', '記錄時間'],
  spanOf: ['{first} to {last} (UTC)', '{first} 至 {last}（UTC）'],
  levels: ['What was checked', '已檢查的項目'],
  level: ['Level', '級別'],
  outcome: ['Outcome', '結果'],
  counted: ['How much', '數量'],
  notChecked: ['What was NOT checked', '未檢查的項目'],
  allChecked: ['Nothing was left out.', '沒有遺漏。'],
  restUnchecked: [
    'What follows the first fault: what holds there would prove nothing.',
    '首個問題之後的項目：即使成立亦不足為證。',
  ],
  erased: ['Erased', '已刪除的資料'],
  erasedOf: [
    'Values of {subject}: {values}, erased by the entry at place {by}.',
    '{subject} 的資料：{values} 項，由位置 {by} 的記錄刪除。',
  ],
  nothingErased: ['Nothing that is shown was erased.', '可見的內容未有被刪除。'],
  save: ['Save this page for offline use', '儲存此頁以供離線使用'],
  saveHint: [
    'One file that holds all of it. Keep it with your policy file: it checks bundles without Cordon.',
    '一個檔案即包含全部。請與政策檔一併保存：毋須 Cordon 亦可核實紀錄包。',
  ],
  otherLanguage: ['繁體中文', 'English'],
} as const satisfies Record<string, Bilingual>;

export type TextName = keyof typeof texts;

export const levelNames = {
  bytes: ['The file, its signatures, and the tree of the log', '檔案、簽署及紀錄樹'],
  chain: ['Every entry in its place, and none missing', '每項記錄均在其位，沒有遺漏'],
  time: ['Order and moments of recording', '記錄的次序及時間'],
  openings: ['What was typed, files and views', '輸入內容、檔案及檢視'],
  semantics: ['Every event played again through its playbook', '按應變手冊重演每個事件'],
} as const satisfies Record<string, Bilingual>;

export const outcomes = {
  holds: ['holds', '成立'],
  fails: ['fails', '不成立'],
  'not reached': ['not reached', '未進行'],
  'not asked': ['not asked', '未要求'],
} as const satisfies Record<string, Bilingual>;

/** Names of the counts in a report. */
export const counts: Readonly<Record<string, Bilingual>> = {
  members: ['files', '檔案'],
  bytes: ['bytes', '位元組'],
  leaves: ['entries in the tree', '樹中記錄'],
  shown: ['entries shown', '可見記錄'],
  older: ['older checkpoints', '較早檢查點'],
  kept: ['checkpoint that you kept', '你保存的檢查點'],
  proofs: ['single proofs', '單項證明'],
  entries: ['entries', '記錄'],
  chains: ['chains', '記錄鏈'],
  cosignatures: ['cosignatures', '見證簽署'],
  timestamps: ['time-stamps', '時間戳記'],
  openings: ['values', '資料值'],
  withheld: ['values withheld', '隱去的資料值'],
  attachments: ['evidence files', '證據檔案'],
  views: ['views', '檢視'],
  incidents: ['incidents', '事故'],
  events: ['events', '事件'],
  refusals: ['refusals', '被拒要求'],
};

export function fill(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
