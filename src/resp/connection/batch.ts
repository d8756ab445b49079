// Runs the commands that a connection has received, in order, as far as they can be run at once. Hot.

import { loopWork } from "../../base/loop/loop-work.ts";
import { after, type MaybePromise } from "../../base/maybe-promise.ts";
import type { Call } from "../commands/call.ts";
import { answerGets } from "../fast/gets.ts";
import type { RespLane } from "../lane.ts";
import type { Outbox } from "../wire/outbox.ts";
import { BROKEN, MORE, OVERSIZED } from "../wire/parser.ts";
import { execute } from "./execute.ts";
import type { Input } from "./input.ts";

/** Words of commands, names and arguments, between two looks at the clock: a command costs by its keys. */
const LOOKED_AFTER = 128;
/** Bytes of answers that count as one of them. */
const BYTES_A_WORD = 256;

/** Work before it is known which command is run. */
const RUN = loopWork.kind("resp");

export class Batch {
  /** What the last run ended to wait for: an answer that is not there yet. */
  later: Promise<void> | undefined;
  /** The last run ended because its time was over, with commands left. */
  isInterrupted = false;
  /** The last run came to what is no RESP, which is answered. */
  isBroken = false;
  readonly #lane: RespLane;
  readonly #call: Call;
  readonly #input: Input;
  readonly #outbox: Outbox;

  constructor(lane: RespLane, call: Call, input: Input, outbox: Outbox) {
    this.#lane = lane;
    this.#call = call;
    this.#input = input;
    this.#outbox = outbox;
  }

  /**
   * Runs commands until there are no more, or one is not done at once, or the slice of time is over, or the socket
   * takes no more, or the connection ends. Returns how many.
   */
  run(): number {
    const call = this.#call;
    const lane = this.#lane;
    const { connection } = call;
    const { apiKey } = call.session;
    const { parser } = this.#input;
    let count = 0;
    let words = 0;
    let aheadTo = 0;
    this.later = undefined;
    this.isInterrupted = false;
    lane.slices.begin();
    loopWork.begin(RUN, lane.options.clock.nowNs());
    while (!connection.isOver) {
      if (parser.isDrained) {
        if (!this.#input.more()) break;
        aheadTo = 0;
      }
      // What comes behind AUTH is done in the turns of the key that it showed.
      this.isInterrupted = call.session.apiKey !== apiKey;
      if (this.isInterrupted) break;
      if (words >= LOOKED_AFTER) {
        words = 0;
        this.isInterrupted = lane.slices.isOver;
        if (this.isInterrupted) break;
      }
      const isPlain = !lane.pause.isOn && !this.#outbox.isMuted;
      if (isPlain && parser.position >= aheadTo) {
        const gets = answerGets(lane, call, parser);
        count += gets;
        words += 2 * gets;
        if (this.#outbox.isStalled) break;
        // What of the row L1 has not is not read ahead once more, nor is what comes behind it.
        aheadTo = lane.row.to;
      }
      parser.guest = call.session.apiKey === undefined;
      const status = parser.next();
      if (status === MORE) {
        if (!this.#input.more()) break;
        aheadTo = 0;
      } else if (status === BROKEN) {
        this.#refuseProtocol(parser.complaint);
        break;
      } else if (status === OVERSIZED) {
        call.counts = undefined;
        call.fail(`ERR the value is larger than ${lane.options.valueBytesMax} bytes`);
      } else if (parser.args.count > 0) {
        count += 1;
        const before = this.#outbox.waitingBytes;
        const later = execute(lane, call);
        words += parser.args.count + Math.max(0, this.#outbox.waitingBytes - before) / BYTES_A_WORD;
        this.later = (this.#outbox.isMuted ? this.#muted(later) : later) ?? undefined;
        if (this.later !== undefined) break;
        if (connection.subscriptions.isWaiting) connection.subscriptions.write();
        if (!call.flushIfFull()) break;
      }
    }
    return count;
  }

  /** Whatever the command answers, now or later, is not sent. */
  #muted(later: MaybePromise<void>): MaybePromise<void> {
    return after(later, () => this.#outbox.answered());
  }

  #refuseProtocol(complaint: string): void {
    this.#lane.options.connections.cut("protocol");
    this.#outbox.output.error(`ERR Protocol error: ${complaint}`);
    this.isBroken = true;
  }
}
