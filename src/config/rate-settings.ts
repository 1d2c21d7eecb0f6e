import { SettingsError, type RateLimitSettings } from './settings.js';
import type { SettingVariable } from './settings-table.js';

const LARGEST_RATE = 10_000_000;

export function readRateLimits(env: Readonly<Record<string, string | undefined>>): RateLimitSettings {
  return {
    perKey: readRate(env, 'FAIRLEAD_RATE_LIMIT_PER_KEY', 6_000),
    perAddress: readRate(env, 'FAIRLEAD_RATE_LIMIT_PER_ADDRESS', 120),
  };
}

function readRate(env: Readonly<Record<string, string | undefined>>, variable: SettingVariable, fallback: number): number | null {
  const text = env[variable]?.trim().toLowerCase();
  if (text === undefined || text === '') return fallback;
  if (text === 'off') return null;
  const rate = Number(text);
  if (!/^\d+$/.test(text) || rate < 1 || rate > LARGEST_RATE) {
    throw new SettingsError(variable, `"${text}" is neither a number of requests a minute (1 to ${LARGEST_RATE}) nor off`);
  }
  return rate;
}
