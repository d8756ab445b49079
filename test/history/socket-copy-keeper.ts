// A client of the WebSocket lane that keeps copies, as applications do: its near cache decides how long they are good.

import { within } from "../../src/base/deadline.ts";
import { NearCacheClient, type SocketLike } from "../../src/websocket/client/near-cache.ts";
import type { Random } from "../simulation/random.ts";
import { KEYS } from "./client.ts";
import type { History } from "./history.ts";
import { pass } from "./pass.ts";

/** Proofs are asked for this often, a few times within the bound on staleness. */
const PROVE_MS = 100;
const ANSWER_MS_MAX = 2_000;

export interface SocketCopyKeeperOptions {
  readonly id: number;
  /** `http://HOST:PORT` of the server. */
  readonly url: string;
  readonly secret: string;
  readonly history: History;
  readonly random: Random;
}

export class SocketCopyKeeper {
  /** Copies that were used. */
  used = 0;
  readonly #options: SocketCopyKeeperOptions;

  constructor(options: SocketCopyKeeperOptions) {
    this.#options = options;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      const socket = this.#connect();
      const client = new NearCacheClient(socket as unknown as SocketLike);
      let proving: Timer | undefined;
      try {
        await opened(socket);
        proving = setInterval(() => void client.prove().catch(() => {}), PROVE_MS);
        await this.#use(client, untilMs);
      } catch {
        // The connection was lost or said nothing for too long, and its copies went with it.
      }
      clearInterval(proving);
      client.close();
      await pass(20);
    }
  }

  #connect(): WebSocket {
    const { url, secret } = this.#options;
    const headers = { "x-api-key": secret };
    return new WebSocket(`${url.replace("http", "ws")}/ws`, { headers } as unknown as string[]);
  }

  async #use(client: NearCacheClient, untilMs: number): Promise<void> {
    const { id, random, history } = this.#options;
    while (performance.now() < untilMs) {
      const key = random.pick(KEYS);
      const before = client.ownHits;
      const invokedMs = performance.now();
      const copy = await within(ANSWER_MS_MAX, "an answer", client.get(key, { keep: true }));
      if (client.ownHits > before) this.used += 1;
      if (copy !== undefined) {
        const value = new TextDecoder().decode(copy.value);
        history.copy({ client: id, key, value, invokedMs, returnedMs: performance.now() });
      }
      await pass(random.between(0, 4));
    }
  }
}

function opened(socket: WebSocket): Promise<void> {
  const open = new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("close", () => reject(new Error("the connection was refused")));
  });
  return within(ANSWER_MS_MAX, "the connection", open);
}
