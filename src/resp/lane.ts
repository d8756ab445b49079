// What all connections of one RESP listener share: the store, keys, limits, commands and their counts.

import { loopWork } from "../base/loop/loop-work.ts";
import { Slices } from "../base/loop/slices.ts";
import type { Turns } from "../gate/turns.ts";
import type { PlainWrite, Store } from "../store/store.ts";
import type { CountedCommand } from "./commands/command.ts";
import { everyCommand } from "./commands/command-table.ts";
import type { ConnectionPort } from "./commands/connection-port.ts";
import { Monitoring } from "./commands/monitoring/monitoring.ts";
import type { RespLaneOptions, Services } from "./commands/services.ts";
import { defaultEncodingLimits } from "./commands/keys/encoding-limits.ts";
import { Pause } from "./commands/server/pause.ts";
import type { SentOperation } from "./commands/workers/lane-operation.ts";
import { runForOther } from "./commands/workers/operations.ts";
import { packName } from "./wire/arguments.ts";
import { createGetRow } from "./wire/get-row.ts";
import { OutputPool } from "./wire/output.ts";

/** A connection that has invalidations or messages to be told. */
interface Told {
  tell(): void;
  /** `tell` threw. */
  fault(thrown: unknown): void;
}

const TELL = loopWork.kind("resp invalidations");

export class RespLane implements Services {
  readonly options: RespLaneOptions;
  readonly store: Store<unknown>;
  readonly connections: ReadonlyMap<number, ConnectionPort>;
  /** The event loop's time, which all connections share. */
  readonly loop: Turns;
  /** The slice of the connection that runs. */
  readonly slices: Slices;
  readonly outputs = new OutputPool();
  readonly monitoring: Monitoring;
  readonly pause = new Pause();
  readonly encodings = defaultEncodingLimits();
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
  readonly turns = new Map<string, Promise<undefined>>();
  readonly commands: ReadonlyMap<string, CountedCommand>;
  /** Those with short names, by packed name (see Arguments). */
  readonly commandsByPackedName: ReadonlyMap<number, CountedCommand>;
  readonly get: CountedCommand;
  readonly set: CountedCommand;
  readonly mget: CountedCommand;
  port = 0;
  #lastId = 0;
  readonly #toTell = new Set<Told>();

  constructor(options: RespLaneOptions, connections: ReadonlyMap<number, ConnectionPort>) {
    this.options = options;
    this.store = options.store;
    this.loop = options.turns;
    this.slices = new Slices(options.clock.nowMs);
    this.connections = connections;
    this.monitoring = new Monitoring(this.outputs, options.clock.wallMs);
    const commands = everyCommand().map((command) => ({
      command,
      work: loopWork.kind(`resp ${command.name}`),
      calls: 0,
      failed: 0,
      rejected: 0,
      times: undefined,
    }));
    this.commands = new Map(commands.map((counted) => [counted.command.name, counted]));
    const short = commands.filter(({ command }) => packName(command.name) !== 0);
    this.commandsByPackedName = new Map(short.map((counted) => [packName(counted.command.name), counted]));
    this.get = this.commands.get("get")!;
    this.set = this.commands.get("set")!;
    this.mget = this.commands.get("mget")!;
    options.otherWorkers?.listen(options.laneTraffic.lane, (question) =>
      runForOther(this, question as SentOperation),
    );
  }

  /** No other connection of the instance has it: each worker takes one of as many as there are workers. */
  nextId(): number {
    this.#lastId += 1;
    this.monitoring.connectionsReceived += 1;
    const { index, count } = this.options.otherWorkers ?? { index: 0, count: 1 };
    return (this.#lastId - 1) * count + index + 1;
  }

  /** `connection` is told of what it has to be told, in one write, once the present turn of the event loop is over. */
  tellLater(connection: Told): void {
    if (this.#toTell.size === 0) queueMicrotask(() => this.#tell());
    this.#toTell.add(connection);
  }

  #tell(): void {
    loopWork.begin(TELL, this.options.clock.nowNs());
    const slices = new Slices(this.options.clock.nowMs);
    for (const connection of this.#toTell) {
      if (slices.isOver) {
        setImmediate(() => this.#tell());
        return;
      }
      this.#toTell.delete(connection);
      try {
        connection.tell();
      } catch (thrown) {
        connection.fault(thrown);
      }
    }
  }
}
