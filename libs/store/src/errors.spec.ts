import { describe, expect, test } from '@jest/globals';
import { InvariantError, OperationalError } from '@cordon/kernel';
import { asStoreError, isServerError } from './errors.js';

const fault = (code: string | undefined, message = 'the world'): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('what a driver error means', () => {
  test.each([
    ['40P01', true],
    ['40001', true],
    ['55P03', true],
    ['57014', true],
    ['57P01', true],
    ['57P03', true],
    ['25006', true],
    ['08006', true],
    ['08P01', true],
    ['53300', true],
    ['53100', true],
    ['ECONNRESET', true],
    ['ECONNREFUSED', true],
    ['EPIPE', true],
    ['42P01', false],
    ['42501', false],
    ['28P01', false],
    ['22001', false],
    ['3D000', false],
    ['XX001', false],
    ['ERR_INVALID_ARG_TYPE', false],
  ])('%s: retryable %s', (code, retryable) => {
    const error = asStoreError(fault(code));
    expect(error).toBeInstanceOf(OperationalError);
    expect(error).toMatchObject({ retryable, message: `database: the world [${code}]` });
  });

  test.each([
    ['Connection terminated unexpectedly', true],
    ['Connection terminated due to connection timeout', true],
    ['timeout exceeded when trying to connect', true],
    ['Query read timeout', true],
    ['Cannot use a pool after calling end on the pool', false],
  ])('without a code, "%s": retryable %s', (message, retryable) => {
    expect(asStoreError(fault(undefined, message))).toMatchObject({ retryable });
  });

  test('a violated constraint is our own mistake, and says which', () => {
    const error = asStoreError(Object.assign(fault('23514'), { constraint: 'audit_entry_hash_check' }));
    expect(error).toBeInstanceOf(InvariantError);
    expect(error.message).toContain('audit_entry_hash_check');
  });

  test('one error for several addresses speaks for the first', () => {
    const both = Object.assign(new AggregateError([fault('ECONNREFUSED', 'refused by ::1')], ''));
    expect(asStoreError(both)).toMatchObject({
      retryable: true,
      message: 'database: refused by ::1 [ECONNREFUSED]',
    });
  });

  test('an error that has a meaning already keeps it', () => {
    const known = new OperationalError('so', false);
    expect(asStoreError(known)).toBe(known);
  });

  test('a connection survives an error that the server answered, no other', () => {
    expect(isServerError(fault('23505') as never)).toBe(true);
    for (const code of ['57P01', '08006', 'ECONNRESET', undefined])
      expect(isServerError({ message: '', ...(code && { code }) })).toBe(false);
  });
});
