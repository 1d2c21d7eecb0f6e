import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SettingsError, type EngineSettings, type TlsSettings } from './settings.js';

const ENGINE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const ENGINE_FIELDS = ['name', 'endpoint', 'tls'];
const TLS_FIELDS = ['ca', 'cert', 'key'];

type Environment = Readonly<Record<string, string | undefined>>;

/** The engines that the environment names: FAIRLEAD_ENGINES, else DOCKER_HOST, else the usual socket. */
export function readEngines(env: Environment): readonly EngineSettings[] {
  const listed = env.FAIRLEAD_ENGINES?.trim();
  if (listed) return parseEngineList(listed);
  return [engineOfDockerHost(env)];
}

function engineOfDockerHost(env: Environment): EngineSettings {
  const endpoint = checkEndpoint('DOCKER_HOST', env.DOCKER_HOST?.trim() || 'unix:///var/run/docker.sock');
  if (!env.DOCKER_TLS_VERIFY || !endpoint.startsWith('tcp:')) return { name: 'local', endpoint };
  const folder = env.DOCKER_CERT_PATH?.trim() || join(homedir(), '.docker');
  const pem = (file: string): string => readPem('DOCKER_CERT_PATH', join(folder, file));
  return { name: 'local', endpoint, tls: { ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') } };
}

function parseEngineList(text: string): readonly EngineSettings[] {
  const fail = (problem: string): never => {
    throw new SettingsError('FAIRLEAD_ENGINES', problem);
  };
  const inline = /^[[{]/.test(text);
  if (!inline && !existsSync(text)) {
    fail(`"${text}" is neither a JSON list of engines nor a file that exists`);
  }
  const list = parseJson(inline ? text : readText('FAIRLEAD_ENGINES', text));
  if (!Array.isArray(list)) return fail('must be a JSON list of {name, endpoint, tls}');
  const engines = list.map((entry, index) => parseEngine(entry, `engine ${index + 1}`));
  const names = new Set<string>();
  const endpoints = new Set<string>();
  for (const { name, endpoint } of engines) {
    if (names.has(name)) fail(`the name "${name}" is given twice`);
    if (endpoints.has(endpoint)) fail(`the endpoint ${endpoint} is given twice: one engine has one name`);
    names.add(name);
    endpoints.add(endpoint);
  }
  return engines;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingsError('FAIRLEAD_ENGINES', `is not valid JSON (${(error as Error).message})`);
  }
}

function parseEngine(entry: unknown, where: string): EngineSettings {
  const fields = recordOf(entry, where, ENGINE_FIELDS);
  const { name, endpoint, tls } = fields;
  if (typeof name !== 'string' || !ENGINE_NAME.test(name)) {
    throw new SettingsError(
      'FAIRLEAD_ENGINES',
      `${where}: "name" must be 1 to 63 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit`,
    );
  }
  if (typeof endpoint !== 'string') {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "endpoint" is missing`);
  }
  const checked = checkEndpoint('FAIRLEAD_ENGINES', endpoint);
  if (tls === undefined || tls === null) return { name, endpoint: checked };
  if (!checked.startsWith('tcp:')) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "tls" needs a tcp:// endpoint`);
  }
  return { name, endpoint: checked, tls: parseTls(tls, where) };
}

function parseTls(value: unknown, where: string): TlsSettings {
  const files = recordOf(value, `${where}, tls`, TLS_FIELDS);
  const pem = (field: string): string | undefined => {
    const file = files[field];
    if (file === undefined || file === null) return undefined;
    if (typeof file !== 'string') {
      throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "tls.${field}" must be the path of a PEM file`);
    }
    return readPem('FAIRLEAD_ENGINES', file);
  };
  const tls = { ca: pem('ca'), cert: pem('cert'), key: pem('key') };
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "tls.cert" and "tls.key" go together`);
  }
  return tls;
}

function recordOf(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: must be an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: there is no field "${unknown}"`);
  }
  return value as Record<string, unknown>;
}

function checkEndpoint(variable: string, endpoint: string): string {
  if (endpoint.startsWith('ssh://')) {
    throw new SettingsError(variable, 'ssh:// endpoints are not offered yet; use unix:// or tcp://');
  }
  if (/^unix:\/\/\/[^\0]+$/.test(endpoint)) return endpoint;
  if (endpoint.startsWith('tcp://') && URL.canParse(endpoint)) {
    const { hostname, pathname, search, username, password } = new URL(endpoint);
    const plain = hostname !== '' && (pathname === '' || pathname === '/') && search === '';
    if (plain && username === '' && password === '') return endpoint.replace(/\/$/, '');
  }
  throw new SettingsError(
    variable,
    `"${endpoint}" is not an endpoint; expected unix:///path/to/docker.sock or tcp://host:port`,
  );
}

function readPem(variable: string, file: string): string {
  const text = readText(variable, file);
  if (!text.includes('-----BEGIN ')) throw new SettingsError(variable, `${file} is not a PEM file`);
  return text;
}

function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(variable, `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}
