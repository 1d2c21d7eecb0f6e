import { Injectable } from '@nestjs/common';
import type { SshSettings, TlsSettings } from '../config/settings.js';
import { credentialNames } from '../docker/engine-reach.js';
import { SecretBox } from '../secrets/secret-box.js';
import { identityOf, type Way } from './engine.rules.js';
import type { StoredEngine } from './engines.repository.js';

/** What is sealed: all but the host keys, which are public. */
interface Sealed {
  readonly tls?: TlsSettings;
  readonly ssh?: Omit<SshSettings, 'hostKeys'>;
}

/** Seals and opens what engines are reached with. */
@Injectable()
export class EngineVault {
  constructor(private readonly box: SecretBox) {}

  /** The way as it is stored. */
  async seal(id: string, way: Way): Promise<Omit<StoredEngine, 'name' | 'id' | 'revision'>> {
    const { hostKeys = [], ...ssh } = way.ssh ?? {};
    const names = credentialNames(way);
    const secrets: Sealed = { tls: way.tls, ssh };
    return {
      ...{ endpoint: way.endpoint, identity: identityOf(way), tls: way.tls !== undefined, hostKeys, credentialNames: names },
      credentials: names.length === 0 ? null : await this.box.seal(JSON.stringify(secrets), about(id)),
    };
  }

  /**
   * Fails with `SECRET_KEY_MISMATCH`, unless `instead` has other credentials for all that there are: lost ones can be
   * replaced.
   */
  async open(stored: StoredEngine, instead: { readonly tls?: unknown; readonly ssh?: unknown } = {}): Promise<Way> {
    const isReplaced = stored.credentialNames.every((name) => instead[name.startsWith('tls.') ? 'tls' : 'ssh'] !== undefined);
    if (stored.credentials === null || isReplaced) return closedWay(stored);
    const { tls, ssh } = JSON.parse(await this.box.open(stored.credentials, about(stored.id))) as Sealed;
    const { endpoint, hostKeys } = stored;
    return { endpoint, ...(tls && { tls }), ...(hostKeys.length > 0 && { ssh: { ...ssh, hostKeys } }) };
  }
}

/** The way without what is sealed. */
export function closedWay({ endpoint, tls, hostKeys }: StoredEngine): Way {
  return { endpoint, ...(tls && { tls: {} }), ...(hostKeys.length > 0 && { ssh: { hostKeys } }) };
}

function about(id: string): string {
  return `engine ${id} credentials`;
}
