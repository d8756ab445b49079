// One process of the simulated Redis: its role, its run, and what it holds for each partition.

import type { SequenceReading } from "../../src/coherence/bus.ts";
import type { L2Operation, L2Operations } from "../../src/store/l2.ts";
import { MemoryL2 } from "../support/memory-l2/memory-l2.ts";
import type { SimScripts } from "./sim-scripts.ts";

export interface SimServerOptions {
  readonly name: string;
  readonly partitions: number;
  readonly wallMs: () => number;
  readonly makeEpoch: () => string;
  readonly publish: (server: SimServer, partition: number, text: string) => void;
}

/** Restores what a server held at some moment, in it or in another one. */
export type SimSnapshot = (into: SimServer) => void;

export class SimServer {
  readonly name: string;
  role: "primary" | "replica" = "primary";
  isUp = true;
  /** Counts its starts. */
  run = 1;
  /** Counts how often it has become the primary; its sequences name run and reign that they live in. */
  reign = 1;
  readonly #memories: readonly MemoryL2[];
  /** The reign that each partition's sequence names. */
  #sequenceReigns: string[];
  #stopped: (() => void)[] | undefined;
  #isSilent = false;
  /** Tokens of the rights to fill, by key, where leases are not tested. */
  readonly #leases = new Map<string, string>();

  constructor(options: SimServerOptions) {
    this.name = options.name;
    this.#memories = Array.from(
      { length: options.partitions },
      (_, partition) =>
        new MemoryL2({
          bytesMax: 2 ** 40,
          wallMs: options.wallMs,
          makeEpoch: options.makeEpoch,
          publish: (text) => {
            if (!this.#isSilent) options.publish(this, partition, text);
          },
        }),
    );
    this.#sequenceReigns = this.#memories.map(() => this.reignName);
  }

  get runName(): string {
    return `${this.name}${this.run}`;
  }

  get reignName(): string {
    return `${this.runName}.${this.reign}`;
  }

  memory(partition: number): MemoryL2 {
    return this.#memories[partition]!;
  }

  /** Whether the sequence of `partition` came from another reign than `reignName`. */
  hasMoved(partition: number, reignName: string): boolean {
    return this.memory(partition).hasClock && this.#sequenceReigns[partition] !== reignName;
  }

  adopt(partition: number): void {
    if (this.hasMoved(partition, this.reignName)) this.memory(partition).adopt();
    this.#sequenceReigns[partition] = this.reignName;
  }

  /** Runs one operation. Where leases are not tested, a fill under one that is held is written, whatever was
   *  invalidated since it was granted; where versions are not, a change is made whatever is there; where steps are not, all but the first key's. */
  execute<O extends L2Operation>(
    partition: number,
    operation: O,
    request: L2Operations[O]["request"],
    scripts: SimScripts,
  ): L2Operations[O]["reply"] {
    const memory = this.memory(partition);
    if (!scripts.testsVersions && "condition" in request && request.condition?.kind === "version")
      return memory.execute(operation, { ...request, condition: undefined });
    if (!scripts.testsSteps && "parts" in request) {
      const parts = request.parts.map((part, i) => (i === 0 ? part : { ...part, check: undefined }));
      return memory.execute(operation, { ...request, parts });
    }
    if (scripts.testsLeases) return memory.execute(operation, request);
    if ("condition" in request && request.condition?.kind === "lease" && "key" in request) {
      const { token } = request.condition;
      if (this.#leases.get(request.key) === token) {
        this.#leases.delete(request.key);
        return memory.execute(operation, { ...request, condition: undefined });
      }
    }
    const reply = memory.execute(operation, request);
    if ("lease" in request && request.lease !== undefined && "leased" in reply && reply.leased === true) {
      this.#leases.set(request.keys[0]!, request.lease);
    } else if (operation === "set" && "key" in request) this.#leases.delete(request.key);
    else if (operation === "remove" && "keys" in request)
      for (const key of request.keys) this.#leases.delete(key);
    return reply;
  }

  tick(partition: number): SequenceReading {
    return this.memory(partition).tick();
  }

  /** Takes a number of the sequence that nobody hears of. */
  skipNumber(partition: number): void {
    this.#isSilent = true;
    const common = { origin: "", notAfterMs: Number.POSITIVE_INFINITY, condition: undefined };
    this.memory(partition).execute("remove", { ...common, keys: ["nothing"] });
    this.#isSilent = false;
  }

  clear(): void {
    for (const memory of this.#memories) memory.clear();
    this.#sequenceReigns = this.#memories.map(() => this.reignName);
  }

  snapshot(): SimSnapshot {
    const parts = this.#memories.map((memory) => memory.snapshot());
    const reigns = [...this.#sequenceReigns];
    return (into) => {
      for (const [partition, restore] of parts.entries()) restore(into.memory(partition));
      into.#sequenceReigns = [...reigns];
    };
  }

  /** Runs `task` as Redis does: at once, or when it goes on. */
  serve(task: () => void): void {
    if (this.#stopped === undefined) task();
    else this.#stopped.push(task);
  }

  /** Stops the process until `resume`; whether it was running. */
  stop(): boolean {
    if (this.#stopped !== undefined) return false;
    this.#stopped = [];
    return true;
  }

  resume(): void {
    const waiting = this.#stopped ?? [];
    this.#stopped = undefined;
    for (const task of waiting) task();
  }

  kill(): void {
    this.isUp = false;
    this.#stopped = undefined;
  }
}
