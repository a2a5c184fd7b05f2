import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { MigrationsCheck } from './migrations-check.js';

@Module({ controllers: [HealthController, MetricsController], providers: [MigrationsCheck] })
export class OperationsModule {}
