import type { ReportLanguage } from './report-input.js';
import { ENGLISH } from './words-en.js';
import { CHINESE } from './words-zh.js';
import type { Words } from './words.js';

/** The words of a report in this language. */
export function wordsOf(language: ReportLanguage): Words {
  return language === 'en' ? ENGLISH : CHINESE;
}
