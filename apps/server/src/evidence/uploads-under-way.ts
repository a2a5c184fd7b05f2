import { say } from '../http/problem-error.js';
import { UnderWay } from '../http/under-way.js';

/** Each holds a connection and a file. */
export class UploadsUnderWay extends UnderWay {
  constructor() {
    super({
      ofOne: 4,
      ofAll: 32,
      tooMany: say(
        'Too many files are on their way: wait for one of them.',
        '傳送中的檔案過多：請等待其中一個完成。',
      ),
    });
  }
}
