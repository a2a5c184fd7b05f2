/** A mail server that takes what it is sent and keeps it, or answers a command as told. */
import { createServer, type Socket } from 'node:net';

export interface SmtpSink {
  readonly url: string;
  /** Each message as it came, headers and all. */
  readonly messages: string[];
  /** Answers to give instead of the usual ones, by command: `{ RCPT: '550 no such person' }`. */
  readonly answers: Record<string, string>;
  close(): Promise<void>;
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const messages: string[] = [];
  const answers: Record<string, string> = {};
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    converse(socket, messages, answers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `smtp://127.0.0.1:${port}`, messages, answers, close };
}

/** RFC 5321, as much of it as one client needs. */
function converse(socket: Socket, messages: string[], answers: Record<string, string>): void {
  let rest = '';
  let body: string[] | undefined;
  const say = (command: string, usual: string): void => void socket.write(`${answers[command] ?? usual}\r\n`);
  say('CONNECT', '220 sink');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (body && line === '.') {
        messages.push(body.join('\n'));
        body = undefined;
        say('END', '250 taken');
      } else if (body) {
        body.push(line);
      } else {
        const command = line.slice(0, 4).toUpperCase();
        if (command === 'DATA' && !answers.DATA) body = [];
        say(command, command === 'DATA' ? '354 go on' : command === 'QUIT' ? '221 bye' : '250 ok');
      }
    }
  });
}
