export { systemClock, toIso, fromIso, isIsoDate, type Clock, type EpochMs } from './clock.js';
export { durationMs, MAX_DURATION_MS } from './duration.js';
export { canonicalJson } from './canonical-json.js';
export { isJsonObject, escapePointer, type Json, type JsonObject } from './json.js';
export { textFlaw, jsonFlaw } from './text.js';
export { OperationalError, InvariantError, TamperError, invariant } from './errors.js';
