import type { Moments } from './moments.js';
import type { Pen } from './pen.js';
import type { ReportInput } from './report-input.js';
import type { Telling } from './telling.js';
import type { Words } from './words.js';

/** All that a section is written with. */
export interface Desk {
  readonly pen: Pen;
  readonly words: Words;
  readonly labels: Words['labels'];
  readonly input: ReportInput;
  readonly telling: Telling;
  readonly moments: Moments;
}
