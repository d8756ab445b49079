// One address with two simulated servers behind it, of which one is the primary: what is done to them, and to the
// connections that lead to them.

import type { BusListener } from "../../src/coherence/bus.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import { SimConnection, type SimHost } from "./sim-connection.ts";
import { SimServer, type SimSnapshot } from "./sim-server.ts";

export interface SimRedisOptions {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly partitions: number;
  /** What the primary holds has changed, or may have. */
  readonly onMutation: () => void;
  /** What was acknowledged may be lost. */
  readonly onLoss: () => void;
}

export class SimRedis {
  /** Probability that a message to one subscriber is lost without a trace. */
  lossRate = 0;
  /** The longest that a delivery takes, now and then, ms. */
  delayMsMax = 300;
  readonly #options: SimRedisOptions;
  readonly #servers: readonly SimServer[];
  readonly #connections = new Set<SimConnection>();
  /** How long a replica is behind; `undefined`: there is none that could be promoted. */
  readonly #lagMs: number | undefined;
  #primary: SimServer;
  /** How far one server's clock is from the other's. */
  readonly #skewMs: number;
  /** From when on the replica follows the primary. */
  #linkedFromMs = 0;
  #epochs = 0;
  #snapshots: SimSnapshot[] = [];

  constructor(options: SimRedisOptions) {
    this.#options = options;
    const { random, schedule, partitions } = options;
    this.#lagMs = random.chance(0.3) ? random.pick([0.3, 20, 250]) : undefined;
    this.#skewMs = random.between(-500, 500);
    this.#servers = ["a", "b"].map(
      (name) =>
        new SimServer({
          name,
          partitions,
          wallMs: () => schedule.nowMs + 1e6 + (name === "b" ? this.#skewMs : 0),
          makeEpoch: () => {
            const count = String(++this.#epochs);
            return `${count.padStart(8, "0")}-0000-4000-8000-${count.padStart(12, "0")}`;
          },
          publish: (server, partition, text) => this.#publish(server, partition, text),
        }),
    );
    this.#primary = this.#servers[0]!;
    this.#servers[1]!.role = "replica";
  }

  get primary(): SimServer {
    return this.#primary;
  }

  get hasReplica(): boolean {
    return this.#lagMs !== undefined;
  }

  /** Publishes by hand, or as a stranger. */
  publish(partition: number, text: string): void {
    this.#publish(this.#primary, partition, text);
  }

  /** The primary's data has changed: replicas follow, and so does the truth. */
  changed(server: SimServer): void {
    if (server !== this.#primary) return;
    this.#replicate();
    this.#options.onMutation();
  }

  /** Connects to where the address leads; `opened` is called once the sequence was adopted, `closed` at the end. */
  connect(
    host: SimHost,
    partition: number,
    listener: BusListener | undefined,
    opened: (connection: SimConnection) => void,
    closed: () => void,
  ): SimConnection {
    const { schedule, random } = this.#options;
    const connection = new SimConnection({
      schedule,
      random,
      host,
      partition,
      listener,
      delayMsMax: () => this.delayMsMax,
      onClosed: () => {
        this.#connections.delete(connection);
        closed();
      },
    });
    schedule.after(random.between(0.05, 2), () => {
      const server = this.#primary;
      if (!server.isUp) {
        connection.cut();
        return;
      }
      connection.server = server;
      this.#connections.add(connection);
      connection.send(
        () => {
          if (server.role === "replica") return false;
          connection.reignName = server.reignName;
          server.adopt(partition);
          this.changed(server);
          return true;
        },
        (isPrimary) => (isPrimary ? opened(connection) : connection.close()),
      );
    });
    return connection;
  }

  stop(ms: number): void {
    const server = this.#primary;
    if (server.stop()) this.#options.schedule.after(ms, () => server.resume());
  }

  keepSnapshot(): void {
    this.#snapshots.push(this.#primary.snapshot());
  }

  flushAll(): void {
    this.#primary.clear();
    this.#snapshots = [];
    this.changed(this.#primary);
  }

  /** The primary goes down for `ms` and comes back as another run, with all, some or none of its data. */
  restart(ms: number, loss: "none" | "suffix" | "all"): void {
    const server = this.#primary;
    if (!server.isUp) return;
    server.kill();
    this.#cut(server, 1);
    this.#options.schedule.after(ms, () => {
      if (loss === "suffix" && this.#snapshots.length > 0) {
        this.#options.random.pick(this.#snapshots)(server);
        this.#options.onLoss();
      }
      server.isUp = true;
      server.run += 1;
      if (loss === "all") server.clear();
      this.#snapshots = [];
      this.changed(server);
    });
  }

  /** The replica becomes the primary of the address, and the other way round. Whoever is connected may stay so. */
  promote(): void {
    const { random, schedule } = this.#options;
    const old = this.#primary;
    if (this.#lagMs === undefined || !old.isUp) return;
    const next = this.#servers.find((server) => server !== old)!;
    next.role = "primary";
    next.reign += 1;
    old.role = "replica";
    this.#primary = next;
    this.#snapshots = [];
    this.#options.onLoss();
    this.#options.onMutation();
    // For as long as the demoted one has not found its new primary, it stays as old as it is.
    this.#linkedFromMs = schedule.nowMs + random.pick([1, 600, 3_000]);
    schedule.at(this.#linkedFromMs, () => this.#replicate());
    this.#cut(old, random.pick([0, 0.5, 1]));
  }

  /** The primary was the replica of a server that held what `restore` restores, and is the primary again: whoever is
   *  connected has not noticed. */
  returnAs(restore: SimSnapshot): void {
    const server = this.#primary;
    restore(server);
    server.reign += 1;
    this.#options.onLoss();
    this.changed(server);
  }

  /** Ends a random connection: noticed by both sides, or (half-open) by none. */
  breakOne(isHalfOpen: boolean): void {
    const connections = [...this.#connections];
    if (connections.length === 0) return;
    const connection = this.#options.random.pick(connections);
    if (isHalfOpen) connection.blackHole();
    else connection.cut();
    this.#connections.delete(connection);
  }

  #cut(server: SimServer, share: number): void {
    for (const connection of this.#connections) {
      if (connection.server !== server || !this.#options.random.chance(share)) continue;
      connection.cut();
      this.#connections.delete(connection);
    }
  }

  #replicate(): void {
    if (this.#lagMs === undefined || this.#options.schedule.nowMs < this.#linkedFromMs) return;
    const from = this.#primary;
    const snapshot = from.snapshot();
    this.#options.schedule.after(this.#lagMs, () => {
      for (const server of this.#servers) {
        if (server.role === "replica" && this.#primary === from) snapshot(server);
      }
    });
  }

  /** To every subscriber, each by its own connection; to those of a replica as late as all else. */
  #publish(from: SimServer, partition: number, text: string): void {
    const { random, schedule } = this.#options;
    for (const connection of this.#connections) {
      const { listener } = connection.options;
      if (listener === undefined || connection.options.partition !== partition) continue;
      if (random.chance(this.lossRate)) continue;
      const send = () => connection.deliver(() => listener.onMessage(text));
      if (connection.server === from) send();
      else if (this.#lagMs !== undefined && from === this.#primary && schedule.nowMs >= this.#linkedFromMs) {
        schedule.after(this.#lagMs, send);
      }
    }
  }
}
