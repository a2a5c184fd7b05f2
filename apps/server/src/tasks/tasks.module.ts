import { Module } from '@nestjs/common';
import { TasksController } from './tasks.controller.js';
import { WorkloadController } from './workload.controller.js';

@Module({ controllers: [TasksController, WorkloadController] })
export class TasksModule {}
