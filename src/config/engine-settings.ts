import { homedir } from 'node:os';
import { join } from 'node:path';
import { endpointIdentity, endpointProblem, parseEndpoint } from './endpoint.js';
import { readPem, readSsh, readTls, recordOf, type Place } from './engine-files.js';
import { readJsonList } from './json-list.js';
import { SettingsError, type EngineSettings } from './settings.js';

export const ENGINE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const ENGINE_NAME_RULE =
  'must be 1 to 63 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit';
const ENGINE_FIELDS = ['name', 'endpoint', 'tls', 'ssh'];

type Environment = Readonly<Record<string, string | undefined>>;

/** The engines that the environment names: FAIRLEAD_ENGINES, else DOCKER_HOST, else the usual socket. */
export function readEngines(env: Environment): readonly EngineSettings[] {
  const listed = env.FAIRLEAD_ENGINES?.trim();
  if (listed) return parseEngineList(listed);
  return [engineOfDockerHost(env)];
}

function engineOfDockerHost(env: Environment): EngineSettings {
  const place = { variable: 'DOCKER_HOST', where: '' };
  const engine = reach('local', env.DOCKER_HOST?.trim() || 'unix:///var/run/docker.sock', undefined, place);
  if (!env.DOCKER_TLS_VERIFY || !engine.endpoint.startsWith('tcp:')) return engine;
  const folder = env.DOCKER_CERT_PATH?.trim() || join(homedir(), '.docker');
  const pem = (file: string): string => readPem('DOCKER_CERT_PATH', join(folder, file));
  return { ...engine, tls: { ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') } };
}

function parseEngineList(text: string): readonly EngineSettings[] {
  const fail = (problem: string): never => {
    throw new SettingsError('FAIRLEAD_ENGINES', problem);
  };
  const list = readJsonList('FAIRLEAD_ENGINES', text, { things: 'engines', shape: '{name, endpoint, tls, ssh}' });
  const engines = list.map((entry, index) => parseEngine(entry, `engine ${index + 1}`));
  const names = new Set<string>();
  const endpoints = new Set<string>();
  for (const { name, endpoint, tls } of engines) {
    const identity = endpointIdentity(endpoint, tls !== undefined);
    if (names.has(name)) fail(`the name "${name}" is given twice`);
    if (endpoints.has(identity)) fail(`the endpoint ${endpoint} is given twice: one engine has one name`);
    names.add(name);
    endpoints.add(identity);
  }
  return engines;
}

function parseEngine(entry: unknown, where: string): EngineSettings {
  const place = { variable: 'FAIRLEAD_ENGINES', where };
  const { name, endpoint, tls, ssh } = recordOf(entry, place, ENGINE_FIELDS);
  if (typeof name !== 'string' || !ENGINE_NAME.test(name)) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "name" ${ENGINE_NAME_RULE}`);
  }
  if (typeof endpoint !== 'string') {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "endpoint" is missing`);
  }
  const engine = reach(name, endpoint, ssh, place);
  if (tls === undefined || tls === null) return engine;
  if (!engine.endpoint.startsWith('tcp:')) {
    throw new SettingsError('FAIRLEAD_ENGINES', `${where}: "tls" needs a tcp:// endpoint`);
  }
  return { ...engine, tls: readTls(tls, place) };
}

function reach(name: string, text: string, ssh: unknown, place: Place): EngineSettings {
  const parsed = parseEndpoint(text);
  const at = place.where === '' ? '' : `${place.where}: `;
  if (parsed === undefined) throw new SettingsError(place.variable, `${at}${endpointProblem(text)}`);
  const endpoint = parsed.kind === 'unix' ? text : text.replace(/\/$/, '');
  if (parsed.kind === 'ssh') return { name, endpoint, ssh: readSsh(ssh, parsed, place) };
  if (ssh === undefined || ssh === null) return { name, endpoint };
  throw new SettingsError(place.variable, `${at}"ssh" needs an ssh:// endpoint`);
}
