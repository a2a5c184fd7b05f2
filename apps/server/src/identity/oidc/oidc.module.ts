import { Module } from '@nestjs/common';
import { OidcController } from './oidc.controller.js';
import { Oidc } from './oidc.js';

@Module({ controllers: [OidcController], providers: [Oidc], exports: [Oidc] })
export class OidcModule {}
