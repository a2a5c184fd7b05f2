import type { SentenceOf } from './words.js';

const at = (step: string): string => `「${step}」`;
const for_ = (reason: string): string => (reason === '' ? '' : `原因：${reason}`);
const SYSTEM = ['system'];
const REASON = ['reason', ...SYSTEM];

/** What it means that the timer of this kind ran out. */
function timer(kind: string, step: string): string {
  switch (kind) {
    case 'due':
      return `${step}已到期而未完成。`;
    case 'remind':
      return `Cordon 就${step}發出提示。`;
    case 'escalate':
    case 'late':
      return `${step}未完成，Cordon 向上級提示。`;
    case 'accept':
      return `${step}無人接受，Cordon 查問。`;
    case 'wait':
      return `${step}的等候時間已過。`;
    case 'timeout':
      return `${step}的時限已過。`;
    default:
      return `計時器到時：${step}。`;
  }
}

/** What an accepted event says, by its name, in traditional Chinese. */
export const CHINESE_SENTENCES: Readonly<Record<string, SentenceOf>> = {
  'incident.opened': {
    say: (t) => `${t.who}開立本事故。`,
    uses: [
      'title',
      'summary',
      'severity',
      'exercise',
      'playbook',
      'organisation',
      'awareAt',
      'onsetAt',
      'tlp',
    ],
  },
  'step.start': { say: (t) => `${t.who}開始${at(t.step)}。`, uses: SYSTEM },
  'step.complete': { say: (t) => `${t.who}完成${at(t.step)}。`, uses: SYSTEM },
  'step.skip': { say: (t) => `${t.who}略過${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'step.fail': { say: (t) => `${t.who}記錄${at(t.step)}失敗。${for_(t.text('reason'))}`, uses: REASON },
  'step.problem': {
    say: (t) => `${t.who}報告${at(t.step)}出現問題。${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'step.reopen': { say: (t) => `${t.who}重新開啟${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'approval.approve': { say: (t) => `${t.who}批准${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'approval.refuse': { say: (t) => `${t.who}拒絕批准${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'task.assign': { say: (t) => `${t.who}把${at(t.step)}指派給${t.person('to')}。`, uses: ['to', ...SYSTEM] },
  'task.accept': { say: (t) => `${t.who}接受${at(t.step)}。`, uses: SYSTEM },
  'task.decline': { say: (t) => `${t.who}推辭${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'task.release': { say: (t) => `${t.who}交回${at(t.step)}。${for_(t.text('reason'))}`, uses: REASON },
  'task.schedule': {
    say: (t) => `${t.who}把${at(t.step)}的到期時間設為 ${t.text('dueAt')}。${for_(t.text('reason'))}`,
    uses: ['dueAt', ...REASON],
  },
  'task.prioritise': {
    say: (t) => `${t.who}把${at(t.step)}的優先次序設為 ${t.text('priority')}。${for_(t.text('reason'))}`,
    uses: ['priority', ...REASON],
  },
  'fact.set': {
    say: (t) => `${t.who}記錄事實「${t.text('fact')}」為 ${t.text('value')}。${for_(t.text('reason'))}`,
    uses: ['fact', 'value', 'reason'],
  },
  'system.add': {
    say: (t) => `${t.who}加入受影響系統「${t.text('name')}」。${for_(t.text('reason'))}`,
    uses: ['name', 'reason'],
  },
  'system.isolate': { say: (t) => `${t.who}隔離「${t.system}」。${for_(t.text('reason'))}`, uses: REASON },
  'system.restore': { say: (t) => `${t.who}還原「${t.system}」。${for_(t.text('reason'))}`, uses: REASON },
  'system.verify': { say: (t) => `${t.who}核實「${t.system}」。${for_(t.text('reason'))}`, uses: REASON },
  'system.return': {
    say: (t) => `${t.who}讓「${t.system}」恢復服務。${for_(t.text('reason'))}`,
    uses: REASON,
  },
  'phase.reopen': {
    say: (t) => `${t.who}重新開啟階段「${t.phase('phase')}」。${for_(t.text('reason'))}`,
    uses: ['phase', 'reason'],
  },
  'note.add': { say: (t) => `${t.who}備註：${t.text('text')}`, uses: ['text'] },
  'evidence.add': { say: (t) => `${t.who}加入證據「${t.text('name')}」。`, uses: ['name'] },
  'evidence.view': {
    say: (t) => `${t.who}查看第 ${t.text('id')} 項證據。${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'evidence.move': {
    say: (t) => `${t.who}把第 ${t.text('id')} 項證據移到 ${t.text('to')}。${for_(t.text('reason'))}`,
    uses: ['id', 'to', 'reason'],
  },
  'evidence.release': {
    say: (t) => `${t.who}交出第 ${t.text('id')} 項證據。${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'evidence.scan': { say: (t) => `第 ${t.text('id')} 項證據已作掃描。`, uses: ['id'] },
  'indicator.add': {
    say: (t) => `${t.who}記錄入侵指標（${t.text('type')}）：${t.text('value')}`,
    uses: ['type', 'value'],
  },
  'indicator.withdraw': {
    say: (t) => `${t.who}撤回第 ${t.text('id')} 項入侵指標。${for_(t.text('reason'))}`,
    uses: ['id', 'reason'],
  },
  'entry.correct': {
    say: (t) => `${t.who}更正第 ${t.text('seq')} 項記錄。${for_(t.text('reason'))}`,
    uses: ['seq', 'reason'],
  },
  'incident.migrate': {
    say: (t) => `${t.who}把事故轉到應變手冊的 ${t.text('version')} 版。${for_(t.text('reason'))}`,
    uses: ['version', 'reason', 'digest'],
  },
  'incident.classify': {
    say: (t) => `${t.who}把事故列為 TLP:${t.text('tlp').toUpperCase()}。${for_(t.text('reason'))}`,
    uses: ['tlp', 'reason'],
  },
  'member.add': {
    say: (t) => `${t.who}讓${t.person('person')}可查閱本事故。${for_(t.text('reason'))}`,
    uses: ['person', 'reason'],
  },
  'member.remove': {
    say: (t) => `${t.who}取消${t.person('person')}查閱本事故的權限。${for_(t.text('reason'))}`,
    uses: ['person', 'reason'],
  },
  'incident.close': { say: (t) => `${t.who}結束本事故。${for_(t.text('reason'))}`, uses: ['reason'] },
  'incident.reopen': { say: (t) => `${t.who}重新開啟本事故。${for_(t.text('reason'))}`, uses: ['reason'] },
  'timer.fired': { say: (t) => timer(t.timer.kind, at(t.timer.step)), uses: ['timer', 'fireAt'] },
  'action.succeeded': { say: (t) => `${at(t.step)}的自動行動成功。`, uses: ['key'] },
  'action.failed': { say: (t) => `${at(t.step)}的自動行動失敗。`, uses: ['key'] },
  'effect.delivered': { say: (t) => `有關${at(t.step)}的訊息已發出。`, uses: ['key'] },
  'effect.failed': { say: (t) => `有關${at(t.step)}的訊息未能發出。`, uses: ['key'] },
  'system.join': { say: (t) => `「${t.system}」加入${at(t.step)}。` },
};
