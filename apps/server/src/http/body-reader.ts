import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { readJsonBody } from './read-body.js';

/**
 * Reads the body. A guard, and the second: after the access guard has let the request in, so that nothing of a
 * stranger's body is kept.
 */
@Injectable()
export class BodyReader implements CanActivate {
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    return request.method !== 'POST' || read(request);
  }
}

async function read(request: Request): Promise<true> {
  request.body = await readJsonBody(request);
  return true;
}
