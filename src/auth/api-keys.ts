import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { keepKey, type KeptKey, type KeyKind } from '../secrets/key-file.js';
import type { Caller } from './caller.js';
import { SCOPES } from './scopes.js';

const ADMINISTRATOR: Caller = { keyId: 'administrator', name: 'Administrator', scopes: new Set(SCOPES) };

/** The file of the first key, in the data folder. */
export const API_KEY: KeyKind = { file: 'api-key', prefix: 'fl_', name: 'API key' };

const BEARER = /^Bearer +(?<key>[\x21-\x7e]+) *$/i;

/** Knows who a key belongs to. */
@Injectable()
export class ApiKeys {
  private digest: Buffer | undefined;

  constructor(private readonly settings: Settings) {}

  /** Readies the administrator's key; the answer tells where a key that was not set is kept. */
  async open(): Promise<KeptKey | undefined> {
    const { apiKey, dataFolder } = this.settings;
    const kept = apiKey === null ? await keepKey(dataFolder, API_KEY) : undefined;
    this.digest = digestOf(kept?.key ?? apiKey ?? '');
    return kept;
  }

  /** Who sends this `Authorization`. Fails with `UNAUTHENTICATED`. */
  authenticate(authorization: string | undefined): Caller {
    if (authorization === undefined) {
      throw new DomainError('UNAUTHENTICATED', 'Send an API key, as the header Authorization: Bearer <key>.');
    }
    const key = BEARER.exec(authorization)?.groups?.key;
    // Digests have one length and differ everywhere: the time that comparing takes tells nothing of the key.
    if (key === undefined || this.digest === undefined || !timingSafeEqual(digestOf(key), this.digest)) {
      throw new DomainError('UNAUTHENTICATED', 'The API key is not valid.');
    }
    return ADMINISTRATOR;
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
