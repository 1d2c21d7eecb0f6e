import type { AddressInfo } from 'node:net';
import { ApiKeys } from './auth/api-keys.js';
import { tellWhereKeyIs } from './auth/key-notice.js';
import { createApp } from './app.setup.js';
import { loadSettings } from './config/load-settings.js';
import { SettingsError } from './config/settings.js';
import { ServiceState } from './health/service-state.js';
import { stopOnSignal } from './stop-on-signal.js';
import { tellExposure } from './transport/exposure.js';

/** `EX_CONFIG` of sysexits.h. */
const WRONG_SETTING = 78;

// That nobody reads there any more is no reason to end, nor can it be told.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

try {
  const settings = loadSettings();
  const app = await createApp(settings);
  tellWhereKeyIs(await app.get(ApiKeys).open(), process.stdout);
  stopOnSignal(app);
  await app.listen(settings.port, settings.host);
  app.get(ServiceState).serve();
  tellExposure(app.getHttpServer().address() as AddressInfo, settings.transport.tls !== null, process.stderr);
  process.stdout.write(`Fairlead listens on ${await app.getUrl()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof SettingsError ? error.message : describe(error)}\n`);
  process.exit(error instanceof SettingsError ? WRONG_SETTING : 1);
}

function describe(error: unknown): string {
  if (error instanceof Error && 'code' in error) return `Fairlead cannot start: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
