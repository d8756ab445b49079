// What all connections of one RESP listener share: the store, keys, limits, commands and their counts.

import type { PlainWrite, Store } from "../store/store.ts";
import { packName } from "./wire/arguments.ts";
import type { Client } from "./connection/connection.ts";
import type { Tally } from "./commands/command.ts";
import { everyCommand } from "./commands/command-table.ts";
import { createGetRow } from "./wire/get-row.ts";
import { OutputPool } from "./wire/output.ts";
import type { LaneOptions } from "../gate/lane-options.ts";

export interface RespLaneOptions extends LaneOptions {
  readonly instanceId: string;
  readonly version: string;
}

export class RespLane {
  readonly options: RespLaneOptions;
  readonly store: Store<unknown>;
  readonly outputs = new OutputPool();
  /** GETs read ahead, of the connection that runs. */
  readonly row = createGetRow();
  /** Filled anew for each SET of a key and a value. */
  readonly plainWrite: PlainWrite = {
    source: new Uint8Array(0),
    keyStart: 0,
    keyEnd: 0,
    valueStart: 0,
    valueEnd: 0,
    ttlMs: Number.POSITIVE_INFINITY,
  };
  readonly clients = new Map<number, Client>();
  /** The last of the rewrites under way of each key (see rewrite.ts); over a store without L2 there are none. */
  readonly rewrites = new Map<string, Promise<undefined>>();
  /** By lower-case name. */
  readonly tallies: ReadonlyMap<string, Tally>;
  /** By packed name (see Arguments); the short ones. */
  readonly packed: ReadonlyMap<number, Tally>;
  readonly getTally: Tally;
  readonly setTally: Tally;
  readonly mgetTally: Tally;
  /** Where it listens, once it does. */
  port = 0;
  /** Called when the last connection has gone. */
  onEmpty: () => void = () => {};
  #lastId = 0;

  constructor(options: RespLaneOptions) {
    this.options = options;
    this.store = options.store;
    const tallies: Tally[] = everyCommand().map((command) => ({ command, calls: 0, failed: 0 }));
    this.tallies = new Map(tallies.map((tally) => [tally.command.name, tally]));
    const short = tallies.filter((tally) => packName(tally.command.name) !== 0);
    this.packed = new Map(short.map((tally) => [packName(tally.command.name), tally]));
    this.getTally = this.tallies.get("get")!;
    this.setTally = this.tallies.get("set")!;
    this.mgetTally = this.tallies.get("mget")!;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** What changed at last is told to the clients that keep copies, in one write for each. */
  readonly #dirty = new Set<Client>();

  /** `client` has invalidations to be told once the present turn is over. */
  tellLater(client: Client): void {
    if (this.#dirty.size === 0) queueMicrotask(() => this.#tell());
    this.#dirty.add(client);
  }

  #tell(): void {
    const clients = [...this.#dirty];
    this.#dirty.clear();
    for (const client of clients) client.tell();
  }
}
