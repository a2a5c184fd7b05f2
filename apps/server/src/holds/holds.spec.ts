import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HoldLine, HoldList } from '@cordon/contracts';
import type { HoldStore, LegalHold } from '@cordon/runtime';
import { serve, type Served } from '../testing/serve.js';

let served: Served;
let kept: LegalHold[];

beforeEach(async () => {
  served = await serve();
  kept = [];
  const holds: HoldStore = {
    place: (hold) => Promise.resolve(void kept.push(hold)),
    release: (id, released) => {
      const at = kept.findIndex((hold) => hold.id === id && !hold.released);
      const hold = kept[at];
      if (hold) kept[at] = { ...hold, released };
      return Promise.resolve(hold !== undefined);
    },
    byId: (id) => Promise.resolve(kept.find((hold) => hold.id === id)),
    list: () => Promise.resolve(kept),
    covering: () => Promise.resolve(kept),
  };
  Object.assign(served.store, { holds });
});
afterEach(() => served.close());

test('a hold is placed, listed and released, each with its reason in the journal', async () => {
  const placed = await served.ask('/api/v1/holds', { json: { reason: 'Proceedings' } });
  expect(placed.status).toBe(201);
  const hold = HoldLine.parse(placed.body);
  expect(hold.covers).toBe('deployment');
  const listed = HoldList.parse((await served.ask('/api/v1/holds')).body);
  expect(listed.items.map(({ id }) => id)).toEqual([hold.id]);
  const released = await served.ask(`/api/v1/holds/${hold.id}/release`, { json: { reason: 'Settled' } });
  expect([released.status, HoldLine.parse(released.body).releasedIn]).toEqual([200, expect.any(Number)]);
  expect(served.journalled).toMatchObject([
    { type: 'hold.place', subject: hold.id, data: { scope: 'deployment', reason: 'Proceedings' } },
    { type: 'hold.release', subject: hold.id, data: { reason: 'Settled' } },
  ]);
  const again = await served.ask(`/api/v1/holds/${hold.id}/release`, { json: { reason: 'Settled' } });
  expect(again.status).toBe(404);
});

test('a hold needs a reason and an incident that is there', async () => {
  expect((await served.ask('/api/v1/holds', { json: {} })).status).toBe(422);
  const none = await served.ask('/api/v1/holds', { json: { reason: 'R', incident: 'INC-404' } });
  expect([none.status, none.body.errors]).toMatchObject([422, [{ pointer: '/incident' }]]);
  expect(kept).toEqual([]);
});
