import { parseArgs } from 'node:util';
import { endpointsWithout, OPTIONAL_PARTS, type ApiEndpoint, type OptionalPart } from './docker/allowed/api-endpoints.js';
import { haproxyConfiguration } from './docker/allowed/socket-proxy.js';

/** `EX_USAGE` of sysexits.h. */
const WRONG_USE = 64;
const USE = `npm run --silent engine-endpoints -- [--format=text|json|haproxy] [--without=${OPTIONAL_PARTS.join(',')}]`;

const FORMATS: Readonly<Record<string, (without: readonly OptionalPart[]) => string>> = {
  text: (without) => endpointsWithout(without).map(line).join(''),
  json: (without) => `${JSON.stringify(endpointsWithout(without), null, 2)}\n`,
  haproxy: haproxyConfiguration,
};

process.exitCode = print(process.argv.slice(2));

/** Prints what may be asked of an engine; answers the exit code. */
function print(args: string[]): number {
  try {
    const options = { format: { type: 'string', default: 'text' }, without: { type: 'string', default: '' } } as const;
    const { format, without } = parseArgs({ args, options }).values;
    const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
    if (write === undefined) return misused(`there is no format ${format}`);
    const parts = without.split(',').filter((part) => part !== '');
    const unknown = parts.find((part) => !isPart(part));
    if (unknown !== undefined) return misused(`there is no part ${unknown} to leave out`);
    process.stdout.write(write(parts.filter(isPart)));
    return 0;
  } catch (error) {
    return misused((error as Error).message);
  }
}

function isPart(text: string): text is OptionalPart {
  return (OPTIONAL_PARTS as readonly string[]).includes(text);
}

function line({ method, path, query, part, why }: ApiEndpoint): string {
  const target = query.length === 0 ? path : `${path} (${query.join(', ')})`;
  return `${method.padEnd(6)} ${target.padEnd(50)} ${part.padEnd(6)} ${why}\n`;
}

function misused(why: string): number {
  process.stderr.write(`${why}\n${USE}\n`);
  return WRONG_USE;
}
