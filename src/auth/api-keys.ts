import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { Sight } from '../sight/sight.js';
import { keepKey, type KeptKey, type KeyKind } from '../secrets/key-file.js';
import type { Caller } from './caller.js';
import { Keyring } from './keyring.js';
import { SCOPES } from './scopes.js';

/** Of the first key: what it does is told under this name. */
export const ADMINISTRATORS_NAME = 'Administrator';

const ADMINISTRATOR: Caller = {
  ...{ keyId: 'administrator', name: ADMINISTRATORS_NAME, scopes: new Set(SCOPES) },
  ...{ clientRanges: [], sight: Sight.EVERYTHING, expiresMs: null, ended: new AbortController().signal, isOver: false },
};

/** The file of the first key, in the data folder. */
export const API_KEY: KeyKind = { file: 'api-key', prefix: 'fl_', name: 'API key' };

/** Knows who a key belongs to: the administrator's own, and those that are stored. */
@Injectable()
export class ApiKeys {
  private digest: Buffer | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly keyring: Keyring,
  ) {}

  /** Readies the administrator's key; the answer tells where a key that was not set is kept. */
  async open(): Promise<KeptKey | undefined> {
    const { apiKey, dataFolder } = this.settings;
    const kept = apiKey === null ? await keepKey(dataFolder, API_KEY) : undefined;
    this.digest = sha256(kept?.key ?? apiKey ?? '');
    return kept;
  }

  /** Digests have one length and differ everywhere: the time that comparing takes tells nothing of the key. */
  isAdministrators(key: string): boolean {
    return this.digest !== undefined && timingSafeEqual(sha256(key), this.digest);
  }

  /**
   * Who shows this key, from this address. Fails with `UNAUTHENTICATED`; with `FORBIDDEN` where the key is not for
   * this address; with `DATABASE_UNAVAILABLE` where keys could not be read since the start.
   */
  authenticate(key: string, address: string): Caller {
    if (this.isAdministrators(key)) return ADMINISTRATOR;
    const shown = this.keyring.find(key, address);
    switch (shown.is) {
      case 'good':
        return shown.caller;
      case 'wrong':
        throw new DomainError('UNAUTHENTICATED', 'The API key is not valid.');
      case 'elsewhere':
        throw new DomainError('FORBIDDEN', `The API key may not be used from ${address}.`);
      case 'unknown':
        throw new DomainError('DATABASE_UNAVAILABLE', 'The API keys could not be read yet. Only the administrator key is known.');
    }
  }
}

function sha256(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
