import type { WebSocket } from 'ws';

/** To read why a socket is closed. */
const LAST_WORD_MS = 1_000;

/** Closes a socket from which nothing more is taken: who ignores that is not read any more, and has gone in a moment. */
export function cutOff(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  socket.pause();
  setTimeout(() => socket.terminate(), LAST_WORD_MS);
}
