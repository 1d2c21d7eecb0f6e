import { readFile } from 'node:fs/promises';
import { tlsFault } from './credentials.js';
import { isBlock, isHostPattern, listed } from './host-lists.js';
import { SettingsError, type TlsFiles, type TransportSettings } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the files hold. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}

const VARIABLES = { cert: 'FAIRLEAD_TLS_CERT', key: 'FAIRLEAD_TLS_KEY', ca: 'FAIRLEAD_TLS_CLIENT_CA' } as const;

export function readTransport(env: Environment): TransportSettings {
  return {
    tls: readTlsFiles(env),
    allowedHosts: readAllowedHosts(env),
    corsOrigins: readCorsOrigins(env),
    trustedProxies: readTrustedProxies(env),
  };
}

/** Throws a `SettingsError` where they cannot be served with: also where the key is another one's, as while both are being replaced. */
export async function readTlsTexts(files: TlsFiles): Promise<TlsTexts> {
  const [cert, key, ca] = await Promise.all([
    readPem(VARIABLES.cert, files.cert),
    readPem(VARIABLES.key, files.key),
    files.clientCa === null ? undefined : readPem(VARIABLES.ca, files.clientCa),
  ]);
  const fault = tlsFault({ cert, key, ca });
  if (fault !== undefined) {
    const field = fault.field as keyof typeof VARIABLES;
    throw new SettingsError(VARIABLES[field], `${{ ...files, ca: files.clientCa }[field]} ${fault.problem}`);
  }
  return { cert, key, clientCa: ca ?? null };
}

function readTlsFiles(env: Environment): TlsFiles | null {
  const path = (variable: string): string | undefined => env[variable]?.trim() || undefined;
  const { cert, key, ca } = { cert: path(VARIABLES.cert), key: path(VARIABLES.key), ca: path(VARIABLES.ca) };
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa: ca ?? null };
  if (cert !== undefined) throw new SettingsError(VARIABLES.cert, `is of no use without ${VARIABLES.key}`);
  if (key !== undefined) throw new SettingsError(VARIABLES.key, `is of no use without ${VARIABLES.cert}`);
  if (ca !== undefined) throw new SettingsError(VARIABLES.ca, `is of no use without ${VARIABLES.cert} and ${VARIABLES.key}`);
  return null;
}

async function readPem(variable: string, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new SettingsError(variable, `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  });
  if (!text.includes('-----BEGIN ')) throw new SettingsError(variable, `${file} is not a PEM file`);
  return text;
}

function readAllowedHosts(env: Environment): readonly string[] {
  const hosts = listed(env.FAIRLEAD_ALLOWED_HOSTS);
  const wrong = hosts.find((host) => !isHostPattern(host));
  if (wrong !== undefined) {
    throw new SettingsError('FAIRLEAD_ALLOWED_HOSTS', `"${wrong}" is neither a host name without a port nor *.suffix`);
  }
  return hosts;
}

function readCorsOrigins(env: Environment): readonly string[] {
  const origins = listed(env.FAIRLEAD_CORS_ORIGINS);
  const wrong = origins.find((origin) => !/^https?:/.test(origin) || URL.parse(origin)?.origin !== origin);
  if (wrong !== undefined) {
    throw new SettingsError('FAIRLEAD_CORS_ORIGINS', `"${wrong}" is not an origin, as https://console.example.com or http://localhost:3000`);
  }
  return origins;
}

function readTrustedProxies(env: Environment): readonly string[] {
  const proxies = listed(env.FAIRLEAD_TRUSTED_PROXIES);
  const wrong = proxies.find((proxy) => !isBlock(proxy));
  if (wrong !== undefined) {
    throw new SettingsError('FAIRLEAD_TRUSTED_PROXIES', `"${wrong}" is neither an address nor a CIDR block`);
  }
  const everybody = proxies.find((proxy) => Number(proxy.split('/')[1] ?? NaN) === 0);
  if (everybody !== undefined) {
    throw new SettingsError('FAIRLEAD_TRUSTED_PROXIES', `"${everybody}" is everybody: anyone could claim to be anyone`);
  }
  return proxies;
}
