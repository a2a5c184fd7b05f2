import { Module } from '@nestjs/common';
import { VerifyPageController } from './verify-page.controller.js';

@Module({ controllers: [VerifyPageController] })
export class VerifyPageModule {}
