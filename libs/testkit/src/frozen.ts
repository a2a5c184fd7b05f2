/**
 * A copy that shares nothing with the original and cannot be changed, so that a test notices code that relies on
 * either. Bytes are copied but stay writable: JavaScript cannot freeze a typed array.
 */
export function frozenCopy<T>(value: T): T {
  return freeze(structuredClone(value));
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
