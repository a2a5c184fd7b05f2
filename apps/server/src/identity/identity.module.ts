import { Global, Module } from '@nestjs/common';
import { Account } from './account.js';
import { AccountController } from './account.controller.js';
import { Directory } from './directory.js';
import { Enrolment } from './enrolment.js';
import { EnrolmentController } from './enrolment.controller.js';
import { Invitations } from './invitations.js';
import { KeyedHash } from './keyed-hash.js';
import { LocalCredentials } from './local-credentials.js';
import { PagesController } from './pages/pages.controller.js';
import { Passkeys } from './passkeys.js';
import { PeopleController } from './people.controller.js';
import { SessionController } from './session.controller.js';
import { SessionWatch } from './session-watch.js';
import { Sessions } from './sessions.js';
import { SessionsController } from './sessions.controller.js';
import { SignIn } from './sign-in.js';
import { Throttle } from './throttle.js';
import { WhoAmI } from './who-am-i.js';

const services = [
  Account,
  Directory,
  Enrolment,
  Invitations,
  KeyedHash,
  LocalCredentials,
  Passkeys,
  Sessions,
  SessionWatch,
  SignIn,
  Throttle,
  WhoAmI,
];

@Global()
@Module({
  controllers: [
    SessionController,
    SessionsController,
    EnrolmentController,
    AccountController,
    PeopleController,
    PagesController,
  ],
  providers: services,
  exports: services,
})
export class IdentityModule {}
