import { Module } from '@nestjs/common';
import { Tokens } from './tokens.js';
import { TokensController } from './tokens.controller.js';

@Module({ controllers: [TokensController], providers: [Tokens] })
export class TokensModule {}
