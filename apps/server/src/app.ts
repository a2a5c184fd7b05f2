import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, type AppParts } from './app.module.js';
import { serveOpenApi } from './documents/openapi.js';
import { arrival } from './http/arrival.js';
import { answerBrokenRequests } from './http/broken-request.js';
import { LeanExpress } from './http/lean-express.js';
import { nestLog } from './http/nest-log.js';
import { securityHeaders } from './http/security-headers.js';

/** The HTTP application, ready to listen. Closing it ends its connections and leaves its parts alone. */
export async function createApp(parts: AppParts): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(parts), new LeanExpress(), {
    bodyParser: false,
    logger: nestLog(parts.log),
    abortOnError: false,
  });
  // Express's own entity tags are weak: If-Match could never use them.
  app.set('etag', false);
  app.disable('x-powered-by');
  app.set('trust proxy', parts.config.trustedProxies);
  app.use(arrival(parts.log, parts.metrics, securityHeaders(parts.config.publicUrl)));
  serveOpenApi(app);
  const server = app.getHttpServer();
  // As long as the largest file may take; every other body has to be there much sooner, see `read-body.ts`.
  server.requestTimeout = 3_600_000;
  answerBrokenRequests(server);
  await app.init();
  return app;
}
