import { Module, type DynamicModule } from '@nestjs/common';
import { Settings } from './settings.js';

/** Gives every room the settings, by their class. */
@Module({})
export class SettingsModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: Settings, useValue: settings }],
      exports: [Settings],
    };
  }
}
