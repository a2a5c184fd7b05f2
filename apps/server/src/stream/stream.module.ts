import { Module } from '@nestjs/common';
import { Standing } from './standing.js';
import { StreamController } from './stream.controller.js';
import { StreamHub } from './stream-hub.js';

@Module({ controllers: [StreamController], providers: [Standing, StreamHub] })
export class StreamModule {}
