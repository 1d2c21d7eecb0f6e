import { isIP } from 'node:net';
import { SettingsError, type WebhookAllowance } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT = 'default';
const HOST = /^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** FAIRLEAD_WEBHOOK_ALLOW. */
export function readWebhookAllowance(env: Environment): WebhookAllowance {
  const entries = (env.FAIRLEAD_WEBHOOK_ALLOW ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  const blocks: string[] = [];
  const hosts: string[] = [];
  for (const entry of entries.filter((each) => each !== DEFAULT)) {
    if (isBlock(entry)) blocks.push(entry);
    else if (HOST.test(entry) && !/^[\d.]+$/.test(entry)) hosts.push(entry);
    else {
      const problem = `"${entry}" is neither an address, a CIDR block, a host name, *.suffix nor "${DEFAULT}"`;
      throw new SettingsError('FAIRLEAD_WEBHOOK_ALLOW', problem);
    }
  }
  return { byDefault: entries.length === 0 || entries.includes(DEFAULT), blocks, hosts };
}

function isBlock(entry: string): boolean {
  const [address = '', length, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}
