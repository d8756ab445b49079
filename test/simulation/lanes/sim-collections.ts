// Clients that share a hash and a set, change both in one transaction, and change in one what they have watched. What they
// are told is judged as what all others are told.

import { partitionOf } from "../../../src/coherence/partition-of.ts";
import { ReplyError, type Reply } from "../../../src/resp/in-memory/reply-reader.ts";
import { COUNTED, type SimClientsOptions } from "../sim-clients.ts";
import { HASH_KEY, itemsOf, SET_KEY, textOf } from "../sim-content.ts";
import type { SimLanes } from "./sim-lanes.ts";
import { SimRespClient } from "./sim-resp-client.ts";

const OPERATION_MS = 50;
const FIELDS = ["a", "b", "c"];

/** The client of one instance. */
interface CollectionClient {
  readonly lanes: SimLanes;
  readonly resp: SimRespClient;
  /** Its last operation is under way. */
  isBusy: boolean;
}

export class SimCollections {
  readonly #options: SimClientsOptions;
  readonly #clients: readonly CollectionClient[];
  #values = 0;

  constructor(options: SimClientsOptions, lanes: readonly SimLanes[]) {
    this.#options = options;
    this.#clients = lanes.map((one) => ({ lanes: one, resp: new SimRespClient(one), isBusy: false }));
  }

  /** Plans what they do from `fromMs` to `untilMs`. */
  plan(fromMs: number, untilMs: number): void {
    const { schedule, random } = this.#options;
    for (let atMs = fromMs; atMs < untilMs; atMs += random.between(0, 2 * OPERATION_MS)) {
      schedule.at(atMs, () => {
        const index = Math.floor(random.next() * this.#clients.length);
        this.#clients[index]!.lanes.instance.run(() => void this.#run(index));
      });
    }
  }

  async #run(index: number): Promise<void> {
    const client = this.#clients[index]!;
    if (client.isBusy) return;
    client.isBusy = true;
    await this.#operate(index, client.resp);
    client.isBusy = false;
  }

  #operate(index: number, resp: SimRespClient): Promise<void> {
    const { random } = this.#options;
    const dice = random.next();
    const value = `n${++this.#values}`;
    const field = random.pick(FIELDS);
    if (dice < 0.2) return this.#read(index, resp, HASH_KEY);
    if (dice < 0.4) return this.#read(index, resp, SET_KEY);
    if (dice < 0.6)
      return this.#change(index, resp, HASH_KEY, ["HSET", HASH_KEY, field, value], `${field}=${value}`);
    if (dice < 0.75) return this.#change(index, resp, SET_KEY, ["SADD", SET_KEY, value], value);
    if (dice < 0.82) return this.#removeMember(index, resp);
    if (dice < 0.9) return this.#together(index, resp, value);
    return this.#watch(resp, value);
  }

  /** One of those there are: SPOP would take one that no seed knows. */
  async #removeMember(index: number, resp: SimRespClient): Promise<void> {
    const { truth, random } = this.#options;
    const members = itemsOf(truth.now(SET_KEY));
    if (members.length > 0) await this.#change(index, resp, SET_KEY, ["SREM", SET_KEY, random.pick(members)]);
  }

  async #read(index: number, resp: SimRespClient, key: string): Promise<void> {
    const { judge } = this.#options;
    const sinceMs = judge.sinceMs(index, key);
    const command = key === HASH_KEY ? "HGETALL" : "SMEMBERS";
    const reply = await resp.askFor(command, key);
    if (!Array.isArray(reply)) return;
    const words = reply.map(wordOf);
    const pairs = words.flatMap((word, i) => (i % 2 === 0 ? [`${word}=${words[i + 1]}`] : []));
    const items = key === HASH_KEY ? pairs : words;
    judge.told(index, key, items.length === 0 ? undefined : textOf(items), sinceMs, command);
  }

  /** A change of `key`; `item` is what is there then. */
  async #change(
    index: number,
    resp: SimRespClient,
    key: string,
    command: string[],
    item?: string,
  ): Promise<void> {
    const { note, judge } = this.#options;
    const reply = await resp.askFor(...command);
    note(() => `${command.join(" ")} on ${index}: ${JSON.stringify(reply)}`);
    if (reply instanceof ReplyError || item === undefined) return;
    judge.changed(index, key, item, (value) => itemsOf(value).includes(item));
  }

  /** Both keys are changed at one moment, where they lie in one partition. */
  async #together(index: number, resp: SimRespClient, value: string): Promise<void> {
    const { judge, truth, violate, schedule, note } = this.#options;
    const replies = [
      resp.askFor("MULTI"),
      resp.askFor("HSET", HASH_KEY, "both", value),
      resp.askFor("SADD", SET_KEY, value),
      resp.askFor("EXEC"),
    ];
    const done = (await Promise.all(replies)).at(-1)!;
    note(() => `EXEC ${value} on ${index}: ${JSON.stringify(done)}`);
    if (!Array.isArray(done) || done.some((reply) => reply instanceof ReplyError)) return;
    const item = `both=${value}`;
    judge.changed(index, HASH_KEY, item, (text) => itemsOf(text).includes(item));
    judge.changed(index, SET_KEY, value, (text) => itemsOf(text).includes(value));
    const began = (key: string, wanted: string) =>
      truth.beganWith(
        key,
        (text) => itemsOf(text).includes(wanted),
        Number.NEGATIVE_INFINITY,
        schedule.nowMs,
      );
    const partitions = this.#options.instances[index]!.store.shards.length;
    if (partitionOf(HASH_KEY, partitions) !== partitionOf(SET_KEY, partitions)) return;
    if (began(HASH_KEY, item) !== began(SET_KEY, value))
      violate(`${value} was not written to both keys at once`);
  }

  /** Puts another value into the place of one that is watched. */
  async #watch(resp: SimRespClient, value: string): Promise<void> {
    const { truth, violate, schedule } = this.#options;
    const askedMs = schedule.nowMs;
    const watched = await resp.askFor("WATCH", COUNTED);
    const read = await resp.askFor("GET", COUNTED);
    const readMs = schedule.nowMs;
    const replies = [resp.askFor("MULTI"), resp.askFor("SET", COUNTED, value), resp.askFor("EXEC")];
    const done = (await Promise.all(replies)).at(-1)!;
    if (watched !== "OK" || read instanceof ReplyError || !Array.isArray(done) || done[0] !== "OK") return;
    const base = read === null ? undefined : wordOf(read);
    const before = truth.before(COUNTED, value);
    // Versions are compared: what WATCH found absent may have come and gone again.
    const wasAbsent = truth.latest(COUNTED, undefined, askedMs, readMs) !== undefined;
    if (before !== base && !(before === undefined && wasAbsent)) {
      violate(
        `${COUNTED} was ${before} when ${value} took the place of ${base} at ${schedule.nowMs.toFixed(2)}`,
      );
    }
  }
}

function wordOf(reply: Reply): string {
  return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply);
}
