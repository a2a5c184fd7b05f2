import { expect, test } from '@jest/globals';
import type { StoredToken, TokenStore } from './ports.js';
import { People } from './people.js';

const ANN: StoredToken = { id: 'ann', name: 'Ann', roles: ['responder'], createdAt: 0 };

function setup() {
  const asked: string[][] = [];
  let answer: () => Promise<readonly StoredToken[]> = () => Promise.resolve([ANN]);
  const byIds = (ids: readonly string[]): Promise<readonly StoredToken[]> => {
    asked.push([...ids]);
    return answer();
  };
  const people = new People({ byIds } as unknown as TokenStore);
  return { people, asked, answerWith: (next: typeof answer) => void (answer = next) };
}

test('whoever asks while a name is being looked up gets the name too', async () => {
  const { people } = setup();
  const [first, second] = await Promise.all([people.names(['ann']), people.names(['ann'])]);
  expect([first('ann'), second('ann')]).toEqual(['Ann', 'Ann']);
});

test('a lookup that failed is not remembered as nobody', async () => {
  const { people, answerWith } = setup();
  answerWith(() => Promise.reject(new Error('no connection')));
  await expect(people.names(['ann'])).rejects.toThrow('no connection');
  answerWith(() => Promise.resolve([ANN]));
  expect((await people.names(['ann']))('ann')).toBe('Ann');
});

test('that there is nobody is looked up once', async () => {
  const { people, asked } = setup();
  for (let i = 0; i < 3; i += 1) expect((await people.names(['ann', 'nobody']))('nobody')).toBeUndefined();
  expect(asked).toEqual([['ann', 'nobody']]);
});
