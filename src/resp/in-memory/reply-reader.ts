// Reads RESP2 replies out of a stream of chunks, as the values that they stand for.

/** An error is a value too: what Redis says, without the leading `-`. */
export class ReplyError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A status is text; a bulk string is bytes. */
export type Reply = string | number | null | Uint8Array | ReplyError | readonly Reply[];

const CRLF = Buffer.from("\r\n");

export class ReplyReader {
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;

  feed(chunk: Uint8Array): void {
    const rest = this.#buffer.subarray(this.#at);
    this.#buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    this.#at = 0;
  }

  /** The next whole reply; `undefined`: more bytes are needed. Throws on what is no RESP2. */
  next(): Reply | undefined {
    const start = this.#at;
    const reply = this.#read();
    if (reply === undefined) this.#at = start;
    return reply;
  }

  #read(): Reply | undefined {
    const lineEnd = this.#buffer.indexOf(CRLF, this.#at);
    if (lineEnd < 0) return undefined;
    const kind = this.#buffer[this.#at];
    const line = this.#buffer.toString("utf8", this.#at + 1, lineEnd);
    this.#at = lineEnd + CRLF.length;
    switch (kind) {
      case 0x2b: // +
        return line;
      case 0x2d: // -
        return new ReplyError(line);
      case 0x3a: // :
        return Number(line);
      case 0x24: // $
        return this.#bulk(Number(line));
      case 0x2a: // *
        return this.#array(Number(line));
      default:
        throw new Error("not a RESP2 reply");
    }
  }

  #bulk(length: number): Reply | undefined {
    if (length < 0) return null;
    const end = this.#at + length;
    if (end + CRLF.length > this.#buffer.length) return undefined;
    const bytes = this.#buffer.subarray(this.#at, end);
    this.#at = end + CRLF.length;
    return bytes;
  }

  #array(length: number): Reply | undefined {
    if (length < 0) return null;
    const items: Reply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.#read();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}
