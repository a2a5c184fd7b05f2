import { Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { IncidentsController } from './incidents.controller.js';

@Module({ controllers: [IncidentsController, EventsController] })
export class IncidentsModule {}
