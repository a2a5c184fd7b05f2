import type {
  ApprovalLinkStore,
  DoorStore,
  EntryFeed,
  JournalStore,
  LogStore,
  PeopleStore,
  PlaybookStore,
  ReadStore,
  SnapshotStore,
  TeamStore,
  TokenStore,
  WorkStore,
} from '@cordon/runtime';

/** What every store offers. Tokens and playbooks stand apart because both have a `list`. */
export interface Stores extends DoorStore, ReadStore, WorkStore {
  readonly tokens: TokenStore;
  readonly people: PeopleStore;
  readonly playbooks: PlaybookStore;
  readonly teams: TeamStore;
  readonly approvalLinks: ApprovalLinkStore;
  readonly feed: EntryFeed;
  readonly journal: JournalStore;
  readonly log: LogStore;
  readonly snapshots: SnapshotStore;
}
