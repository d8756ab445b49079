// One RESP connection: runs its commands in order, one batch at a time, and answers them. Hot.

import { reportBug } from "../../base/bug.ts";
import type { Socket } from "bun";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import { LANE_PUSH_BYTES_MAX, RESP_BATCH_BYTES_MAX } from "../../base/limits.ts";
import { bodyBytes, bodyStart } from "../../record/in-place.ts";
import { packName, type Arguments } from "../wire/arguments.ts";
import { admit } from "./admission.ts";
import type { Tally } from "../commands/command.ts";
import { answerGet, answerGets } from "../fast/gets.ts";
import type { RespLane } from "../lane.ts";
import { mgetPlain } from "../fast/plain-mget.ts";
import { setPlain } from "../fast/plain-set.ts";
import { Outbox } from "./outbox.ts";
import type { Output } from "../wire/output.ts";
import { BROKEN, MORE, OVERSIZED, Parser } from "../wire/parser.ts";
import { Refusal } from "../wire/refusal.ts";
import { Session } from "../../gate/session.ts";
import { Tracking } from "./tracking.ts";

const GET = packName("get");
const SET = packName("set");
const MGET = packName("mget");
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

  /** The socket did not take all. */
  get isStalled(): boolean {
    return this.#outbox.isStalled;
  }

  /** So much waits that it is to be sent before more is answered. */
  get isFull(): boolean {
    return this.#outbox.waitingBytes >= RESP_BATCH_BYTES_MAX;
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
    if (this.isStalled && !this.flush()) return;
    this.#goOn();
  }

  /** Ends the connection once what waits is sent. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isRunning) this.flush();
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
  answer<T>(later: MaybePromise<T | Refusal>, write: (value: T) => void): MaybePromise<void> {
    return after(later, (value) => (value instanceof Refusal ? this.fail(value.text) : write(value)));
  }

  /** The value of the record that begins at `start` in `bytes`, as an answer. */
  value(bytes: Uint8Array, start = 0): void {
    this.#outbox.value(bytes, bodyStart(bytes, start), bodyBytes(bytes, start), this.nowMs);
  }

  /** Sends the invalidations that came up; not in the middle of a batch, which does it at its end. */
  tell(): void {
    if (this.#isRunning || this.#isClosed) return;
    if (!this.#outbox.isStalled) this.tracking.pushedBytes = 0;
    this.tracking.write();
    if (this.#outbox.isStalled) {
      if (this.tracking.pushedBytes > LANE_PUSH_BYTES_MAX) this.cut("pushes");
    } else {
      this.flush();
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
    let count = 0;
    let isCut = true;
    while (isCut) {
      this.#isRunning = true;
      try {
        count += this.#batch();
      } catch (thrown) {
        this.#bug(thrown);
      }
      this.#isRunning = false;
      // What the socket did not take a moment ago it may take now: then it never calls for more, and we go on.
      isCut = this.isStalled && !this.#isEnding && !this.#isBusy;
      if (!this.flush()) break;
    }
    if (count > 0) laneTraffic.done(count, clock.nowNs() - startNs);
  }

  /** Runs commands until there are no more, or one is not done at once, or the socket is full. Returns how many. */
  #batch(): number {
    const parser = this.#parser;
    let count = 0;
    let aheadTo = 0;
    while (!this.#isEnding && !parser.isDrained) {
      if (parser.position >= aheadTo) {
        count += answerGets(this, parser);
        if (this.isStalled) break;
        // What of the row L1 has not is not read ahead once more, nor is what comes behind it.
        aheadTo = this.lane.row.to;
      }
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
      if (this.isFull && !this.flush()) break;
    }
    return count;
  }

  #execute(): MaybePromise<void> {
    const { args } = this.#parser;
    const packed = args.packedName();
    const { apiKey } = this.session;
    if (packed === GET && args.count === 2 && !this.tracking.isOn && apiKey !== undefined && apiKey.read) {
      this.tally = this.lane.getTally;
      this.tally.calls += 1;
      return answerGet(this, args, apiKey.prefix);
    }
    if (packed === MGET && args.count > 1 && mgetPlain(this, args)) return undefined;
    if (packed === SET && args.count === 3 && setPlain(this, args)) return this.out.ok();
    const tally = admit(this, args, packed);
    if (tally === undefined) return undefined;
    tally.calls += 1;
    if (!this.tracking.isOn) return tally.command.run(this, args);
    return this.tracking.around(() => tally.command.run(this, args));
  }

  /** Lets `later` finish, and goes on from there. */
  #wait(later: Promise<void>): void {
    this.#isBusy = true;
    const goOn = () => {
      this.#isBusy = false;
      if (this.#isClosed) return;
      this.flush();
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

  /** Sends what waits; `true` once nothing does. */
  flush(): boolean {
    if (this.#isClosed) return false;
    this.tracking.write();
    const all = this.#outbox.flush(this.nowMs);
    if (all && this.#isEnding && !this.#isRunning && !this.#isBusy) this.socket.end();
    return all;
  }

  #bug(thrown: unknown): void {
    const command = this.tally?.command.name;
    const id = reportBug(this.lane.options.log, thrown, { lane: "resp", command });
    this.out.error(`ERR a fault of the server; its log has this id: ${id}`);
    this.#isEnding = true;
  }
}
