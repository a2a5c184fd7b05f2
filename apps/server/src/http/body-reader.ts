import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { checkPlain, readJsonBody, readTextBody } from './read-body.js';

const TEXT_BODY = 'cordon:text-body';

/** Declares that the route takes a text of one of these media types, not JSON that is parsed for it. */
export const TextBody = (...types: readonly string[]) => SetMetadata(TEXT_BODY, types);

const RAW_BODY = 'cordon:raw-body';

/**
 * Declares that the route takes the bytes themselves, as they come: nothing of them is read here, and nothing is
 * unpacked. A request that is refused is put on record as an event of this type.
 */
export const RawBody = (event: string) => SetMetadata(RAW_BODY, event);

/**
 * Reads the body. A guard, and the second: after the access guard has let the request in, so that nothing of a
 * stranger's body is kept.
 */
@Injectable()
export class BodyReader implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.method !== 'POST' && request.method !== 'PATCH') return true;
    const event = this.reflector.get<string | undefined>(RAW_BODY, context.getHandler());
    if (event !== undefined) return leave(request, event);
    return read(request, this.reflector.get<readonly string[] | undefined>(TEXT_BODY, context.getHandler()));
  }
}

async function read(request: Request, types: readonly string[] | undefined): Promise<true> {
  request.body = types ? await readTextBody(request, types) : await readJsonBody(request);
  return true;
}

function leave(request: Request, event: string): true {
  request.body = { type: event };
  checkPlain(request);
  return true;
}
