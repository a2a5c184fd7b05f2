/** What the tests use of pm4js, which has no types of its own. Each file stands for itself; the whole brings a web client. */
interface MinedAttributes {
  readonly [key: string]: { readonly value: unknown };
}
interface MinedTrace {
  readonly attributes: MinedAttributes;
  readonly events: readonly { readonly attributes: MinedAttributes }[];
}
interface MinedLog {
  readonly attributes: MinedAttributes;
  readonly traces: readonly MinedTrace[];
  readonly extensions: Readonly<Record<string, readonly [prefix: string, uri: string]>>;
  readonly classifiers: Readonly<Record<string, string>>;
  readonly globals: Readonly<Record<string, { readonly attributes: MinedAttributes }>>;
}
/** Counts by activity, and by `first,second` of two that follow each other. */
interface MinedGraph {
  readonly activities: Readonly<Record<string, number>>;
  readonly startActivities: Readonly<Record<string, number>>;
  readonly endActivities: Readonly<Record<string, number>>;
  readonly pathsFrequency: Readonly<Record<string, number>>;
}

declare module 'pm4js/pm4js/objects/log/importer/xes/importer.js' {
  const importer: { readonly XesImporter: { apply(xes: string): MinedLog } };
  export default importer;
}
declare module 'pm4js/pm4js/objects/ocel/importer/jsonocel/importer.js' {
  const importer: { readonly JsonOcelImporter: { apply(json: string): MinedOcel } };
  export default importer;
  export interface MinedOcel {
    readonly 'ocel:events': Readonly<Record<string, { readonly 'ocel:timestamp': Date }>>;
  }
}
declare module 'pm4js/pm4js/objects/ocel/util/flattening.js' {
  import type { MinedOcel } from 'pm4js/pm4js/objects/ocel/importer/jsonocel/importer.js';
  const flattening: { readonly OcelFlattening: { apply(log: MinedOcel, objectType: string): MinedLog } };
  export default flattening;
}
declare module 'pm4js/pm4js/statistics/ocel/general.js' {
  import type { MinedOcel } from 'pm4js/pm4js/objects/ocel/importer/jsonocel/importer.js';
  type Counts = Readonly<Record<string, number>>;
  const statistics: {
    readonly GeneralOcelStatistics: {
      eventsPerActivityCount(log: MinedOcel): Counts;
      objectsPerTypeCount(log: MinedOcel): Counts;
      eventsRelatedPerObjectTypeCount(log: MinedOcel): Counts;
    };
  };
  export default statistics;
}
declare module 'pm4js/pm4js/utils/generic/business_hours.js';
declare module 'pm4js/pm4js/algo/discovery/dfg/algorithm.js' {
  const discovery: {
    readonly FrequencyDfgDiscovery: { apply(log: MinedLog, activityKey?: string): MinedGraph };
    readonly PerformanceDfgDiscovery: {
      apply(
        log: MinedLog,
        activityKey: string,
        timestampKey: string,
        measure: 'sum',
      ): { readonly pathsPerformance: Readonly<Record<string, number>> };
    };
  };
  export default discovery;
}
