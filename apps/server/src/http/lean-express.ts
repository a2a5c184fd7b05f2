import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';

/**
 * Express, whose requests and responses are born with the prototypes that it wants them to have. Express exchanges
 * the prototype of each one that has another, and what that costs V8, which then keeps the objects until its next full
 * collection, was 70 to 80 µs of the 140 µs that a request took outside the door.
 */
export class LeanExpress extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = serverOf(this.getInstance<Express>());
  }
}

function serverOf(app: Express): Server {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<AppRequest> {}
  app.request = Object.setPrototypeOf(AppRequest.prototype, app.request) as typeof app.request;
  app.response = Object.setPrototypeOf(AppResponse.prototype, app.response) as typeof app.response;
  return createServer({ IncomingMessage: AppRequest, ServerResponse: AppResponse }, app);
}
