import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ReadPoolCheck } from './read-pool-check.js';

@Module({ controllers: [HealthController, MetricsController], providers: [ReadPoolCheck] })
export class OperationsModule {}
