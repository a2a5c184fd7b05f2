/** The diagram's own words, in English and Traditional Chinese. Texts of the playbook come in as arguments. */
import type { StepKind, SystemMove } from '@cordon/playbook';
import type { MarkStatus } from './marks.js';

/** Everything a diagram says by itself, in one language. */
export interface Words {
  readonly kinds: Readonly<Record<StepKind, string>>;
  readonly statuses: Readonly<Record<MarkStatus, string>>;
  readonly moves: Readonly<Record<SystemMove, string>>;
  /** A count with its unit: `30 min`. */
  readonly duration: (parts: readonly (readonly [count: number, unit: DurationUnit])[]) => string;
  readonly quoted: (text: string) => string;
  readonly list: (items: readonly string[]) => string;
  /** Something, and what is said of it. */
  readonly leading: (head: string, rest: string) => string;
  readonly optional: string;
  readonly skippedBy: (roles: string) => string;
  readonly condition: (guard: string) => string;
  readonly is: (fact: string, value: string) => string;
  readonly isNot: (fact: string, value: string) => string;
  readonly atLeast: (fact: string, count: string) => string;
  readonly atMost: (fact: string, count: string) => string;
  readonly known: (fact: string) => string;
  readonly unknown: (fact: string) => string;
  readonly and: string;
  readonly or: string;
  readonly not: (guard: string) => string;
  readonly yes: string;
  readonly no: string;
  readonly due: (time: string, from: DueWord, named: string, working: boolean) => string;
  readonly timeout: (time: string) => string;
  readonly evidence: (count: number, title: string) => string;
  readonly duty: (title: string) => string;
  readonly waives: (title: string) => string;
  readonly approvals: (count: number) => string;
  readonly covers: (steps: string) => string;
  readonly recipient: (to: string) => string;
  readonly runs: (action: string) => string;
  readonly waitsFor: (time: string) => string;
  readonly waitsUntil: (guard: string) => string;
  readonly moved: (state: string) => string;
  readonly keeps: string;
  readonly backTo: (step: string) => string;
  readonly again: string;
  readonly atMostTimes: (count: number) => string;
  readonly itself: (guard: string) => string;
  readonly refused: string;
  readonly approved: string;
  readonly failed: string;
  readonly done: string;
  readonly goesOn: string;
  readonly answer: string;
  readonly sideBySide: (count: number) => string;
  readonly branch: (index: number, count: number) => string;
  readonly track: (index: number, count: number) => string;
  readonly everySystem: string;
  readonly group: string;
  readonly graph: string;
  readonly after: (ends: string) => string;
  readonly first: string;
  readonly anytime: string;
  readonly phase: string;
  readonly opened: string;
  readonly close: string;
  readonly closeNeeds: string;
  readonly nothingElse: string;
  readonly now: string;
  readonly progress: (done: number, of: number) => string;
  readonly systems: (done: number, of: number) => string;
  readonly round: (count: number) => string;
  readonly loop: string;
  readonly version: (version: string) => string;
}

/** Units that times are said in. */
export type DurationUnit = 'day' | 'hour' | 'minute' | 'second';
/** From where a due time counts. */
export type DueWord = 'aware' | 'onset' | 'opened' | 'ready' | 'step' | 'fact';

const UNITS_EN: Readonly<Record<DurationUnit, readonly [one: string, many: string]>> = {
  day: ['day', 'days'],
  hour: ['h', 'h'],
  minute: ['min', 'min'],
  second: ['s', 's'],
};

const SINCE_EN: Readonly<Record<DueWord, (named: string) => string>> = {
  aware: () => 'of awareness',
  onset: () => 'of the onset',
  opened: () => 'of opening',
  ready: () => 'of becoming ready',
  step: (named) => `of “${named}” being done`,
  fact: (named) => `of “${named}”`,
};

const ENGLISH: Words = {
  kinds: {
    task: 'Task',
    decision: 'Decision',
    approval: 'Approval',
    action: 'Automatic action',
    wait: 'Wait',
    notice: 'Notice',
  },
  statuses: {
    cannot_start: 'Cannot start yet',
    ready: 'Ready to start',
    in_progress: 'In progress',
    completed: 'Completed',
    skipped: 'Skipped',
    failed: 'Failed',
    problem: 'Problem',
  },
  moves: { isolate: 'isolated', restore: 'restored', verify: 'verified', return: 'returned to service' },
  duration: (parts) =>
    parts.map(([count, unit]) => `${count} ${UNITS_EN[unit][count === 1 ? 0 : 1]}`).join(' '),
  quoted: (text) => `“${text}”`,
  list: (items) => items.join(', '),
  leading: (head, rest) => `${head}: ${rest}`,
  optional: 'Optional',
  skippedBy: (roles) => `May be left out by ${roles}`,
  condition: (guard) => `Only if ${guard}`,
  is: (fact, value) => `${fact}: ${value}`,
  isNot: (fact, value) => `${fact}: not ${value}`,
  atLeast: (fact, count) => `${fact}: at least ${count}`,
  atMost: (fact, count) => `${fact}: at most ${count}`,
  known: (fact) => `${fact}: known`,
  unknown: (fact) => `${fact}: not known`,
  and: ' and ',
  or: ' or ',
  not: (guard) => `not (${guard})`,
  yes: 'yes',
  no: 'no',
  due: (time, from, named, working) =>
    `Within ${time}${working ? ' of working time' : ''} ${SINCE_EN[from](named)}`,
  timeout: (time) => `Fails after ${time}`,
  evidence: (count, title) =>
    `Evidence: ${title === '' ? (count === 1 ? '1 item' : `${count} items`) : `${count} × ${title}`}`,
  duty: (title) => `Duty: ${title}`,
  waives: (title) => `Decides against the duty: ${title}`,
  approvals: (count) => (count === 1 ? '1 person approves' : `${count} different people approve`),
  covers: (steps) => `Covers ${steps}`,
  recipient: (to) => `To: ${to}`,
  runs: (action) => `Runs: ${action}`,
  waitsFor: (time) => `For ${time}`,
  waitsUntil: (guard) => `Until ${guard}`,
  moved: (state) => `System is then ${state}`,
  keeps: 'Stays done when the phase is reopened',
  backTo: (step) => `back to “${step}”`,
  again: 'then asked again',
  atMostTimes: (count) => (count === 1 ? 'at most once' : `at most ${count} times`),
  itself: (guard) => `By itself if ${guard}`,
  refused: 'Refused',
  approved: 'Approved',
  failed: 'If it fails',
  done: 'Done',
  goesOn: 'goes on',
  answer: 'Answer',
  sideBySide: (count) => `Side by side: ${count} branches, all to the end`,
  branch: (index, count) => `Side by side, ${index} of ${count}`,
  track: (index, count) => `Track ${index} of ${count}, side by side`,
  everySystem: 'For every affected system',
  group: 'Group',
  graph: 'In the order of the arrows',
  after: (ends) => `After ${ends}`,
  first: 'Starts at once',
  anytime: 'At any time, when needed',
  phase: 'Phase',
  opened: 'Incident opened',
  close: 'Close the incident',
  closeNeeds: 'Before it is closed:',
  nothingElse: 'When everything above is through.',
  now: 'Now',
  progress: (done, of) => `${done} of ${of} done`,
  systems: (done, of) => `${done} of ${of} systems`,
  round: (count) => `Round ${count}`,
  loop: 'Goes back',
  version: (version) => `Version ${version}`,
};

const UNITS_ZH: Readonly<Record<DurationUnit, string>> = {
  day: '日',
  hour: '小時',
  minute: '分鐘',
  second: '秒',
};

const SINCE_ZH: Readonly<Record<DueWord, (named: string) => string>> = {
  aware: () => '得悉事故後',
  onset: () => '事故發生後',
  opened: () => '開案後',
  ready: () => '可開始後',
  step: (named) => `「${named}」完成後`,
  fact: (named) => `「${named}」後`,
};

const CHINESE: Words = {
  kinds: {
    task: '工作',
    decision: '決定',
    approval: '批准',
    action: '自動行動',
    wait: '等候',
    notice: '通報',
  },
  statuses: {
    cannot_start: '尚未能開始',
    ready: '可以開始',
    in_progress: '進行中',
    completed: '已完成',
    skipped: '已略過',
    failed: '失敗',
    problem: '有問題',
  },
  moves: { isolate: '已隔離', restore: '已復原', verify: '已核實', return: '已恢復服務' },
  duration: (parts) => parts.map(([count, unit]) => `${count} ${UNITS_ZH[unit]}`).join(' '),
  quoted: (text) => `「${text}」`,
  list: (items) => items.join('、'),
  leading: (head, rest) => `${head}：${rest}`,
  optional: '可選',
  skippedBy: (roles) => `可由${roles}略過`,
  condition: (guard) => `條件：${guard}`,
  is: (fact, value) => `${fact}：${value}`,
  isNot: (fact, value) => `${fact}：非「${value}」`,
  atLeast: (fact, count) => `${fact}：最少 ${count}`,
  atMost: (fact, count) => `${fact}：最多 ${count}`,
  known: (fact) => `${fact}：已知悉`,
  unknown: (fact) => `${fact}：未知`,
  and: ' 及 ',
  or: ' 或 ',
  not: (guard) => `並非（${guard}）`,
  yes: '是',
  no: '否',
  due: (time, from, named, working) => `${SINCE_ZH[from](named)} ${time}內${working ? '（工作時間）' : ''}`,
  timeout: (time) => `${time}後作失敗論`,
  evidence: (count, title) => (title === '' ? `證據：${count} 項` : `證據：${title}（${count} 項）`),
  duty: (title) => `責任：${title}`,
  waives: (title) => `決定不履行責任：${title}`,
  approvals: (count) => (count === 1 ? '由 1 人批准' : `由 ${count} 名不同人士批准`),
  covers: (steps) => `批准對象：${steps}`,
  recipient: (to) => `對象：${to}`,
  runs: (action) => `執行：${action}`,
  waitsFor: (time) => `為時 ${time}`,
  waitsUntil: (guard) => `直至${guard}`,
  moved: (state) => `系統其後${state}`,
  keeps: '階段重開時維持完成',
  backTo: (step) => `返回「${step}」`,
  again: '其後再問',
  atMostTimes: (count) => `最多 ${count} 次`,
  itself: (guard) => `自動選定，如${guard}`,
  refused: '不批准',
  approved: '已批准',
  failed: '如失敗',
  done: '完成',
  goesOn: '繼續',
  answer: '答案',
  sideBySide: (count) => `同時進行：${count} 個分支，全部完成後繼續`,
  branch: (index, count) => `同時進行，第 ${index} / ${count} 分支`,
  track: (index, count) => `第 ${index} / ${count} 路，同時進行`,
  everySystem: '就每個受影響系統',
  group: '組別',
  graph: '按箭頭次序進行',
  after: (ends) => `在${ends}之後`,
  first: '即時開始',
  anytime: '任何時間，有需要時',
  phase: '階段',
  opened: '事故開案',
  close: '結束事故',
  closeNeeds: '結束前須符合：',
  nothingElse: '以上各項完成後。',
  now: '目前',
  progress: (done, of) => `已完成 ${done} / ${of}`,
  systems: (done, of) => `${of} 個系統中 ${done} 個完成`,
  round: (count) => `第 ${count} 輪`,
  loop: '返回',
  version: (version) => `版本 ${version}`,
};

/** Chinese for every tag of Chinese, else English. */
export function wordsIn(language: string): Words {
  return /^zh\b/i.test(language) ? CHINESE : ENGLISH;
}
