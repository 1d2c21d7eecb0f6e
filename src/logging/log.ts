import { pino, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../config/settings.js';
import { currentRequestId } from './request-context.js';

export type Log = Logger;

const SECRET_FIELDS = ['authorization', 'Authorization', 'apiKey', 'key', 'connectionParams'];

/** Pino's own way to stdout tries for ever, and never lets the process end, once nobody reads there any more. */
const STDOUT: DestinationStream = { write: (line) => void process.stdout.write(line) };

/** Structured lines on stdout; each bears the id of the request that it was written for. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [...SECRET_FIELDS, ...SECRET_FIELDS.map((field) => `*.${field}`), '*.headers.authorization'],
      censor: '[redacted]',
    },
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { requestId };
    },
  };
  return pino(options, destination ?? STDOUT);
}
