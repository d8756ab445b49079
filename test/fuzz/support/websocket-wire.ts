// WebSocket as bytes (RFC 6455): a client's handshake and frames, and what a server's bytes say.

export const CONTINUATION = 0;
export const BINARY = 2;
export const CLOSE = 8;

/** The request that opens a WebSocket at /ws. */
export function handshake(secret: string): Buffer {
  return Buffer.from(
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: cachee.1\r\nx-api-key: ${secret}\r\n\r\n`,
  );
}

/** One frame of a client, masked. */
export function frame(
  opcode: number,
  payload: Uint8Array,
  isFinal: boolean,
  mask: readonly number[],
): Buffer {
  const size = payload.length;
  const lengthBytes = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const bytes = Buffer.alloc(2 + lengthBytes + 4 + size);
  bytes[0] = (isFinal ? 0x80 : 0) | opcode;
  bytes[1] = 0x80 | (lengthBytes === 0 ? size : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) bytes.writeUInt16BE(size, 2);
  if (lengthBytes === 8) bytes.writeBigUInt64BE(BigInt(size), 2);
  const from = 2 + lengthBytes;
  bytes.set(mask, from);
  for (let i = 0; i < size; i++) bytes[from + 4 + i] = payload[i]! ^ mask[i % 4]!;
  return bytes;
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The status of the answer to the handshake, and the whole frames that followed it; `undefined`: not a server's bytes. */
export function parseServer(bytes: Buffer): { status: number; frames: readonly ServerFrame[] } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return bytes.length === 0 ? { status: 0, frames: [] } : undefined;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(bytes.toString("latin1", 0, headEnd))?.[1]);
  if (status !== 101) return Number.isNaN(status) ? undefined : { status, frames: [] };
  const frames: ServerFrame[] = [];
  for (let at = headEnd + 4; at + 2 <= bytes.length;) {
    const first = bytes[at]!;
    const short = bytes[at + 1]!;
    // Final, no extension, no mask, and an opcode that there is.
    if ((first & 0xf0) !== 0x80 || short > 127 || ![1, 2, 8, 9, 10].includes(first & 15)) return undefined;
    const lengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
    if (at + 2 + lengthBytes > bytes.length) break;
    const size =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const from = at + 2 + lengthBytes;
    if (from + size > bytes.length) break;
    frames.push({ opcode: first & 15, payload: bytes.subarray(from, from + size) });
    at = from + size;
  }
  return { status, frames };
}
