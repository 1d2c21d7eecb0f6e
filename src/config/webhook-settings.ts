import { isBlock, isHostPattern, listed } from './host-lists.js';
import { SettingsError, type WebhookAllowance } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT = 'default';

/** FAIRLEAD_WEBHOOK_ALLOW. */
export function readWebhookAllowance(env: Environment): WebhookAllowance {
  const entries = listed(env.FAIRLEAD_WEBHOOK_ALLOW);
  const blocks: string[] = [];
  const hosts: string[] = [];
  for (const entry of entries.filter((each) => each !== DEFAULT)) {
    if (isBlock(entry)) blocks.push(entry);
    else if (isHostPattern(entry)) hosts.push(entry);
    else {
      const problem = `"${entry}" is neither an address, a CIDR block, a host name, *.suffix nor "${DEFAULT}"`;
      throw new SettingsError('FAIRLEAD_WEBHOOK_ALLOW', problem);
    }
  }
  return { byDefault: entries.length === 0 || entries.includes(DEFAULT), blocks, hosts };
}
