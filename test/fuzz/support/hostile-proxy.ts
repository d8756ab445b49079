// A proxy before a real Redis that damages some of what Redis answers: never what it is asked.

import { connect, createServer, type Server, type Socket } from "node:net";
import { replyEnd } from "../../support/resp-connection.ts";
import { below, mutated, oneOf } from "./mutate.ts";

/** Answers of any other kind. */
const OTHERS = [
  "+OK\r\n",
  "-ERR no\r\n",
  "-NOSCRIPT no\r\n",
  "-LOADING no\r\n",
  "-READONLY no\r\n",
  "-MOVED 1 127.0.0.1:1\r\n",
  ":0\r\n",
  ":-1\r\n",
  ":9007199254740993\r\n",
  "$-1\r\n",
  "$0\r\n\r\n",
  "*0\r\n",
  "*-1\r\n",
  "_\r\n",
  "#t\r\n",
  ",nan\r\n",
  ",inf\r\n",
  "*2\r\n$4\r\ndone\r\n$1\r\nx\r\n",
  "*5\r\n$4\r\ndone\r\n$1\r\ne\r\n$5\r\n1e300\r\n$3\r\nnan\r\n:1\r\n",
  "*5\r\n$1\r\ne\r\n$1\r\n1\r\n$1\r\n1\r\n_\r\n*1\r\n*1\r\n:1\r\n",
  "%1\r\n+a\r\n+b\r\n",
  "*1\r\n*1\r\n*1\r\n*0\r\n",
  "~1\r\n:1\r\n",
  ">3\r\n+message\r\n$17\r\ncachee:invalidate\r\n$2\r\n{}\r\n",
  '>3\r\n+message\r\n$17\r\ncachee:invalidate\r\n$10\r\n{"all":1}x\r\n',
  ">2\r\n+invalidate\r\n_\r\n",
  ">1\r\n+message\r\n",
];

/** What becomes of one answer: these bytes go on; `undefined`: the connection ends. */
type Damage = (random: () => number, reply: Buffer, before: Buffer) => Buffer | undefined;

const DAMAGES: readonly Damage[] = [
  (random, reply) => mutated(random, reply),
  (random) => Buffer.from(oneOf(random, OTHERS)),
  // The answers of a connection shift by one: one is lost, comes twice, or another comes before it.
  () => Buffer.alloc(0),
  (_, reply) => Buffer.concat([reply, reply]),
  (random, reply) => Buffer.concat([Buffer.from(oneOf(random, OTHERS)), reply]),
  (_, reply, before) => Buffer.concat([before, reply]),
  () => undefined,
];

export class HostileProxy {
  /** The share of answers that are damaged. */
  rate = 0;
  damaged = 0;
  readonly #target: number;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: number, random: () => number): Promise<HostileProxy> {
    const proxy = new HostileProxy(target, random);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `redis://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    const end = () => {
      client.destroy();
      server.destroy();
      this.#sockets.delete(client);
    };
    this.#sockets.add(client);
    for (const socket of [client, server]) socket.on("error", end).on("close", end);
    client.on("data", (bytes: Buffer) => server.write(bytes));
    let held = Buffer.alloc(0);
    let before = Buffer.alloc(0);
    server.on("data", (bytes: Buffer) => {
      held = Buffer.concat([held, bytes]);
      for (;;) {
        const size = held.length === 0 ? -1 : replyEnd(held, 0);
        if (size < 0) return;
        const reply = held.subarray(0, size);
        held = held.subarray(size);
        const out = this.#random() < this.rate ? this.#damage(reply, before) : reply;
        if (out === undefined) return end();
        before = Buffer.from(reply);
        client.write(out);
      }
    });
  }

  #damage(reply: Buffer, before: Buffer): Buffer | undefined {
    this.damaged += 1;
    return DAMAGES[below(this.#random, DAMAGES.length)]!(this.#random, reply, before);
  }
}
