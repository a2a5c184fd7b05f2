import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { problems } from '@cordon/contracts';
import { problemBody } from './problem-body.js';
import { ProblemError, say } from './problem-error.js';

/** Requests that are not HTTP never reach the router: they are answered here, as problem details too, and cut off. */
export function answerBrokenRequests(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const body = JSON.stringify(problemBody(problemOf(error), randomUUID(), 'en'));
    const { status, title } = problems[problemOf(error).code];
    socket.end(
      `HTTP/1.1 ${status} ${title.en}\r\nConnection: close\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}

function problemOf(error: NodeJS.ErrnoException): ProblemError {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new ProblemError('headers_too_large', say('Send shorter headers.', '請縮短標頭。'));
  }
  return new ProblemError('malformed', say('This is not an HTTP request.', '這不是有效的 HTTP 請求。'));
}
