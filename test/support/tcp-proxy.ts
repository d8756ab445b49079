// A TCP proxy that misbehaves on demand: it delays, cuts, resets, truncates, and swallows.

import { connect, createServer, type Server, type Socket } from "node:net";

/** What happens to bytes from now on. `dark`: connections stay open and nothing passes. */
export type ProxyMood = "good" | "slow" | "dark" | "truncating" | "refusing";

const SLOW_MS = 40;
/** Bytes that a truncating connection still passes. */
const TRUNCATED_BYTES = 100;

export class TcpProxy {
  mood: ProxyMood = "good";
  /** The port that it leads to; connections made later go there. */
  target: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Chunks of a connection's one direction that are being held back. */
  readonly #waiting = new WeakMap<Socket, number>();
  readonly #dark = new WeakSet<Socket>();
  #port = 0;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    if (address !== null && typeof address === "object") proxy.#port = address.port;
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Ends all connections: in good order, or by a reset. */
  cut(isReset: boolean): void {
    for (const [client, server] of this.#pairs) {
      if (isReset) client.resetAndDestroy();
      else client.destroy();
      server.destroy();
    }
  }

  async stop(): Promise<void> {
    this.cut(false);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    if (this.mood === "refusing") {
      client.destroy();
      return;
    }
    const server = connect(this.target, "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on("error", end);
      from.on("close", end);
      from.on("data", (bytes: Buffer) => this.#pass(from, to, bytes, end));
    }
  }

  #pass(from: Socket, to: Socket, bytes: Buffer, end: () => void): void {
    if (this.#dark.has(from)) return;
    const write = () => {
      if (!to.destroyed) to.write(bytes);
    };
    switch (this.mood) {
      case "dark":
        // TCP loses nothing in the middle: what was swallowed once stays silent for good.
        this.#dark.add(from);
        return;
      case "slow":
        this.#later(from, write);
        return;
      case "truncating":
        if (bytes.length > TRUNCATED_BYTES) {
          to.write(bytes.subarray(0, TRUNCATED_BYTES), end);
          return;
        }
        break;
      case "good":
      case "refusing":
        break;
    }
    if (this.#waiting.has(from)) this.#later(from, write);
    else write();
  }

  /** Keeps the order of a connection: what comes after something slow waits for it. */
  #later(from: Socket, write: () => void): void {
    this.#waiting.set(from, (this.#waiting.get(from) ?? 0) + 1);
    setTimeout(() => {
      const left = (this.#waiting.get(from) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(from);
      else this.#waiting.set(from, left);
      write();
    }, SLOW_MS);
  }
}
