import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { readJsonBody } from './read-body.js';

/**
 * Reads the body after the access guard has let the request in, so that nothing of a stranger's body is kept, and
 * inside the refusal recorder, so that an unreadable event reaches the incident's history.
 */
@Injectable()
export class BodyReader implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.method === 'POST') request.body = await readJsonBody(request);
    return next.handle();
  }
}
