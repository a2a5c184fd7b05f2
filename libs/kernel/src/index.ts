export { systemClock, toIso, fromIso, type Clock, type EpochMs } from './clock.js';
export { durationMs } from './duration.js';
export { canonicalJson } from './canonical-json.js';
export { isJsonObject, type Json, type JsonObject } from './json.js';
export { OperationalError, InvariantError, TamperError, invariant } from './errors.js';
