import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiKeys } from './api-keys.js';
import { Doorkeeper } from './doorkeeper.js';
import { Keyring } from './keyring.js';
import { IssuerTimings } from './tokens/issuer-timings.js';
import { Tokens } from './tokens/tokens.js';

@Module({
  providers: [Doorkeeper, ApiKeys, Keyring, Tokens, IssuerTimings, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [Doorkeeper, ApiKeys, Keyring],
})
export class AuthModule {}
