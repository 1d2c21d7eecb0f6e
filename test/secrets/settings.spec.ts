import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/load-settings.js';
import { SettingsError } from '../../src/config/settings.js';
import type { SettingVariable } from '../../src/config/settings-table.js';
import { Canaries } from './canaries.js';

const canaries = new Canaries();
const secret = 'pa/ss"@:word-4711-of-mine';
canaries.watch('the secret', secret);
canaries.watch('the secret', 'word-4711-of-mine');

const engine = (fields: object): string => JSON.stringify([{ name: 'a', endpoint: 'unix:///run/docker.sock', ...fields }]);

/** Wrong values with a secret in them, for every variable that may hold one; a variable that cannot holds none. */
const WRONG: Record<SettingVariable, readonly string[]> = {
  FAIRLEAD_HOST: [],
  FAIRLEAD_PORT: [],
  FAIRLEAD_ENGINES: [
    secret,
    `[{"name":"a","endpoint":"ssh://u:${secret}`,
    `[{"name":"a" "password":"${secret}"}]`,
    `{"password":"${secret}"}`,
    `{x: ${secret}}`,
    engine({ password: secret }),
    ...['ssh', 'tcp', 'unix'].map((scheme) => engine({ endpoint: `${scheme}://user:${secret}@host` })),
    engine({ endpoint: `user:${secret}@host` }),
    engine({ endpoint: 'tcp://host', tls: { key: `-----BEGIN PRIVATE KEY-----\n${secret}` } }),
    engine({ endpoint: 'tcp://host', tls: { password: secret } }),
    ...['key', 'passphraseFile', 'passwordFile'].map((field) => engine({ endpoint: 'ssh://u@host', ssh: { [field]: secret, knownHosts: secret } })),
    ...['key', 'passphraseFile', 'passwordFile'].map((field) => engine({ endpoint: 'ssh://u@host', ssh: { [field]: [secret] } })),
  ],
  DOCKER_HOST: [`ssh://user:${secret}@host`, `tcp://user:${secret}@host:2375`, `user:${secret}@host`],
  DOCKER_TLS_VERIFY: [],
  DOCKER_CERT_PATH: [],
  FAIRLEAD_DATABASE_URL: [
    `postgres://user:${secret}@host/database`, `postgres:user:${secret}@host`, `postgresql//user:${secret}@host`,
    `mysql://user:${secret}@host/database`, `sqlite:user:${secret}@host?`,
  ],
  FAIRLEAD_EVENT_RETENTION: [],
  FAIRLEAD_AUDIT_RETENTION: [],
  FAIRLEAD_API_KEY: ['word-4711-of-m', `${secret} `.repeat(2), `${secret}é`],
  FAIRLEAD_SECRET_KEY: ['word-4711-of-m', `${secret} `.repeat(2), `${secret}é`],
  FAIRLEAD_OIDC_ISSUERS: [secret, `[{"issuer":"https://u:${secret}@host/"}]`, `[{"issuer" ${secret}`],
  FAIRLEAD_TLS_CERT: [],
  FAIRLEAD_TLS_KEY: [`-----BEGIN PRIVATE KEY-----\n${secret}`],
  FAIRLEAD_TLS_CLIENT_CA: [],
  FAIRLEAD_ALLOWED_HOSTS: [],
  FAIRLEAD_CORS_ORIGINS: [],
  FAIRLEAD_TRUSTED_PROXIES: [],
  FAIRLEAD_WEBHOOK_ALLOW: [],
  FAIRLEAD_ALLOW_HOST_NETWORK: [],
  FAIRLEAD_ALLOW_IMAGE_PULL: [],
  FAIRLEAD_LOG_LEVEL: [],
  FAIRLEAD_RATE_LIMIT_PER_KEY: [],
  FAIRLEAD_RATE_LIMIT_PER_ADDRESS: [],
  FAIRLEAD_GRAPHIQL: [],
  FAIRLEAD_GRAPHQL_INTROSPECTION: [],
};
canaries.watch('the short key', 'word-4711-of-m');

describe('the line that refuses a setting', () => {
  it.each(Object.entries(WRONG).flatMap(([variable, values]) => values.map((value) => [variable, value])))(
    'names %s and does not repeat its value: %#', (variable, value) => {
      let line = '';
      try {
        loadSettings({ [variable]: value });
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        line = error.message;
      }
      expect(line).toMatch(new RegExp(`^${variable}: .+`));
      expect(canaries.in(line)).toEqual([]);
    });
});
