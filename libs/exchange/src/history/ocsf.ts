/**
 * `views/ocsf.jsonl`: OCSF 1.8.0, one event on each line, for SIEMs and data lakes. Entries of an incident are Incident
 * Findings, those of the journal what the table of `ocsf-class.ts` says. `raw_data_hash` is the leaf hash, which is
 * SHA-256 over a zero byte and the leaf (RFC 6962), and so not the plain SHA-256 of the raw data.
 */
import { canonicalJson, fromIso, type JsonObject } from '@cordon/kernel';
import { classOf, OTHER_ACTIVITY, type OcsfClass } from './ocsf-class.js';
import { entryId, said, stateText } from './reading.js';
import type { HistoryAbout, HistoryRecord, HistoryView, Records } from './record.js';

const OCSF_VERSION = '1.8.0';

const PRODUCT = { name: 'Cordon', vendor_name: 'Cordon' };
const SERVICE = 'cordon';
const UNKNOWN = 0;
const OTHER = 99;
const INFORMATIONAL = 1;
const SUCCESS = 1;
const FAILURE = 2;

/** Severities as playbooks usually name them. */
const SEVERITIES: Readonly<Record<string, number>> = {
  informational: 1,
  info: 1,
  low: 2,
  minor: 2,
  medium: 3,
  moderate: 3,
  high: 4,
  major: 4,
  critical: 5,
  severe: 5,
};

/** What is remembered of an incident while its entries go by. */
interface Known {
  readonly title?: string;
  readonly severity: Severity;
  closed: boolean;
}

/** The name stands beside the number only where the number says no more than that it is another one. */
interface Severity {
  readonly severity_id: number;
  readonly severity?: string;
}

/** The events of the history. One pass; remembers title, severity and end of each incident. */
export const ocsfView: HistoryView = {
  path: 'views/ocsf.jsonl',
  mediaType: 'application/x-ndjson',
  async *write(records: Records, about: HistoryAbout): AsyncGenerator<string> {
    const incidents = new Map<string, Known>();
    for await (const record of records()) {
      remember(incidents, record);
      yield `${canonicalJson(ocsfEvent(record, about, incidents.get(record.leaf.incident)))}\n`;
    }
  },
};

function remember(incidents: Map<string, Known>, record: HistoryRecord): void {
  const { kind, incident, event } = record.leaf;
  if (kind === 'opened') {
    const { title, severity } = said(record).data ?? {};
    incidents.set(incident, {
      ...(typeof title === 'string' ? { title } : {}),
      severity: typeof severity === 'string' ? severityOf(severity) : { severity_id: UNKNOWN },
      closed: false,
    });
  }
  const known = incidents.get(incident);
  if (!known || kind !== 'transition') return;
  if (event.type === 'incident.close') known.closed = true;
  if (event.type === 'incident.reopen') known.closed = false;
}

function severityOf(name: string): Severity {
  const id = Object.hasOwn(SEVERITIES, name.toLowerCase()) ? SEVERITIES[name.toLowerCase()] : undefined;
  return id === undefined ? { severity_id: OTHER, severity: name } : { severity_id: id };
}

function ocsfEvent(record: HistoryRecord, about: HistoryAbout, known: Known | undefined): JsonObject {
  const { leaf } = record;
  const ocsf = classOf(leaf);
  const { note } = said(record);
  return {
    activity_id: ocsf.activity,
    activity_name: activityName(record, ocsf),
    category_uid: ocsf.category,
    class_uid: ocsf.uid,
    class_name: ocsf.name,
    type_uid: ocsf.uid * 100 + ocsf.activity,
    time: fromIso(leaf.occurredAt) ?? 0,
    message: [leaf.event.type, leaf.event.step, leaf.event.subject]
      .filter((one) => one !== undefined)
      .join(' '),
    metadata: metadataOf(record, about, ocsf),
    raw_data_hash: { algorithm_id: 99, algorithm: 'RFC 6962 leaf hash (SHA-256)', value: record.hash },
    ...(ocsf.uid === 2005 || ocsf.uid === 3004 ? (note === undefined ? {} : { comment: note }) : {}),
    ...(ocsf.uid === 2005 ? findingOf(record, about, known) : callOf(record, ocsf)),
    unmapped: unmappedOf(record),
  };
}

function activityName({ leaf }: HistoryRecord, { uid, activity }: OcsfClass): string {
  if (activity === OTHER_ACTIVITY) return leaf.event.type;
  if (uid === 2005) return ['', 'Create', 'Update', 'Close'][activity] ?? leaf.event.type;
  if (uid === 3001)
    return { 1: 'Create', 2: 'Enable', 5: 'Disable', 6: 'Delete' }[activity] ?? leaf.event.type;
  if (uid === 3002) return activity === 1 ? 'Logon' : 'Logoff';
  return ['', 'Create', 'Read', 'Update', 'Delete'][activity] ?? leaf.event.type;
}

/** An Incident Finding includes the profile `incident`, and has to say so. */
function metadataOf(
  { leaf, index, hash }: HistoryRecord,
  { origin }: HistoryAbout,
  { uid }: OcsfClass,
): JsonObject {
  return {
    version: OCSF_VERSION,
    product: PRODUCT,
    ...(uid === 2005 ? { profiles: ['incident'] } : {}),
    log_name: origin,
    sequence: index,
    uid: hash,
    original_event_uid: entryId(leaf),
    event_code: leaf.event.type,
    logged_time: fromIso(leaf.at) ?? 0,
    original_time: leaf.occurredAt,
  };
}

function findingOf({ leaf }: HistoryRecord, { ref }: HistoryAbout, known: Known | undefined): JsonObject {
  const title = known?.title ?? ref;
  const closed = known?.closed ?? leaf.event.type === 'incident.close';
  return {
    ...(known?.severity ?? { severity_id: UNKNOWN }),
    status_id: leaf.kind === 'opened' ? 1 : closed ? 5 : 2,
    assignee_group: { name: 'Incident team', uid: leaf.incident },
    finding_info_list: [{ uid: leaf.incident, ...(title === undefined ? {} : { title }) }],
  };
}

/** Of an act on the deployment, or an attempt: who, with what outcome, on whom or what. */
function callOf(record: HistoryRecord, { uid }: OcsfClass): JsonObject {
  const { leaf } = record;
  const { type, subject } = leaf.event;
  const actor = { user: userOf(leaf.actor.id, leaf.actor.type) };
  const outcome: JsonObject =
    leaf.rejection === undefined
      ? { status_id: SUCCESS }
      : { status_id: FAILURE, status_code: leaf.rejection, status_detail: leaf.rejection };
  const about = subject ?? leaf.actor.id;
  const shared = { severity_id: INFORMATIONAL, actor, ...outcome };
  switch (uid) {
    case 3001:
      return { ...shared, user: userOf(about, 'person') };
    case 3002:
      return { ...shared, user: signingIn(record), service: { name: SERVICE } };
    case 3004:
      return { ...shared, entity: { type: type.split('.')[0] ?? type, type_id: OTHER, uid: about } };
    default:
      return {
        ...shared,
        api: { operation: type, service: { name: SERVICE } },
        src_endpoint: { svc_name: SERVICE },
        ...(subject === undefined ? {} : { resources: [{ uid: subject }] }),
      };
  }
}

/** Of an attempt under a name that nobody has, the entry does not say whose it was. */
function signingIn({ leaf: { actor, event } }: HistoryRecord): JsonObject {
  if (event.subject !== undefined) return userOf(event.subject, 'person');
  return actor.type === 'system' ? { name: 'unknown', type_id: UNKNOWN } : userOf(actor.id, actor.type);
}

function userOf(id: string, type: string): JsonObject {
  return { uid: id, type_id: type === 'system' ? 4 : 1 };
}

/** What OCSF has no place for. */
function unmappedOf(record: HistoryRecord): JsonObject {
  const { leaf } = record;
  const { data, lapsed, rejection, note, withheld } = said(record);
  return {
    kind: leaf.kind,
    incident: leaf.incident,
    seq: leaf.seq,
    revision: leaf.revision,
    actor: { ...leaf.actor },
    event: { ...leaf.event },
    from: stateText(leaf.from),
    to: stateText(leaf.to),
    ...(leaf.machine === undefined ? {} : { machine: leaf.machine }),
    ...(leaf.system === undefined ? {} : { system: { ...leaf.system } }),
    ...(note === undefined ? {} : { note }),
    ...(data === undefined ? {} : { data }),
    ...(lapsed === undefined ? {} : { lapsed }),
    ...(leaf.rejection === undefined ? {} : { rejection: rejection ?? { code: leaf.rejection } }),
    ...(withheld.length > 0 ? { withheld } : {}),
  };
}
