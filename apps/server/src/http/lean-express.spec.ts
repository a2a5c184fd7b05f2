import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Request, Response } from 'express';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

test('requests and responses are born with the prototypes that Express wants, so that it exchanges none', async () => {
  const express = served.app.getHttpAdapter().getInstance();
  const born: boolean[] = [];
  served.app.getHttpServer().prependListener('request', (request: Request, response: Response) => {
    born.push(Object.getPrototypeOf(request) === express.request);
    born.push(Object.getPrototypeOf(response) === express.response);
  });
  expect((await served.ask('/health/live')).status).toBe(200);
  expect(born).toEqual([true, true]);
});
