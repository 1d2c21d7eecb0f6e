import { Settings, type DatabaseSettings } from '../../src/config/settings.js';

/** Settings for a test of the database alone. */
export function aDatabaseSettings(database: DatabaseSettings): Settings {
  return new Settings({
    host: '127.0.0.1',
    port: 0,
    transport: { tls: null, allowedHosts: [], corsOrigins: [], trustedProxies: [] },
    engines: [],
    dataFolder: '.',
    database,
    eventRetention: { maxAgeMs: 86_400_000, maxCount: 100_000 },
    auditRetentionMs: 86_400_000,
    apiKey: null,
    secretKey: null,
    oidcIssuers: [],
    webhookAllow: { byDefault: true, blocks: [], hosts: [] },
    allowHostNetwork: false,
    allowImagePull: false,
    rateLimits: { perKey: null, perAddress: null },
    logLevel: 'silent',
    graphiql: false,
    introspection: true,
  });
}
