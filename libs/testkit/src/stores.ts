import type { DoorStore, PlaybookStore, ReadStore, TokenStore, WorkStore } from '@cordon/runtime';

/** What every store offers. Tokens and playbooks stand apart because both have a `list`. */
export interface Stores extends DoorStore, ReadStore, WorkStore {
  readonly tokens: TokenStore;
  readonly playbooks: PlaybookStore;
}
