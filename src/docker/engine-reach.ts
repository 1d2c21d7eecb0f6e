import { parseEndpoint } from '../config/endpoint.js';
import { fingerprintOf, parseHostKey } from '../config/host-keys.js';
import type { EngineSettings, SshSettings, TlsSettings } from '../config/settings.js';
import type { EngineReach, EngineSource } from '../resources/engine.js';

/** What may be shown of the way to an engine: of secrets that there are, and no more. */
export function reachOf({ endpoint, tls, ssh }: Omit<EngineSettings, 'name'>, source: EngineSource): EngineReach {
  return {
    endpoint,
    source,
    tls: tls !== undefined,
    credentials: credentialNames({ tls, ssh }),
    hostKeys: (ssh?.hostKeys ?? []).map(fingerprintFrom),
  };
}

/** What whoever set this up should know of it; undefined where it is as safe as the machine that the engine is on. */
export function exposureOf({ endpoint, tls }: Pick<EngineReach, 'endpoint' | 'tls'>): string | undefined {
  if (tls || parseEndpoint(endpoint)?.kind !== 'tcp') return undefined;
  return (
    `${endpoint} is not encrypted and asks nobody who they are: whoever reaches it, or sits on the way, is root on its host. ` +
    'Use TLS with client certificates, or ssh://.'
  );
}

export function credentialNames({ tls, ssh }: { tls?: TlsSettings; ssh?: SshSettings }): string[] {
  const { hostKeys: _hostKeys, ...secrets } = ssh ?? {};
  return [...namesIn('ssh', secrets), ...namesIn('tls', tls ?? {})];
}

function namesIn(kind: string, fields: object): string[] {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.map(([name]) => `${kind}.${name}`).sort();
}

export function fingerprintFrom(text: string): string {
  const key = parseHostKey(text);
  return key === undefined ? text : fingerprintOf(key);
}
