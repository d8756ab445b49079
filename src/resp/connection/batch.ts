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
const BYTES_A_WORD = 64;

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
    const { apiKey } = call.session;
    const { parser } = this.#input;
    let count = 0;
    let words = 0;
    let aheadTo = 0;
    let rememberedAt = lane.options.laneTraffic.untilRemembered;
    this.later = undefined;
    this.isInterrupted = false;
    lane.slices.begin();
    loopWork.begin(RUN, lane.options.clock.nowNs());
    while (!call.connection.isOver) {
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
        if (gets > 0 && count >= rememberedAt) rememberedAt = count + this.#rememberGet(gets - 1);
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
        rememberedAt = this.#execute(count, rememberedAt);
        words += parser.args.count + Math.max(0, this.#outbox.waitingBytes - before) / BYTES_A_WORD;
        if (this.later !== undefined) break;
        if (call.connection.subscriptions.isWaiting) call.connection.subscriptions.write();
        if (!call.flushIfFull()) break;
      }
    }
    lane.options.laneTraffic.untilRemembered = rememberedAt - count;
    return count;
  }

  /** Whatever the command answers, now or later, is not sent. */
  #muted(later: MaybePromise<void>): MaybePromise<void> {
    return after(later, () => this.#outbox.answered());
  }

  /** Runs the command in the call, the `count`th of the run; gives at which count the next is remembered. */
  #execute(count: number, rememberedAt: number): number {
    const call = this.#call;
    const isRemembered = count >= rememberedAt;
    if (isRemembered) call.refusal = undefined;
    const later = execute(this.#lane, call);
    this.later = (this.#outbox.isMuted ? this.#muted(later) : later) ?? undefined;
    return isRemembered ? count + this.#remember() : rememberedAt;
  }

  /** Puts the GET at `index` of the row among the last requests; gives how many commands come until the next. */
  #rememberGet(index: number): number {
    const call = this.#call;
    const { row, options } = this.#lane;
    const { args } = call;
    call.counts = this.#lane.get;
    args.begin(this.#input.parser.buffer);
    args.push(0, 0);
    args.push(row.starts[index]!, row.ends[index]!);
    const oneIn = options.laneTraffic.remembered(call.nowMs);
    call.remember(null, oneIn);
    return options.laneTraffic.untilRemembered;
  }

  /** The same of the command that was just run, once it is answered: one that is refused is among them anyway. */
  #remember(): number {
    const call = this.#call;
    const { laneTraffic } = this.#lane.options;
    const oneIn = laneTraffic.remembered(call.nowMs);
    const remember = () => {
      if (call.refusal === undefined) call.remember(null, oneIn);
    };
    if (this.later === undefined) remember();
    else this.later = this.later.then(remember);
    return laneTraffic.untilRemembered;
  }

  #refuseProtocol(complaint: string): void {
    this.#lane.options.connections.cut("protocol");
    this.#outbox.output.error(`ERR Protocol error: ${complaint}`);
    this.isBroken = true;
  }
}
