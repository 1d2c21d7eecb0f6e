import { Module } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { ApiKeys } from './api-keys.js';
import { Doorkeeper } from './doorkeeper.js';
import { Keyring } from './keyring.js';
import { IssuerTimings } from './tokens/issuer-timings.js';
import { Tokens } from './tokens/tokens.js';

@Module({
  providers: [AccessGuard, Doorkeeper, ApiKeys, Keyring, Tokens, IssuerTimings],
  exports: [AccessGuard, Doorkeeper, ApiKeys, Keyring],
})
export class AuthModule {}
