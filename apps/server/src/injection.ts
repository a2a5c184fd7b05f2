import type { DiagramOptions } from '@cordon/diagram';
import type {
  ApprovalLinkStore,
  EntryFeed,
  HoldStore,
  EntryView,
  ErasureStore,
  LogService,
  LogStore,
  ReadStore,
  IncidentView,
  PeopleStore,
  PlaybookStore,
  StoredPlaybook,
  TeamStore,
  TokenStore,
} from '@cordon/runtime';
import type { JsonObject } from '@cordon/kernel';
import type { DataSource } from 'typeorm';

/** Names under which the container holds what is not a class of this app. */
export const CORDON = Symbol('Cordon');
export const STORE = Symbol('ServerStore');
export const CONFIG = Symbol('Config');
export const CLOCK = Symbol('Clock');
export const LOG = Symbol('Logger');
/** The deployment's own history. */
export const JOURNAL = Symbol('Journal');
export const VAULT = Symbol('Vault');
/** What the log signs, and with which keys; undefined in tests without one. */
export const LOG_SERVICE = Symbol('LogService');
/** Whether the log is sound and keeps up; undefined in tests without one. */
export const LOG_HEALTH = Symbol('LogHealth');
/** The deployment's log: an AuditLog, or null in a process without one. */
export const AUDIT = Symbol('AuditLog');
export const PLAYBOOK_TEXT = Symbol('PlaybookText');

/** What the HTTP layer needs of the store directly: people's tokens, published playbooks, and whether it is there. */
export interface ServerStore {
  readonly tokens: TokenStore;
  readonly people: PeopleStore;
  readonly playbooks: PlaybookStore;
  readonly teams: TeamStore;
  readonly approvalLinks: ApprovalLinkStore;
  /** Absent in tests without a database. */
  readonly erasures?: ErasureStore;
  /** Likewise. */
  readonly holds?: HoldStore;
  readonly feed: EntryFeed;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  /** The tree over the history; absent, with the reading of incidents' rows, in tests without a database. */
  readonly log?: LogStore;
  readonly incident?: ReadStore['incident'];
  /** Absent where nothing is mapped by TypeORM, as in tests without a database. */
  readonly dataSource?: DataSource;
}

/** What the HTTP layer needs of the deployment's log. */
export interface AuditLog {
  readonly log: LogStore;
  readonly service: LogService;
  /** For the number of an incident's newest entry, and its hash. */
  readonly incidents: Pick<ReadStore, 'incident'>;
}

/** Reads the text of a published playbook, which has been checked when it was published. */
export interface PlaybookText {
  title(
    playbook: StoredPlaybook,
    language: string,
  ): Promise<{ readonly title: string; readonly summary: string; readonly markings: readonly string[] }>;
  /** The XState configurations of its two machines: the incident's, and that of each affected system. */
  machine(playbook: StoredPlaybook): Promise<JsonObject>;
  /** An SVG document. */
  diagram(digest: string, options: DiagramOptions): Promise<string>;
  mermaid(digest: string, language: string): Promise<string>;
  /** A CACAO 2.0 document. */
  cacao(playbook: StoredPlaybook): Promise<JsonObject>;
  /** A history as CACAO execution-status objects. */
  execution(incident: IncidentView, entries: readonly EntryView[]): Promise<readonly JsonObject[]>;
}
