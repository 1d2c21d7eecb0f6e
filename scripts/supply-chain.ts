// npm run supply-chain: whether what is installed is exactly what was looked at, and may be handed on.
import { readFileSync } from 'node:fs';
import { installedPackages } from './bill-of-materials.ts';
import {
  foreignLicences, inexactVersions, unlistedInstallScripts, unlockedPackages, type LockFile, type Manifest,
} from './supply-chain.rules.ts';

const lock = read<LockFile>('package-lock.json');
const policy = read<{ licences: string[]; installScripts: Record<string, string> }>('supply-chain.json');
const { components } = installedPackages(['dev']);

const findings = [
  ...inexactVersions(read<Manifest>('package.json')),
  ...unlockedPackages(lock),
  ...unlistedInstallScripts(lock, policy.installScripts),
  ...foreignLicences(components, policy.licences),
];
if (!readFileSync('.npmrc', 'utf8').split('\n').includes('ignore-scripts=true')) {
  findings.push('.npmrc: install scripts are not turned off (ignore-scripts=true)');
}

for (const finding of findings) process.stderr.write(`${finding}\n`);
if (findings.length === 0) {
  const locked = Object.keys(lock.packages).length - 1;
  process.stdout.write(`${locked} packages are locked; the licences of the ${components.length} of production are allowed.\n`);
}
process.exitCode = findings.length === 0 ? 0 : 1;

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(file, 'utf8')) as Content;
}
