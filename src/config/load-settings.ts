import { readAuditRetention, readDatabase, readEventRetention } from './database-settings.js';
import { readEngines } from './engine-settings.js';
import { readIssuers } from './oidc-settings.js';
import { readRateLimits } from './rate-settings.js';
import { LOG_LEVELS, Settings, SettingsError, type LogLevel } from './settings.js';
import { SETTINGS_TABLE, type SettingVariable } from './settings-table.js';
import { readTransport } from './transport-settings.js';
import { readWebhookAllowance } from './webhook-settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

const SHORTEST_KEY = 16;

/** Reads and checks the environment. Throws a `SettingsError` for the first variable that cannot be used. */
export function loadSettings(env: Environment = process.env): Settings {
  refuseUnknownVariables(env);
  return new Settings({
    host: readHost(env),
    port: readPort(env),
    transport: readTransport(env),
    engines: readEngines(env),
    ...readDatabase(env),
    eventRetention: readEventRetention(env),
    auditRetentionMs: readAuditRetention(env),
    apiKey: readKey(env, 'FAIRLEAD_API_KEY'),
    secretKey: readKey(env, 'FAIRLEAD_SECRET_KEY'),
    oidcIssuers: readIssuers(env),
    webhookAllow: readWebhookAllowance(env),
    allowHostNetwork: readSwitch(env, 'FAIRLEAD_ALLOW_HOST_NETWORK', false),
    allowImagePull: readSwitch(env, 'FAIRLEAD_ALLOW_IMAGE_PULL', false),
    rateLimits: readRateLimits(env),
    logLevel: readLogLevel(env),
    graphiql: readSwitch(env, 'FAIRLEAD_GRAPHIQL', true),
    introspection: readSwitch(env, 'FAIRLEAD_GRAPHQL_INTROSPECTION', true),
  });
}

function refuseUnknownVariables(env: Environment): void {
  const known: readonly string[] = SETTINGS_TABLE.map(({ variable }) => variable);
  for (const variable of Object.keys(env)) {
    if (variable.startsWith('FAIRLEAD_') && !known.includes(variable)) {
      throw new SettingsError(variable, 'there is no such setting');
    }
  }
}

/** An empty variable counts as absent, as compose files leave them. */
function read(env: Environment, variable: SettingVariable): string | undefined {
  return env[variable]?.trim() || undefined;
}

function readHost(env: Environment): string {
  const host = read(env, 'FAIRLEAD_HOST') ?? '127.0.0.1';
  if (!/^[0-9A-Za-z.:_-]+$/.test(host)) {
    throw new SettingsError('FAIRLEAD_HOST', `"${host}" is not an address or a host name`);
  }
  return host;
}

function readPort(env: Environment): number {
  const text = read(env, 'FAIRLEAD_PORT') ?? '4700';
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new SettingsError('FAIRLEAD_PORT', `"${text}" is not a port (0 to 65535)`);
  }
  return port;
}

function readKey(env: Environment, variable: 'FAIRLEAD_API_KEY' | 'FAIRLEAD_SECRET_KEY'): string | null {
  const key = read(env, variable);
  if (key === undefined) return null;
  if (key.length < SHORTEST_KEY) {
    throw new SettingsError(variable, `is too short: at least ${SHORTEST_KEY} characters`);
  }
  // What a header cannot carry could never be sent; the other key keeps to the same rule.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new SettingsError(variable, 'may hold visible ASCII characters only, and no spaces');
  }
  return key;
}

function readSwitch(env: Environment, variable: SettingVariable, fallback: boolean): boolean {
  const text = read(env, variable)?.toLowerCase();
  if (text === undefined) return fallback;
  if (['on', 'true', 'yes', '1'].includes(text)) return true;
  if (['off', 'false', 'no', '0'].includes(text)) return false;
  throw new SettingsError(variable, `"${text}" is neither on nor off`);
}

function readLogLevel(env: Environment): LogLevel {
  const text = read(env, 'FAIRLEAD_LOG_LEVEL')?.toLowerCase() ?? 'info';
  const level = LOG_LEVELS.find((candidate) => candidate === text);
  if (level === undefined) {
    throw new SettingsError('FAIRLEAD_LOG_LEVEL', `"${text}" is not one of ${LOG_LEVELS.join(', ')}`);
  }
  return level;
}
