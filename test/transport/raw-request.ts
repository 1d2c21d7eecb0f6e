import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** In lower case, as they came. */
  readonly head: string;
  readonly body: string;
}

export interface RawOptions {
  /** Where on loopback it comes from: another peer to the service. */
  readonly from?: string;
  readonly version?: string;
}

/** Sends exactly these header lines, which no ordinary client would. */
export async function rawRequest(url: string, target: string, lines: readonly string[], options: RawOptions = {}): Promise<RawAnswer> {
  const { from = '127.0.0.1', version = '1.1' } = options;
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), localAddress: from });
  socket.write(`GET ${target} HTTP/${version}\r\n${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  const text = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body };
}
