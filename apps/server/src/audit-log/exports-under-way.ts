import { say } from '../http/problem-error.js';
import { UnderWay } from '../http/under-way.js';

/** Each reads the log from end to end: incidents themselves need room beside them. */
export class ExportsUnderWay extends UnderWay {
  constructor() {
    super({
      ofOne: 2,
      ofAll: 6,
      tooMany: say(
        'Too many exports are under way: wait for one of them.',
        '進行中的匯出過多：請等待其中一個完成。',
      ),
    });
  }
}
