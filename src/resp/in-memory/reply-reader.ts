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

/** An array has begun, whose items are to come. */
const BEGUN = Symbol("begun");
const CRLF = Buffer.from("\r\n");
const BYTES_MIN = 16 * 1024;

/** Values of replies are views of its buffers: those are never used again for anything else. */
export class ReplyReader {
  #buffer: Buffer = Buffer.allocUnsafeSlow(BYTES_MIN);
  #at = 0;
  /** Where what was fed ends. */
  #end = 0;
  /** Bytes from `#at` on that the bulk string in hand has. */
  #wanted = 0;
  /** Arrays that are not whole, the outermost first. */
  readonly #open: { readonly items: Reply[]; readonly length: number }[] = [];

  /** Copies `chunk`. */
  feed(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#begin(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Goes on in another buffer, with room for `more` bytes and for all of the bulk string in hand. */
  #begin(more: number): void {
    const rest = this.#end - this.#at;
    const buffer = Buffer.allocUnsafeSlow(Math.max(BYTES_MIN, 2 * rest, rest + more, this.#wanted));
    buffer.set(this.#buffer.subarray(this.#at, this.#end), 0);
    this.#buffer = buffer;
    this.#at = 0;
    this.#end = rest;
  }

  /** The next whole reply; `undefined`: more bytes are needed. Throws on what is no RESP2. */
  next(): Reply | undefined {
    this.#wanted = 0;
    for (;;) {
      let reply = this.#read();
      if (reply === undefined) return undefined;
      if (reply === BEGUN) continue;
      let open = this.#open.at(-1);
      while (open !== undefined) {
        open.items.push(reply);
        if (open.items.length < open.length) break;
        this.#open.pop();
        reply = open.items;
        open = this.#open.at(-1);
      }
      if (open === undefined) return reply;
    }
  }

  /** The next reply that is no array, or an empty one. */
  #read(): Reply | typeof BEGUN | undefined {
    const lineEnd = this.#buffer.indexOf(CRLF, this.#at);
    if (lineEnd < 0 || lineEnd + CRLF.length > this.#end) return undefined;
    const kind = this.#buffer[this.#at];
    const line = this.#buffer.toString("utf8", this.#at + 1, lineEnd);
    const next = lineEnd + CRLF.length;
    if (kind === 0x24) return this.#bulk(Number(line), next); // $
    this.#at = next;
    switch (kind) {
      case 0x2b: // +
        return line;
      case 0x2d: // -
        return new ReplyError(line);
      case 0x3a: // :
        return Number(line);
      case 0x2a: // *
        return this.#array(Number(line));
      default:
        throw new Error("not a RESP2 reply");
    }
  }

  #bulk(length: number, start: number): Reply | undefined {
    if (length < 0) {
      this.#at = start;
      return null;
    }
    const end = start + length;
    this.#wanted = end + CRLF.length - this.#at;
    if (end + CRLF.length > this.#end) return undefined;
    this.#at = end + CRLF.length;
    return this.#buffer.subarray(start, end);
  }

  #array(length: number): Reply | typeof BEGUN {
    if (length <= 0) return length < 0 ? null : [];
    this.#open.push({ items: [], length });
    return BEGUN;
  }
}
