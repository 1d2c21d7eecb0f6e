import { Module } from '@nestjs/common';
import { WatcherService } from './watcher.service.js';
import { WatchTimings } from './watch-timings.js';

@Module({ providers: [WatcherService, { provide: WatchTimings, useValue: new WatchTimings() }] })
export class WatcherModule {}
