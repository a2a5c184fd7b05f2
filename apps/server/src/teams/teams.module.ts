import { Module } from '@nestjs/common';
import { AbsencesController } from './absences.controller.js';
import { RosterController } from './roster.controller.js';
import { TeamsController } from './teams.controller.js';

@Module({ controllers: [TeamsController, RosterController, AbsencesController] })
export class TeamsModule {}
