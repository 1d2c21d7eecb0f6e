import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiKeys } from './api-keys.js';
import { Keyring } from './keyring.js';

@Module({
  providers: [ApiKeys, Keyring, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [ApiKeys, Keyring],
})
export class AuthModule {}
