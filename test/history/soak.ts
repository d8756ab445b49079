// Clients that read and write real servers while everything fails around them; their history is checked at the end.

import { SECRET, type CacheeProcess } from "../support/cachee-process.ts";
import { until } from "../support/until.ts";
import { Random } from "../simulation/random.ts";
import { SimOrigin } from "../simulation/sim-origin.ts";
import { CollectionClient, halves, hearNews } from "./collections.ts";
import { Client, FILLED, isKept, KEYS, type Tally } from "./client.ts";
import { CopyKeeper } from "./copy-keeper.ts";
import { SocketCopyKeeper } from "./socket-copy-keeper.ts";
import { BOUND_MS, ClusterUnderTest, HEALED_MS_MAX } from "./cluster-under-test.ts";
import { History } from "./history.ts";
import { nemesesOf } from "./nemeses.ts";
import { pass } from "./pass.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly ms: number;
  readonly servers: number;
  readonly clients: number;
  readonly onEvent?: (line: string) => void;
}

export interface SoakResult extends Tally {
  readonly reads: number;
  readonly writes: number;
  /** Copies that clients kept and used. */
  readonly copies: number;
  /** The same of WebSocket clients. */
  readonly socketCopies: number;
  /** Operations on a hash and a set, transactions over both, and messages published. */
  readonly ofCollections: number;
  readonly nemeses: readonly string[];
  readonly violations: readonly string[];
  /** From the end of the last fault until every server answered and was proven. */
  readonly healedMs: number;
  /** Differences seen before the bound had passed, which are no violations. */
  readonly early: readonly string[];
}

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const random = new Random(options.seed);
  const origin = new SimOrigin();
  const history = new History(BOUND_MS, origin);
  const cluster = await ClusterUnderTest.start(options.servers);
  const events: string[] = [];
  const untilMs = performance.now() + options.ms;
  const tally: Tally = { unavailable: 0, fills: 0, refusedFills: 0 };
  try {
    const { servers } = cluster;
    const clients = Array.from({ length: options.clients }, (_, id) => {
      const own = new Random(options.seed * 1_000 + id);
      return new Client({ id, servers, history, origin, random: own, tally }).run(untilMs);
    });
    const keepers = cluster.respPorts.slice(0, servers.length).map((port, i) => {
      const own = new Random(options.seed * 1_000 + 500 + i);
      return new CopyKeeper({ id: 500 + i, port, secret: SECRET, history, random: own });
    });
    const socketKeepers = servers.map(({ url }, i) => {
      const own = new Random(options.seed * 1_000 + 600 + i);
      return new SocketCopyKeeper({ id: 600 + i, url, secret: SECRET, history, random: own });
    });
    const ofCollections = cluster.respPorts.slice(0, servers.length).map((port, i) => {
      const own = new Random(options.seed * 1_000 + 700 + i);
      return { id: 700 + i, port, secret: SECRET, history, random: own };
    });
    const collectors = ofCollections.map((one) => new CollectionClient(one));
    const hearing = ofCollections.map((one) => hearNews(one, untilMs));
    const keeping = [...keepers, ...socketKeepers, ...collectors].map((keeper) => keeper.run(untilMs));
    const strangers = disturb(cluster.stranger, new Random(options.seed * 1_000 + 999), untilMs);
    while (performance.now() < untilMs - 1_500) {
      const nemesis = random.pick(nemesesOf(cluster, random, history));
      events.push(nemesis.name);
      options.onEvent?.(nemesis.name);
      await nemesis.run();
      await pass(random.between(50, 600));
    }
    await Promise.all([...clients, ...keeping, ...hearing, strangers]);
    const healingMs = performance.now();
    await cluster.heal();
    const healedMs = performance.now() - healingMs;
    const early = await differing(servers);
    // A server whose bus was cut at the very end may serve what it has until its last proof is as old as the bound.
    await pass(BOUND_MS);
    for (const sentence of await differing(servers)) history.violate(sentence);
    for (const sentence of await halves(cluster.respPorts[0]!, SECRET)) history.violate(sentence);
    return {
      ...history.counts,
      ...tally,
      copies: sumOf(keepers),
      socketCopies: sumOf(socketKeepers),
      ofCollections: collectors.reduce((sum, { done }) => sum + done, 0),
      nemeses: events,
      violations: history.check(isKept),
      healedMs,
      early,
    };
  } finally {
    await cluster.stop();
  }
}

function sumOf(keepers: readonly { readonly used: number }[]): number {
  return keepers.reduce((sum, { used }) => sum + used, 0);
}

/** Writes the same keys in another fleet on another database. */
async function disturb(server: CacheeProcess, random: Random, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const key = random.pick([...KEYS, ...FILLED]);
    const init = { method: "PUT", body: "a stranger's", signal: AbortSignal.timeout(1_000) };
    await server
      .fetch(`/cache/${key}`, init)
      .then((response) => response.text())
      .catch(() => "");
    await pass(random.between(0, 50));
  }
}

/** What a server says of `key`; that it cannot tell now is no answer. */
async function answerOf(server: CacheeProcess, key: string): Promise<string> {
  let answer = "";
  await until(async () => {
    const response = await server.get(key);
    answer = `${response.status} ${response.status === 200 ? await response.text() : ""}`;
    return response.status !== 503;
  }, HEALED_MS_MAX);
  return answer;
}

/** The keys that the servers answer differently, each as a sentence. */
async function differing(servers: readonly CacheeProcess[]): Promise<string[]> {
  const sentences: string[] = [];
  for (const key of [...KEYS, ...FILLED]) {
    const answers = await Promise.all(servers.map((server) => answerOf(server, key)));
    if (new Set(answers).size > 1) sentences.push(`${key} has not converged: ${answers.join(" | ")}`);
  }
  return sentences;
}
