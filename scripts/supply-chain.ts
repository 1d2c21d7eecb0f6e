// npm run supply-chain: whether what is installed is exactly what was looked at, and may be handed on.
import { readFileSync } from 'node:fs';
import { productionPackages, type LockFile } from './bill-of-materials.ts';
import { foreignLicences, inexactVersions, unlistedInstallScripts, unlockedPackages, type Manifest } from './supply-chain.rules.ts';

const lock = read('package-lock.json') as LockFile;
const policy = read('supply-chain.json') as { licences: string[]; installScripts: Record<string, string> };
const { components } = productionPackages({ optional: true });

const findings = [
  ...inexactVersions(read('package.json') as Manifest),
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

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
