/** What the verifier left out, and why, by its code. In English its own sentences are shown. */
import { filled, NOT_CHECKED, type NotChecked, type NotCheckedCode } from '@cordon/audit';
import type { Bilingual } from './texts.js';

type Texts = readonly [what: string, why: string];

const END = '除匯出記錄所述之外，末端有否記錄被截去';
const REPLAY = '每個事件是否導致所載狀態';

const chinese: Readonly<Record<NotCheckedCode, Texts>> = {
  log_key: ['紀錄的密鑰是否正確', '沒有提供政策檔；簽署只與紀錄包自帶的 policy.example.txt 核對'],
  witnesses: ['見證者的簽署', '沒有提供列明見證者的政策檔'],
  no_quorum: ['有否他人見過此檢查點', '政策檔不要求見證者'],
  recorded_times: ['記錄是否於所稱時間作出', '沒有檢查點經政策檔的見證者簽署或蓋上時間戳記'],
  timestamps: ['{count} 個 RFC 3161 時間戳記', '此頁不能核實；請使用 cordon audit verify'],
  timestamp_authority: ['{signer} 的時間戳記是否由可信的機構發出', '沒有提供該機構的證書；未有倚賴其時間'],
  entries_before: ['位置 {from} 之前的記錄', '紀錄包由此開始；請與前一個紀錄包比對'],
  end_without_heads: [END, '紀錄包未有顯示 log.heads；只有匯出記錄說明數目'],
  end_after_heads: [END, '位置 {index} 的 log.heads 於事故開立之前寫入；只有匯出記錄說明數目'],
  end_after_recovery: [END, '位置 {index} 的 log.heads 於紀錄復原之前寫入，其後未有另寫'],
  evidence_files: ['{count} 個證據檔案', '紀錄包未有收錄'],
  views: ['{paths}', '此頁不能重新寫出這種檢視'],
  replay: [REPLAY, '需要解讀應變手冊的程式（第 5 級）'],
  replay_not_asked: [REPLAY, '只要求核實第 1 至 {upTo} 級'],
  states: ['{incidents} 宗事故的狀態', '紀錄包在其開始之後才開始，未有收錄其內容'],
  refusals: ['{count} 個被拒要求', '要求在到達應變手冊之前已被拒絕：格式有誤、過時或無權查看'],
};

/** Templates in both languages: what, and why. */
export function notCheckedTexts(code: NotCheckedCode): readonly [what: Bilingual, why: Bilingual] {
  const [[what, why], [zhWhat, zhWhy]] = [NOT_CHECKED[code], chinese[code]];
  return [
    [what, zhWhat],
    [why, zhWhy],
  ];
}

/** The line in Chinese. */
export function inChinese({ code, data }: NotChecked): Texts {
  const [[, what], [, why]] = notCheckedTexts(code);
  return [filled(what, data), filled(why, data)];
}
