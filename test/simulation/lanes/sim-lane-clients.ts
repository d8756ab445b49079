// The clients of each instance that speak RESP and WebSocket: they write, change what they have read in one command, and
// keep copies. What they are told is judged as what all others are told.

import { NearCacheClient } from "../../../src/websocket/client/near-cache.ts";
import { parseVersion } from "../../../src/record/version.ts";
import { COUNTED, KEYS, TIMEOUT_MS, type SimClientsOptions } from "../sim-clients.ts";
import { BOUND_MS } from "../sim-judge.ts";
import { SimLanes } from "./sim-lanes.ts";
import { SimRespClient } from "./sim-resp-client.ts";

const OPERATION_MS = 60;
/** Proofs are asked for this often, a few times within the bound on staleness. */
const PROVE_MS = 150;

/** The clients of one instance. */
interface LaneClients {
  readonly lanes: SimLanes;
  readonly resp: SimRespClient;
  readonly near: NearCacheClient;
  /** The near cache waits for what it wrote: its version is then the last that it was told. */
  isWriting: boolean;
}

export class SimLaneClients {
  readonly #options: SimClientsOptions;
  readonly #clients: readonly LaneClients[];
  #values = 0;

  constructor(options: SimClientsOptions, lanes: readonly SimLanes[]) {
    this.#options = options;
    this.#clients = lanes.map((one) => ({
      lanes: one,
      resp: new SimRespClient(one),
      near: new NearCacheClient(one.connectWebsocket(), () => options.schedule.nowMs),
      isWriting: false,
    }));
  }

  /** Plans what they do from `fromMs` to `untilMs`. */
  plan(fromMs: number, untilMs: number): void {
    const { schedule, random } = this.#options;
    for (let atMs = fromMs; atMs < untilMs; atMs += random.between(0, 2 * OPERATION_MS)) {
      schedule.at(atMs, () => {
        const index = Math.floor(random.next() * this.#clients.length);
        this.#clients[index]!.lanes.instance.run(() => this.#operate(index));
      });
    }
    for (let atMs = fromMs; atMs < untilMs; atMs += PROVE_MS) {
      schedule.at(atMs, () => {
        for (const { near } of this.#clients) void near.prove().catch(() => {});
      });
    }
  }

  #operate(index: number): void {
    const { random } = this.#options;
    const key = random.pick(KEYS);
    const dice = random.next();
    if (dice < 0.35) void this.#read(index, key);
    else if (dice < 0.5) void this.#put(index, key);
    else if (dice < 0.55) void this.#clients[index]!.near.delete(key).catch(() => {});
    else if (!this.#clients[index]!.resp.isIdle) return;
    else if (dice < 0.7) void this.#set(index, key);
    else if (dice < 0.85) void this.#count(index);
    else void this.#change(index, key);
  }

  /** Reads by way of the near cache: whatever fails, a copy is used within the bound alone. */
  async #read(index: number, key: string): Promise<void> {
    const { near } = this.#clients[index]!;
    const { judge, schedule } = this.#options;
    const sinceMs = schedule.nowMs - BOUND_MS;
    const copy = await near.get(key, { keep: true }).catch(() => null);
    if (copy === null) return;
    const value = copy === undefined ? undefined : new TextDecoder().decode(copy.value);
    judge.told(index, key, value, sinceMs, "websocket");
  }

  async #put(index: number, key: string): Promise<void> {
    const clients = this.#clients[index]!;
    if (clients.isWriting) return;
    clients.isWriting = true;
    const { judge, schedule } = this.#options;
    const value = `w${++this.#values}`;
    const deadlineMs = schedule.nowMs + TIMEOUT_MS;
    const isDone = await clients.near.put(key, new TextEncoder().encode(value)).then(
      () => true,
      () => false,
    );
    clients.isWriting = false;
    if (!isDone) judge.expectNever(key, value, deadlineMs);
    else judge.acknowledged(index, key, value, parseVersion(clients.near.lastVersion)!);
  }

  async #set(index: number, key: string): Promise<void> {
    const { judge, schedule, note } = this.#options;
    const { resp } = this.#clients[index]!;
    const value = `r${++this.#values}`;
    const deadlineMs = schedule.nowMs + TIMEOUT_MS;
    const set = resp.ask("SET", key, value);
    const version = resp.ask("CACHEE.VERSION");
    const reply = await set;
    note(() => `SET ${index} ${key} ${value}: ${JSON.stringify(reply)}`);
    if (reply !== "OK") judge.expectNever(key, value, deadlineMs);
    else judge.acknowledged(index, key, value, parseVersion(String(await version))!);
  }

  /** Puts another value into the place of what is there, in one command. */
  async #count(index: number): Promise<void> {
    const { truth, violate } = this.#options;
    const value = `r${++this.#values}`;
    const old = await this.#clients[index]!.resp.ask("SET", COUNTED, value, "GET");
    if (old !== null && typeof old === "object") return;
    const before = truth.before(COUNTED, value);
    if (before !== (old ?? undefined)) {
      violate(`${COUNTED} was ${before} when ${value} took the place of ${old} on ${index}`);
    }
  }

  /** Gives what is there another expiry, or takes it out: what has been replaced meanwhile may not come back. */
  async #change(index: number, key: string): Promise<void> {
    const { random, judge } = this.#options;
    const ms = String(Math.ceil(random.between(300, 3_000)));
    const command = random.chance(0.7) ? ["GETEX", key, "PX", ms] : ["GETDEL", key];
    const sinceMs = judge.sinceMs(index, key);
    const reply = await this.#clients[index]!.resp.ask(...command);
    if (reply !== null && typeof reply === "object") return;
    judge.told(index, key, reply ?? undefined, sinceMs, command[0]!);
  }
}
