import { Module } from '@nestjs/common';
import { PeopleErasure } from './people-erasure.js';
import { PeopleErasureController } from './people-erasure.controller.js';

@Module({ controllers: [PeopleErasureController], providers: [PeopleErasure] })
export class PeopleErasureModule {}
