import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAfterFile } from './forgotten.js';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Issue {
  /** What the certificate is for, as openssl has it; a client where absent. */
  readonly extension?: string;
  /** Negative for one that has expired. */
  readonly days?: number;
}

export const FOR_LOOPBACK = 'subjectAltName=IP:127.0.0.1';
const FOR_CLIENTS = 'extendedKeyUsage=clientAuth';

/** A certificate authority of the test's own, made by openssl; its folder goes with it. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'fairlead-ca-'));
  readonly #isEnded = endAfterFile(() => this.end());

  constructor() {
    this.#openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=ca');
  }

  get ca(): string {
    return this.#pem('ca.crt');
  }

  /** A pair of its own, also kept as `<name>.crt` and `<name>.key` in the folder. */
  issue(name: string, { extension = FOR_CLIENTS, days = 2 }: Issue = {}): Pair {
    writeFileSync(join(this.folder, `${name}.ext`), extension);
    this.#openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', `${name}.ext`];
    this.#openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`);
    return { cert: this.#pem(`${name}.crt`), key: this.#pem(`${name}.key`) };
  }

  end(): void {
    this.#isEnded();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }

  #pem(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
