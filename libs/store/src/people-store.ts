import type { PeopleStore } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { PostgresAttemptStore } from './people/attempt-store.js';
import { PostgresCredentialStore } from './people/credential-store.js';
import { PostgresInvitationStore } from './people/invitation-store.js';
import { PostgresPersonStore } from './people/person-store.js';
import { PostgresSessionStore } from './people/session-store.js';

/** People, what proves who they are, and where they are signed in. On the connections for reads: never on the door's. */
export function postgresPeopleStore(dataSource: DataSource): PeopleStore {
  return {
    persons: new PostgresPersonStore(dataSource),
    credentials: new PostgresCredentialStore(dataSource),
    sessions: new PostgresSessionStore(dataSource),
    invitations: new PostgresInvitationStore(dataSource),
    attempts: new PostgresAttemptStore(dataSource),
  };
}
