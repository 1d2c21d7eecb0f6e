import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { DomainError } from '../errors/domain.error.js';
import { keepKey, type KeyKind } from './key-file.js';

export const SECRET_KEY: KeyKind = { file: 'secret-key', prefix: '', name: 'secret key' };

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The same in every process that has the key; it sets this service's keys apart from others made of one text. */
const SALT = 'fairlead secret key 1';
/** 2^15 rounds of 8 blocks use 32 MiB. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

interface Keys {
  readonly cipher: Buffer;
  readonly fingerprint: Buffer;
  /** Tells under which key something was sealed, and nothing about the key. */
  readonly id: string;
}

/**
 * Keeps secrets that go into the database from those who read it there. What is sealed is bound to what it is about:
 * put in another's place it cannot be opened.
 */
@Injectable()
export class SecretBox {
  private keys: Promise<Keys> | undefined;

  constructor(private readonly settings: Settings) {}

  /** Of the key that this process has. */
  async keyId(): Promise<string> {
    return (await this.ready()).id;
  }

  /** Fails with `SECRET_KEY_MISMATCH` unless this process has that key. */
  async requireKey(id: string): Promise<void> {
    if (id !== (await this.keyId())) throw mismatch();
  }

  /** `about` names what the text belongs to, and is needed again to open it. */
  async seal(text: string, about: string): Promise<string> {
    const { cipher: key, id } = await this.ready();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(id, about));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${id}.${sealed.toString('base64url')}`;
  }

  /** Fails with `SECRET_KEY_MISMATCH` where it was sealed under another key, or about something else. */
  async open(sealed: string, about: string): Promise<string> {
    const { cipher: key, id } = await this.ready();
    const [version, sealedUnder, body] = sealed.split('.');
    if (version !== VERSION || sealedUnder !== id || body === undefined) throw mismatch();
    const bytes = Buffer.from(body, 'base64url');
    const end = bytes.length - TAG_BYTES;
    if (end < NONCE_BYTES) throw mismatch();
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES)).setAAD(boundTo(id, about));
    decipher.setAuthTag(bytes.subarray(end));
    try {
      return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw mismatch(error);
    }
  }

  /**
   * The same for the same text about the same, in every process that has the key; without the key nothing can be guessed
   * from it, however few texts there could be.
   */
  async fingerprint(text: string, about: string): Promise<string> {
    const { fingerprint: key, id } = await this.ready();
    const mac = createHmac('sha256', key).update(boundTo(id, about)).update('\0').update(text);
    return `${VERSION}.${id}.${mac.digest('base64url')}`;
  }

  /** Whether a fingerprint was made under the key that this process has: others can be compared with none of its own. */
  async isOwnFingerprint(fingerprint: string): Promise<boolean> {
    return fingerprint.startsWith(`${VERSION}.${await this.keyId()}.`);
  }

  private ready(): Promise<Keys> {
    this.keys ??= this.derive().catch((error: unknown) => {
      // A data folder that cannot be written to now may be later.
      this.keys = undefined;
      throw error;
    });
    return this.keys;
  }

  private async derive(): Promise<Keys> {
    const { secretKey, dataFolder } = this.settings;
    const text = secretKey ?? (await keepKey(dataFolder, SECRET_KEY)).key;
    const master = bytesOf(text) ?? (await promisify<string, string, number, object, Buffer>(scrypt)(text, SALT, KEY_BYTES, SCRYPT));
    const part = (purpose: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', master, SALT, purpose, bytes));
    return { cipher: part('cipher', KEY_BYTES), fingerprint: part('fingerprint', KEY_BYTES), id: part('id', 6).toString('hex') };
  }
}

function boundTo(id: string, about: string): Buffer {
  return Buffer.from(`${VERSION}.${id}.${about}`);
}

/** The key itself, where the text spells 32 bytes; other text is stretched into one. */
function bytesOf(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

function mismatch(cause?: unknown): DomainError {
  const detail =
    'A stored secret cannot be opened: it was encrypted with another key. Set FAIRLEAD_SECRET_KEY, or put back the ' +
    'file secret-key, as it was when the secret was stored.';
  return new DomainError('SECRET_KEY_MISMATCH', detail, {}, { cause });
}
