import type { Server } from 'node:http';
import { Logger, type INestApplication } from '@nestjs/common';

/** How long requests in flight may take to end. */
const GRACE_MS = 10_000;
const STOPPED_LATE = 1;

/** On SIGTERM and SIGINT: no new requests, those in flight end, streams are told, engines are let go. */
export function stopOnSignal(app: INestApplication): void {
  const log = new Logger('Shutdown');
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return;
    isStopping = true;
    log.log(`${signal}: stopping`);
    const late = setTimeout(() => {
      log.warn(`requests still run after ${GRACE_MS / 1000} s; cutting their connections`);
      (app.getHttpServer() as Server).closeAllConnections();
    }, GRACE_MS);
    const tooLate = setTimeout(() => process.exit(STOPPED_LATE), 2 * GRACE_MS);
    tooLate.unref();
    app.close().then(
      () => {
        clearTimeout(late);
        log.log('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error(error);
        process.exit(STOPPED_LATE);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
