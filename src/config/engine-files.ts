import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sshFault } from './credentials.js';
import type { Endpoint } from './endpoint.js';
import { hostKeysIn } from './host-keys.js';
import { SettingsError, type SshSettings, type TlsSettings } from './settings.js';

/** Where a setting stands, for the line that the operator sees. */
export interface Place {
  readonly variable: string;
  /** As `engine 1`; empty where the variable is about one engine. */
  readonly where: string;
}

const TLS_FIELDS = ['ca', 'cert', 'key'];
/** What begins so was meant as a path; other texts may be the secret itself, in place of its file. */
const PATH_BEGINNING = /^(\.{0,2}|~)\//;
const SSH_FIELDS = ['knownHosts', 'key', 'passphraseFile', 'passwordFile'];
/** As ssh itself looks for them. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

export function readTls(value: unknown, place: Place): TlsSettings {
  const path = pathsOf(value, { ...place, where: `${place.where}, tls` }, TLS_FIELDS);
  const pem = (field: string): string | undefined => {
    const file = path(field);
    return file === undefined ? undefined : readPem(place.variable, file);
  };
  const tls = { ca: pem('ca'), cert: pem('cert'), key: pem('key') };
  if ((tls.cert === undefined) !== (tls.key === undefined)) fail(place, '"tls.cert" and "tls.key" go together');
  return tls;
}

/** What is not said is where ssh itself would look for it. */
export function readSsh(value: unknown, { host, port }: Endpoint & { kind: 'ssh' }, place: Place): SshSettings {
  const path = pathsOf(value ?? {}, { ...place, where: `${place.where}, ssh` }, SSH_FIELDS);
  const secret = (field: string): string | undefined => {
    const file = path(field);
    return file === undefined ? undefined : readText(place.variable, file).replace(/\r?\n$/, '');
  };
  const folder = join(homedir(), '.ssh');
  const known = path('knownHosts') ?? join(folder, 'known_hosts');
  const hostKeys = hostKeysIn(readText(place.variable, known), host, port);
  if (hostKeys.length === 0) {
    fail(place, `${known} holds no key of ${host}, port ${port}: put it there once you have compared it with the host's own`);
  }
  const password = secret('passwordFile');
  const keyFile = path('key') ?? (password === undefined ? usualKey(folder) : undefined);
  const privateKey = keyFile === undefined ? undefined : readText(place.variable, keyFile);
  const ssh = { hostKeys, ...defined({ privateKey, passphrase: secret('passphraseFile'), password }) };
  const fault = sshFault(ssh);
  if (fault !== undefined) fail(place, `"ssh": ${keyFile ?? fault.field} ${fault.problem}`);
  return ssh;
}

function usualKey(folder: string): string | undefined {
  return USUAL_KEYS.map((name) => join(folder, name)).find((path) => existsSync(path));
}

function defined(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Answers a look-up of paths of files by their fields. */
function pathsOf(value: unknown, place: Place, known: readonly string[]): (field: string) => string | undefined {
  const files = recordOf(value, place, known);
  return (field) => {
    const file = files[field];
    if (file === undefined || file === null) return undefined;
    if (typeof file !== 'string') return fail(place, `"${field}" must be the path of a file`);
    return file;
  };
}

export function recordOf(value: unknown, place: Place, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(place, `must be an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) fail(place, `there is no field "${unknown}"`);
  return value as Record<string, unknown>;
}

export function readPem(variable: string, file: string): string {
  const text = readText(variable, file);
  if (!text.includes('-----BEGIN ')) throw new SettingsError(variable, `${file} is not a PEM file`);
  return text;
}

export function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const shown = PATH_BEGINNING.test(file) ? file : 'a file that it names';
    throw new SettingsError(variable, `cannot read ${shown} (${(error as NodeJS.ErrnoException).code})`);
  }
}

function fail({ variable, where }: Place, problem: string): never {
  throw new SettingsError(variable, where === '' ? problem : `${where}: ${problem}`);
}
