import { dirname } from 'node:path';
import { SettingsError, type DatabaseSettings, type EventRetention } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_URL = 'sqlite:./data/fairlead.db';
const DEFAULT_FOLDER = './data';
const DEFAULT_RETENTION: EventRetention = { maxAgeMs: 7 * 86_400_000, maxCount: 200_000 };
const DEFAULT_AUDIT_RETENTION = '365d';
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** FAIRLEAD_DATABASE_URL, and the folder for the keys that the service makes. */
export function readDatabase(env: Environment): { database: DatabaseSettings; dataFolder: string } {
  const url = env.FAIRLEAD_DATABASE_URL?.trim() || DEFAULT_URL;
  if (/^postgres(ql)?:\/\//.test(url)) {
    // The URL may hold a password: it is not repeated.
    if (!URL.canParse(url)) throw new SettingsError('FAIRLEAD_DATABASE_URL', 'the postgres:// URL cannot be read');
    return { database: { kind: 'postgres', url }, dataFolder: DEFAULT_FOLDER };
  }
  const file = /^sqlite:(?<file>[^\0?#]*[^\0?#/])$/.exec(url)?.groups?.file?.replace(/^\/\/(?=\/)/, '');
  if (file === undefined) {
    const expected = 'expected sqlite:<file>, as sqlite:./data/fairlead.db, or postgres://user:password@host/database';
    throw new SettingsError('FAIRLEAD_DATABASE_URL', expected);
  }
  return { database: { kind: 'sqlite', file }, dataFolder: dirname(file) };
}

/** `7d`, `100000` or `7d,100000`: an age, a count, or both; what is not said keeps its default. */
export function readEventRetention(env: Environment): EventRetention {
  const parts = (env.FAIRLEAD_EVENT_RETENTION ?? '').split(',').map((part) => part.trim());
  return parts.filter(Boolean).reduce<EventRetention>((retention, part) => {
    const [, number, unit] = /^(\d{1,12})([mhd])?$/.exec(part) ?? [];
    const value = Number(number);
    if (number === undefined || value === 0) {
      const problem = `"${part}" is neither an age, as 12h or 7d, nor a number of events`;
      throw new SettingsError('FAIRLEAD_EVENT_RETENTION', problem);
    }
    if (unit === undefined) return { ...retention, maxCount: value };
    return { ...retention, maxAgeMs: value * UNIT_MS[unit as keyof typeof UNIT_MS] };
  }, DEFAULT_RETENTION);
}

export function readAuditRetention(env: Environment): number {
  const text = env.FAIRLEAD_AUDIT_RETENTION?.trim() || DEFAULT_AUDIT_RETENTION;
  const [, number, unit] = /^(\d{1,9})([hd])$/.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) {
    throw new SettingsError('FAIRLEAD_AUDIT_RETENTION', `"${text}" is no age, as 12h or 365d`);
  }
  return Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
