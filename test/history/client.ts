// One sequential client of real servers: it reads, writes, removes, and fills from an application behind the cache.

import type { CacheeProcess } from "../support/cachee-process.ts";
import type { Random } from "../simulation/random.ts";
import type { SimOrigin } from "../simulation/sim-origin.ts";
import { BOUND_MS } from "./cluster-under-test.ts";
import { seenOf, type History, type Seen } from "./history.ts";
import { pass } from "./pass.ts";

/** Keys that clients write, `kept/` never removed, and keys that are filled under leases. */
export const KEYS = ["kept/1", "kept/2", "kept/3", "gone/1", "gone/2"];
export const FILLED = ["fill/1", "fill/2"];
const CLIENT_MS_MAX = 5_000;

export const isKept = (key: string) => key.startsWith("kept/");

export interface Tally {
  unavailable: number;
  fills: number;
  refusedFills: number;
}

export interface ClientOptions {
  readonly id: number;
  readonly servers: readonly CacheeProcess[];
  readonly history: History;
  readonly origin: SimOrigin;
  readonly random: Random;
  readonly tally: Tally;
}

/** It keeps to one server, or roams. Who roams, or keeps to the server that has workers, sends back the versions that it
 *  was given. */
export class Client {
  readonly #options: ClientOptions;
  /** It asks others than the one that it wrote to: another server, or another worker of one. */
  readonly #roams: boolean;
  readonly #server: CacheeProcess | undefined;
  readonly #seen = new Map<string, { seen: Seen; version: string; atMs: number }>();
  #values = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { id, servers } = options;
    const index = id % servers.length;
    this.#server = id % 2 === 1 ? undefined : servers[index];
    this.#roams = id % 2 === 1 || index === servers.length - 1;
  }

  async run(untilMs: number): Promise<void> {
    const { random } = this.#options;
    while (performance.now() < untilMs) {
      const key = random.pick(KEYS);
      try {
        await this.#operate(key);
      } catch {
        // The client gave up: nothing is known.
        this.#seen.delete(key);
      }
      await pass(random.between(0, 4));
    }
  }

  #operate(key: string): Promise<void> {
    const { random, servers } = this.#options;
    const server = this.#server ?? random.pick(servers);
    const dice = random.next();
    if (dice < 0.6) return this.#read(server, key);
    if (dice < 0.75) return this.#write(server, key);
    if (dice < 0.79) return isKept(key) ? this.#write(server, key) : this.#remove(server, key);
    if (dice < 0.96) return this.#fill(server, random.pick(FILLED));
    return this.#change(server);
  }

  #count(response: Response): boolean {
    if (response.status !== 503) return false;
    this.#options.tally.unavailable += 1;
    return true;
  }

  async #read(server: CacheeProcess, key: string): Promise<void> {
    const { history, id } = this.#options;
    const invokedMs = performance.now();
    const last = this.#seen.get(key);
    const headers = this.#roams && last !== undefined ? { "x-min-version": last.version } : {};
    const response = await server.fetch(`/cache/${key}`, { headers, signal: deadline() });
    const text = await response.text();
    if (this.#count(response)) return;
    if (response.status !== 200 && response.status !== 404) {
      history.violate(`GET ${key} gave ${response.status}: ${text}`);
      return;
    }
    const version = response.headers.get("x-cache-version");
    const seen = response.status === 200 ? seenOf(version) : undefined;
    history.read({
      client: id,
      isPinned: !this.#roams,
      key,
      value: response.status === 200 ? text : undefined,
      seen,
      invokedMs,
      returnedMs: performance.now(),
      min: last,
      isStale: response.headers.get("cache-status")?.includes("stale") === true,
    });
    // What L1 serves inside the bound may have been lost by L2 in the meantime.
    if (seen !== undefined) this.#seen.set(key, { seen, version: version!, atMs: invokedMs - BOUND_MS });
    else this.#seen.delete(key);
  }

  async #write(server: CacheeProcess, key: string): Promise<void> {
    const { history, id } = this.#options;
    const invokedMs = performance.now();
    const value = `${id}-${++this.#values}`;
    const headers = { "cache-tag": key.slice(0, 4) };
    // On a connection of its own: fetch repeats what was sent on a kept one that has just died.
    const response = await server.fetch(`/cache/${key}`, {
      method: "PUT",
      body: value,
      headers,
      keepalive: false,
      signal: deadline(),
    });
    await response.text();
    if (this.#count(response)) return;
    const version = response.headers.get("x-cache-version");
    const seen = seenOf(version);
    if (seen === undefined) {
      history.violate(`PUT ${key} gave ${response.status} and no version`);
      return;
    }
    history.write({ key, value, invokedMs, ackedMs: performance.now(), seen });
    this.#seen.set(key, { seen, version: version!, atMs: invokedMs });
  }

  async #remove(server: CacheeProcess, key: string): Promise<void> {
    this.#seen.delete(key);
    const { random } = this.#options;
    const signal = deadline();
    const response = await (random.chance(0.4)
      ? server.fetch(`/cache/${key}`, { method: "DELETE", signal })
      : invalidate(server, random.pick([{ prefix: "gone/" }, { tags: ["gone"] }]), signal));
    await response.text();
  }

  /** Reads a key and, where this reader may fill it, does so from the application, which takes a while. */
  async #fill(server: CacheeProcess, key: string): Promise<void> {
    const { history, id, origin, tally, random } = this.#options;
    const invokedMs = performance.now();
    const response = await server.fetch(`/cache/${key}`, {
      headers: { "x-lease-wait": "0" },
      signal: deadline(),
    });
    const text = await response.text();
    if (this.#count(response)) return;
    if (response.status === 200)
      history.filled({ client: id, key, value: text, invokedMs, returnedMs: performance.now() });
    const token = response.headers.get("x-cache-lease");
    if (response.status !== 404 || token === null) return;
    const value = origin.read(key);
    await pass(random.between(0, 40));
    const headers = { "x-cache-lease": token, "cache-tag": "fill" };
    const put = await server.fetch(`/cache/${key}`, {
      method: "PUT",
      body: value,
      headers,
      keepalive: false,
      signal: deadline(),
    });
    await put.text();
    tally.fills += 1;
    if (put.status !== 412) return;
    tally.refusedFills += 1;
    origin.refuse(value);
  }

  /** The application changes what it has, and tells the cache. */
  async #change(server: CacheeProcess): Promise<void> {
    const { random, origin } = this.#options;
    const one = random.pick(FILLED);
    const [target, keys] = random.pick([
      [{ keys: [one] }, [one]],
      [{ prefix: "fill/" }, FILLED],
      [{ tags: ["fill"] }, FILLED],
    ] as const);
    const acknowledge = origin.change(keys, performance.now());
    const response = await invalidate(server, target, deadline());
    await response.text();
    if (response.status === 200) acknowledge(performance.now());
  }
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(CLIENT_MS_MAX);
}

function invalidate(server: CacheeProcess, target: object, signal: AbortSignal): Promise<Response> {
  return server.fetch("/invalidate", { method: "POST", body: JSON.stringify(target), signal });
}
