// Clients that read and write real servers while everything fails around them; their history is checked at the end.

import type { CacheeProcess } from "../support/cachee-process.ts";
import { Random } from "../simulation/random.ts";
import { BOUND_MS, ClusterUnderTest } from "./cluster-under-test.ts";
import { History, seenOf, type Seen } from "./history.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly ms: number;
  readonly servers: number;
  readonly clients: number;
  readonly onEvent?: (line: string) => void;
}

export interface SoakResult {
  readonly reads: number;
  readonly writes: number;
  readonly unavailable: number;
  readonly nemeses: readonly string[];
  readonly violations: readonly string[];
  /** From the end of the last fault until every server answered and was proven. */
  readonly healedMs: number;
  /** Differences seen before the bound had passed, which are no violations. */
  readonly early: readonly string[];
}

const KEYS = ["kept/1", "kept/2", "kept/3", "gone/1", "gone/2"];
const CLIENT_MS_MAX = 5_000;

const isKept = (key: string) => key.startsWith("kept/");

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const random = new Random(options.seed);
  const history = new History(BOUND_MS);
  const cluster = await ClusterUnderTest.start(options.servers);
  const events: string[] = [];
  const untilMs = performance.now() + options.ms;
  const tally = { unavailable: 0 };
  try {
    const clients = Array.from({ length: options.clients }, (_, i) =>
      new Client(i, cluster.servers, history, new Random(options.seed * 1_000 + i), tally).run(untilMs),
    );
    while (performance.now() < untilMs - 1_500) {
      const nemesis = random.pick(cluster.nemeses(random, history));
      events.push(nemesis.name);
      options.onEvent?.(nemesis.name);
      await nemesis.run();
      await Bun.sleep(random.between(50, 600));
    }
    await Promise.all(clients);
    const healingMs = performance.now();
    await cluster.heal();
    const healedMs = performance.now() - healingMs;
    const early = await differing(cluster.servers);
    // A server whose bus was cut at the very end may serve what it has until its last proof is as old as the bound.
    await Bun.sleep(BOUND_MS);
    for (const sentence of await differing(cluster.servers)) history.violate(sentence);
    return {
      ...history.counts,
      ...tally,
      nemeses: events,
      violations: history.check(isKept),
      healedMs,
      early,
    };
  } finally {
    await cluster.stop();
  }
}

/** The keys that the servers answer differently, each as a sentence. */
async function differing(servers: readonly CacheeProcess[]): Promise<string[]> {
  const sentences: string[] = [];
  for (const key of KEYS) {
    const answers = await Promise.all(
      servers.map(async (server) => {
        const response = await server.get(key);
        return `${response.status} ${response.status === 200 ? await response.text() : ""}`;
      }),
    );
    if (new Set(answers).size > 1) sentences.push(`${key} has not converged: ${answers.join(" | ")}`);
  }
  return sentences;
}

/** One sequential client: it keeps to one server, or roams and sends back the versions that it was given. */
class Client {
  readonly #id: number;
  readonly #servers: readonly CacheeProcess[];
  readonly #history: History;
  readonly #random: Random;
  readonly #tally: { unavailable: number };
  readonly #roams: boolean;
  readonly #seen = new Map<string, { seen: Seen; version: string; atMs: number }>();
  #values = 0;

  constructor(
    id: number,
    servers: readonly CacheeProcess[],
    history: History,
    random: Random,
    tally: { unavailable: number },
  ) {
    this.#id = id;
    this.#servers = servers;
    this.#history = history;
    this.#random = random;
    this.#tally = tally;
    this.#roams = id % 2 === 1;
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      const server = this.#roams
        ? this.#random.pick(this.#servers)
        : this.#servers[this.#id % this.#servers.length]!;
      const key = this.#random.pick(KEYS);
      const dice = this.#random.next();
      try {
        if (dice < 0.75) await this.#read(server, key);
        else if (dice < 0.95 || isKept(key)) await this.#write(server, key);
        else await this.#remove(server, key);
      } catch {
        // The client gave up: nothing is known.
        this.#seen.delete(key);
      }
      await Bun.sleep(this.#random.between(0, 4));
    }
  }

  async #read(server: CacheeProcess, key: string): Promise<void> {
    const invokedMs = performance.now();
    const last = this.#seen.get(key);
    const headers = this.#roams && last !== undefined ? { "x-min-version": last.version } : {};
    const response = await server.fetch(`/cache/${key}`, {
      headers,
      signal: AbortSignal.timeout(CLIENT_MS_MAX),
    });
    const text = await response.text();
    if (response.status === 503) {
      this.#tally.unavailable += 1;
      return;
    }
    if (response.status !== 200 && response.status !== 404) {
      this.#history.violate(`GET ${key} gave ${response.status}: ${text}`);
      return;
    }
    const version = response.headers.get("x-cache-version");
    const seen = response.status === 200 ? seenOf(version) : undefined;
    this.#history.read({
      client: this.#id,
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
    const invokedMs = performance.now();
    const value = `${this.#id}-${++this.#values}`;
    const response = await server.fetch(`/cache/${key}`, {
      method: "PUT",
      body: value,
      signal: AbortSignal.timeout(CLIENT_MS_MAX),
    });
    await response.text();
    if (response.status === 503) {
      this.#tally.unavailable += 1;
      return;
    }
    const version = response.headers.get("x-cache-version");
    const seen = seenOf(version);
    if (seen === undefined) {
      this.#history.violate(`PUT ${key} gave ${response.status} and no version`);
      return;
    }
    this.#history.write({ key, value, invokedMs, ackedMs: performance.now(), seen });
    this.#seen.set(key, { seen, version: version!, atMs: invokedMs });
  }

  async #remove(server: CacheeProcess, key: string): Promise<void> {
    this.#seen.delete(key);
    const signal = AbortSignal.timeout(CLIENT_MS_MAX);
    const response = await (this.#random.chance(0.5)
      ? server.fetch(`/cache/${key}`, { method: "DELETE", signal })
      : server.fetch("/invalidate", { method: "POST", body: JSON.stringify({ prefix: "gone/" }), signal }));
    await response.text();
  }
}
