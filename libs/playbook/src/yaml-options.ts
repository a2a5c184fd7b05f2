/** YAML 1.2 core schema: `yes` and `no` are strings, duplicate keys are errors, nothing is merged in. */
export const YAML_OPTIONS = { uniqueKeys: true, schema: 'core', merge: false } as const;

/** Aliases that may be followed, counted with what they expand to. */
export const MAX_ALIASES = 100;
