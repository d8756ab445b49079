// One RESP connection: runs its commands in order, one batch at a time, and answers them. Hot.

import type { Socket } from "bun";
import { after, type Later } from "../../base/later.ts";
import { LANE_PUSH_BYTES_MAX, RESP_BATCH_BYTES_MAX } from "../../base/limits.ts";
import { bodyBytes, bodyStart } from "../../store/record.ts";
import { keyFault } from "../../http/key.ts";
import { packName, type Arguments } from "./arguments.ts";
import { admit } from "./admission.ts";
import type { Tally } from "./command.ts";
import type { RespLane } from "./lane.ts";
import { Outbox } from "./outbox.ts";
import type { Output } from "./output.ts";
import { BROKEN, MORE, OVERSIZED, Parser } from "./parser.ts";
import { readEntry } from "./read-entry.ts";
import { NO_PERM_KEY, Refusal } from "./refusal.ts";
import { Session } from "../session.ts";
import { Tracking } from "./tracking.ts";

const GET = packName("get");
/** Bytes read ahead of a command that is not done, from which on the socket is not read. */
const HELD_BYTES_MAX = 1_048_576;

export class Client {
  readonly id: number;
  readonly lane: RespLane;
  readonly socket: Socket<Client>;
  readonly session: Session;
  readonly tracking: Tracking;
  readonly createdAtMs: number;
  /** Keys of the command that runs, checked. */
  readonly keys: string[] = [];
  name = "";
  libraryName = "";
  libraryVersion = "";
  /** When the present batch arrived, engine time; and the last one, on an idle connection. */
  nowMs: number;
  /** What it runs, or ran last. */
  tally: Tally | undefined;
  readonly #parser: Parser;
  readonly #outbox: Outbox;
  #isRunning = false;
  #isBusy = false;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;

  constructor(lane: RespLane, socket: Socket<Client>) {
    this.id = lane.nextId();
    this.lane = lane;
    this.socket = socket;
    this.session = new Session(lane.options.keyring, lane.options.connections);
    this.tracking = new Tracking(this);
    this.nowMs = lane.options.clock.nowMs();
    this.createdAtMs = this.nowMs;
    this.#parser = new Parser(lane.options.valueBytesMax);
    this.#outbox = new Outbox(socket, lane.outputs);
  }

  get out(): Output {
    return this.#outbox.output;
  }

  get args(): Arguments {
    return this.#parser.args;
  }

  get protocol(): 2 | 3 {
    return this.#outbox.protocol;
  }

  /** Since when it has taken nothing of what waits for it; nothing does: `undefined`. */
  get stalledSinceMs(): number | undefined {
    return this.#outbox.isStalled ? this.#outbox.stalledSinceMs : undefined;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  speak(protocol: 2 | 3): void {
    this.#outbox.switchTo(protocol);
  }

  /** Bytes came in. */
  receive(chunk: Buffer): void {
    this.#parser.feed(chunk);
    if (this.#isBusy || this.#outbox.isStalled) {
      if (!this.#isPaused && this.#parser.heldBytes > HELD_BYTES_MAX) {
        this.#isPaused = true;
        this.socket.pause();
      }
      return;
    }
    this.#run();
  }

  /** The socket takes more. */
  drain(): void {
    if (!this.#outbox.isStalled || !this.#flush()) return;
    this.#goOn();
  }

  /** Ends the connection once what waits is sent. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isRunning) this.#flush();
  }

  /** The socket is closed. */
  closed(): void {
    this.#isClosed = true;
    this.tracking.stop();
    this.session.end();
    this.#outbox.drop();
  }

  /** Answers with an error. */
  fail(text: string): void {
    if (this.tally !== undefined) this.tally.failed += 1;
    this.out.error(text);
  }

  /** Goes on to write the answer when `later` is there; a Refusal is answered as the error it is. */
  answer<T>(later: Later<T | Refusal>, write: (value: T) => void): Later<void> {
    return after(later, (value) => (value instanceof Refusal ? this.fail(value.text) : write(value)));
  }

  /** The value of `record` as an answer. */
  value(record: Uint8Array): void {
    this.#outbox.value(record, bodyStart(record), bodyBytes(record), this.nowMs);
  }

  /** Sends the invalidations that came up; not in the middle of a batch, which does it at its end. */
  tell(): void {
    if (this.#isRunning || this.#isClosed) return;
    if (!this.#outbox.isStalled) this.tracking.pushedBytes = 0;
    this.tracking.write();
    if (this.#outbox.isStalled) {
      if (this.tracking.pushedBytes > LANE_PUSH_BYTES_MAX) this.cut("pushes");
    } else {
      this.#flush();
    }
  }

  cut(reason: "idle" | "stalled" | "pushes" | "protocol"): void {
    this.lane.options.connections.cut(reason);
    this.socket.terminate();
  }

  #run(): void {
    if (this.#isRunning || this.#isEnding || this.#isClosed) return;
    const { clock, laneTraffic } = this.lane.options;
    const startNs = clock.nowNs();
    this.nowMs = startNs / 1e6;
    if (this.session.isOutdated) this.session.renew();
    this.#isRunning = true;
    let count = 0;
    try {
      count = this.#batch();
    } catch (thrown) {
      this.#bug(thrown);
    }
    this.#isRunning = false;
    this.#flush();
    if (count > 0) laneTraffic.done(count, clock.nowNs() - startNs);
  }

  /** Runs commands until there are no more, or one is not done at once, or the socket is full. Returns how many. */
  #batch(): number {
    const parser = this.#parser;
    let count = 0;
    while (!this.#isEnding) {
      parser.guest = this.session.apiKey === undefined;
      const status = parser.next();
      if (status === MORE) break;
      if (status === BROKEN) {
        this.lane.options.connections.cut("protocol");
        this.out.error(`ERR Protocol error: ${parser.complaint}`);
        this.#isEnding = true;
        break;
      }
      if (status === OVERSIZED) {
        this.tally = undefined;
        this.fail(`ERR the value is larger than ${this.lane.options.valueBytesMax} bytes`);
        continue;
      }
      if (parser.args.count === 0) continue;
      count += 1;
      const later = this.#execute();
      if (later !== undefined) {
        this.#wait(later);
        break;
      }
      if (this.#outbox.waitingBytes >= RESP_BATCH_BYTES_MAX && !this.#flush()) break;
    }
    return count;
  }

  #execute(): Later<void> {
    const { args } = this.#parser;
    const packed = args.packedName();
    const { apiKey } = this.session;
    if (packed === GET && args.count === 2 && !this.tracking.isOn && apiKey !== undefined && apiKey.read) {
      this.tally = this.lane.getTally;
      this.tally.calls += 1;
      return this.#get(args.text(1), apiKey.prefix);
    }
    const tally = admit(this, args, packed);
    if (tally === undefined) return undefined;
    tally.calls += 1;
    if (!this.tracking.isOn) return tally.command.run(this, args);
    return this.tracking.around(() => tally.command.run(this, args));
  }

  #get(key: string, prefix: string): Later<void> {
    if (prefix !== "" && !key.startsWith(prefix)) return this.fail(NO_PERM_KEY);
    const { store } = this.lane;
    if (this.nowMs < store.freshUntilMs) {
      const entry = store.engine.get(key, this.nowMs);
      if (entry !== undefined) {
        this.lane.options.traffic.hitsL1 += 1;
        this.value(entry.record);
        return undefined;
      }
    }
    const fault = keyFault(key);
    if (fault !== undefined) return this.fail(`ERR invalid key: ${fault.message}`);
    return readEntry(this, key, (record) => (record === undefined ? this.out.nil() : this.value(record)));
  }

  /** Lets `later` finish, and goes on from there. */
  #wait(later: Promise<void>): void {
    this.#isBusy = true;
    const goOn = () => {
      this.#isBusy = false;
      if (this.#isClosed) return;
      this.#flush();
      this.#goOn();
    };
    void later.catch((thrown: unknown) => this.#bug(thrown)).then(goOn);
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (!this.#isBusy && !this.#outbox.isStalled) this.#run();
    if (this.#isPaused && !this.#isBusy && !this.#outbox.isStalled && !this.#isClosed) {
      this.#isPaused = false;
      this.socket.resume();
    }
  }

  #flush(): boolean {
    if (this.#isClosed) return false;
    this.tracking.write();
    const all = this.#outbox.flush(this.nowMs);
    if (all && this.#isEnding && !this.#isRunning && !this.#isBusy) this.socket.end();
    return all;
  }

  #bug(thrown: unknown): void {
    const id = crypto.randomUUID();
    this.lane.options.log.error("bug", {
      id,
      lane: "resp",
      command: this.tally?.command.name,
      error: thrown instanceof Error ? thrown.message : String(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
    this.out.error(`ERR a fault of the server; its log has this id: ${id}`);
    this.#isEnding = true;
  }
}
