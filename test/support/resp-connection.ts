// A bare RESP connection: bytes out, and the bytes of each answer back, uninterpreted.

import { connect, type Socket } from "node:net";

/** Where the answer that begins at `from` ends, or -1 when it is not whole; RESP2 and RESP3. */
export function replyEnd(bytes: Buffer, from: number): number {
  const line = bytes.indexOf("\r\n", from);
  if (line < 0) return -1;
  const type = String.fromCharCode(bytes[from]!);
  const count = Number(bytes.toString("latin1", from + 1, line));
  let at = line + 2;
  if (type === "$" || type === "=" || type === "!") {
    if (count < 0) return at;
    return at + count + 2 <= bytes.length ? at + count + 2 : -1;
  }
  if (!"*~>%".includes(type)) return at;
  for (let i = 0; i < (type === "%" ? 2 * count : count); i++) {
    at = replyEnd(bytes, at);
    if (at < 0) return -1;
  }
  return at;
}

/** A command as an array of bulk strings. */
export function encodeCommand(words: readonly (string | Uint8Array)[]): Buffer {
  const parts = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = typeof word === "string" ? Buffer.from(word, "utf8") : word;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), Buffer.from(bytes), Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

export class RespConnection {
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
    socket.on("error", () => {});
  }

  static async open(port: number, secret?: string): Promise<RespConnection> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    const connection = new RespConnection(socket);
    if (secret !== undefined) {
      const reply = await connection.ask("AUTH", secret);
      if (reply !== "+OK\r\n") throw new Error(reply);
    }
    return connection;
  }

  send(...words: (string | Uint8Array)[]): void {
    this.socket.write(encodeCommand(words));
  }

  /** The bytes of the next answer or push; throws once the connection is closed and none is left. */
  async reply(): Promise<Buffer> {
    for (;;) {
      const end = this.#bytes.length === 0 ? -1 : replyEnd(this.#bytes, 0);
      if (end >= 0) {
        const reply = this.#bytes.subarray(0, end);
        this.#bytes = this.#bytes.subarray(end);
        return reply;
      }
      if (this.isClosed) throw new Error("the connection is closed");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Sends a command and gives its answer, a character for each byte. */
  async ask(...words: (string | Uint8Array)[]): Promise<string> {
    this.send(...words);
    return (await this.reply()).toString("latin1");
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the sending side only. */
  endInput(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
