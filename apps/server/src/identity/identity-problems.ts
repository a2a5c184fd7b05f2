import { ProblemError, say } from '../http/problem-error.js';
import { invalidRequest } from '../http/schema-pipe.js';

export function failedPasskey(): ProblemError {
  return invalidRequest([
    { pointer: '/response', message: 'is not an answer to a question that is still open' },
  ]);
}

export function wrongCode(): ProblemError {
  return invalidRequest([{ pointer: '/code', message: 'is not the code that the app shows now' }]);
}

export function loginTaken(): ProblemError {
  return new ProblemError(
    'login_taken',
    say('Choose another name to sign in with, or another e-mail address.', '請選用其他登入名稱或電郵地址。'),
  );
}

export function noPasskeysHere(): ProblemError {
  return invalidRequest([
    {
      pointer: '',
      message: 'came to an address that can have no passkeys: use a host name, such as localhost',
    },
  ]);
}

export function notFound(): ProblemError {
  return new ProblemError('not_found', say('There is no such person.', '沒有這個人。'));
}
