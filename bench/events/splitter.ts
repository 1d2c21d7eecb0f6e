import { StringDecoder } from 'node:string_decoder';

/** Takes bytes as they arrive, and hands on each whole piece with the time at which its end was there. */
export function splitter(separator: string, take: (piece: string, atMs: number) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const atMs = performance.now();
    const pieces = (rest + decoder.write(chunk)).split(separator);
    rest = pieces.pop() ?? '';
    for (const piece of pieces) take(piece, atMs);
  };
}
