import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Chatter of the framework at start-up, of use only to who debugs it. */
const FRAMEWORK_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'GraphQLModule',
  'NestApplication',
]);

/** Lets `new Logger('Watcher')` of any room write structured lines. */
export class NestLogger implements LoggerService {
  constructor(private readonly out: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(FRAMEWORK_CONTEXTS.has(String(context)) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last; before it, for errors, the stack. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? rest.at(-1) : undefined;
    const [detail] = context === undefined ? rest : rest.slice(0, -1);
    const err = [message, ...rest].find((part) => part instanceof Error);
    const fields = {
      ...(context === undefined ? {} : { context }),
      ...(err === undefined ? {} : { err }),
      ...(typeof detail === 'object' && detail !== null && detail !== err ? detail : {}),
      ...(err === undefined && typeof detail === 'string' && level === 'error' ? { stack: detail } : {}),
    };
    this.out[level](fields, message instanceof Error ? message.message : String(message));
  }
}
