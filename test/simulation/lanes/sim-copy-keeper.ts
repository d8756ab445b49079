// A Redis client of one simulated instance that keeps copies of what it reads and drops those that it is told of (RESP3,
// CLIENT TRACKING ON), over the production lane.

import type { RespConnection } from "../../../src/resp/connection/resp-connection.ts";
import type { Schedule } from "../schedule.ts";
import { encodeCommand, type SimLanes } from "./sim-lanes.ts";

export class SimCopyKeeper {
  /** By key, what it takes for true. */
  readonly copies = new Map<string, string>();
  readonly connection: RespConnection;
  /** When it asked what was answered last: whatever its instance knew by then, it was told of before. */
  heardMs = Number.NEGATIVE_INFINITY;
  /** Called with each answer, before anything that was said after it is heard: a client may use its copies then. */
  onAnswer: () => void = () => {};
  readonly #lanes: SimLanes;
  readonly #schedule: Schedule;
  /** What was asked and is not yet answered, in order. */
  readonly #asked: { readonly key: string; readonly atMs: number }[] = [];

  constructor(lanes: SimLanes, schedule: Schedule) {
    this.#lanes = lanes;
    this.#schedule = schedule;
    let isTracking = false;
    this.connection = lanes.connectResp(
      (bytes) => isTracking && this.#hear(Buffer.from(bytes).toString("latin1").split("\r\n")),
    );
    this.#send("HELLO", "3");
    this.#send("CLIENT", "TRACKING", "ON");
    if (!this.connection.tracking.isOn) throw new Error("the copy keeper does not track");
    isTracking = true;
  }

  /** Its copy of `key`, if it was answered at all since `sinceMs`; else it asks for the value, to have it from then on. */
  use(key: string, sinceMs: number): string | undefined {
    const copy = this.copies.get(key);
    if (copy !== undefined && this.heardMs >= sinceMs) return copy;
    const atMs = this.#schedule.nowMs;
    this.#lanes.instance.run(() => {
      this.#asked.push({ key, atMs });
      this.#send("GET", key);
    }, true);
    return undefined;
  }

  #send(...words: readonly string[]): void {
    this.connection.receive(encodeCommand(words));
  }

  /** Obeys and takes in what was sent, which is whole, line by line: pushes, values, nulls, errors. */
  #hear(lines: readonly string[]): void {
    for (let i = 0; i < lines.length - 1; i++) {
      const line = lines[i]!;
      if (line.startsWith(">")) {
        const [, , name, count = "_"] = lines.slice(i, i + 4);
        if (name !== "invalidate") throw new Error(`a push of ${name}`);
        const dropped = count === "_" ? 0 : 2 * Number(count.slice(1));
        if (count === "_") this.copies.clear();
        for (let at = i + 5; at < i + 4 + dropped; at += 2) this.copies.delete(lines[at]!);
        i += 3 + dropped;
        continue;
      }
      const asked = this.#asked.shift();
      if (asked === undefined) throw new Error(`an answer to no question: ${line}`);
      const { key } = asked;
      this.heardMs = asked.atMs;
      this.onAnswer();
      if (line.startsWith("$")) this.copies.set(key, lines[++i]!);
      else this.copies.delete(key);
    }
  }
}
