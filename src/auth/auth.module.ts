import { Module } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { ApiKeys } from './api-keys.js';
import { Keyring } from './keyring.js';

@Module({
  providers: [AccessGuard, ApiKeys, Keyring],
  exports: [AccessGuard, ApiKeys, Keyring],
})
export class AuthModule {}
