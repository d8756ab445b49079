// One RESP connection: runs its commands in order, one batch at a time, and answers them. Hot.

import { reportBug } from "../../base/bug.ts";
import { LANE_PUSH_BYTES_MAX } from "../../base/limits.ts";
import type { CutReason, Guest } from "../../gate/connections.ts";
import { Session } from "../../gate/session.ts";
import { Call } from "../commands/call.ts";
import type { ConnectionPort } from "../commands/connection-port.ts";
import { Subscriptions } from "../commands/pubsub/subscriptions.ts";
import { Transaction } from "../commands/transactions/transaction.ts";
import { servicesWith } from "../commands/services.ts";
import { VersionedStore } from "../commands/versioned-store.ts";
import type { RespLane } from "../lane.ts";
import { Outbox } from "../wire/outbox.ts";
import { OVERLOADED } from "../wire/refusal.ts";
import { Batch } from "./batch.ts";
import type { ConnectionSocket } from "./connection-socket.ts";
import { Input } from "./input.ts";
import { SlowReader } from "./slow-reader.ts";
import { Tracking } from "./tracking.ts";

export class RespConnection implements ConnectionPort, Guest {
  readonly id: number;
  readonly address: string;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly session: Session;
  readonly tracking: Tracking;
  readonly transaction: Transaction;
  readonly subscriptions: Subscriptions;
  readonly versions: VersionedStore | undefined;
  readonly createdAtMs: number;
  name = "";
  libraryName = "";
  libraryVersion = "";
  readonly #lane: RespLane;
  readonly #socket: ConnectionSocket;
  readonly #input: Input;
  readonly #outbox: Outbox;
  readonly #call: Call;
  readonly #batch: Batch;
  readonly #slowReader: SlowReader;
  #isRunning = false;
  #isBusy = false;
  #isPaused = false;
  #isEnding = false;
  #isClosed = false;

  constructor(lane: RespLane, socket: ConnectionSocket) {
    const { options } = lane;
    this.id = lane.nextId();
    this.address = socket.remoteAddress;
    this.remoteAddress = `${this.address}:${socket.remotePort}`;
    this.localAddress = `${socket.localAddress}:${socket.localPort}`;
    this.#lane = lane;
    this.#socket = socket;
    this.createdAtMs = options.clock.nowMs();
    this.#input = new Input(options.inFlight, options.valueBytesMax);
    this.#outbox = new Outbox(socket, lane.outputs, (bytes) => this.#slowReader.settle(this.owner, bytes));
    this.#slowReader = new SlowReader(options.inFlight, () => this.cut("overloaded"));
    this.transaction = new Transaction(options.inFlight);
    this.versions = lane.store.isEmbedded ? undefined : new VersionedStore(lane.store, options.clock.nowMs);
    const services = this.versions === undefined ? lane : servicesWith(lane, this.versions.store);
    this.session = new Session(options.keyring, options.connections, this);
    const tellLater = () => lane.tellLater(this);
    this.tracking = new Tracking(options.tracker, lane.store.changes, this.#outbox, this.session, tellLater);
    this.subscriptions = new Subscriptions(options, this.#outbox, this.session, tellLater);
    this.#call = new Call(services, this, this.#input.parser.args, this.#outbox);
    this.#batch = new Batch(lane, this.#call, this.#input, this.#outbox);
  }

  get protocol(): 2 | 3 {
    return this.#outbox.protocol;
  }

  get activeAtMs(): number {
    return this.#call.nowMs;
  }

  get commandName(): string | undefined {
    return this.#call.counts?.command.name;
  }

  get heldBytes(): number {
    return this.#input.heldBytes;
  }

  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** Since when it has neither taken any of what waits for it nor sent anything; nothing waits: `undefined`. */
  get stalledSinceMs(): number | undefined {
    return this.#outbox.isStalled ? this.#outbox.stalledSinceMs : undefined;
  }

  /** A command of it waits for L2, or for its next slice. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Since when it has had no key: since it was opened, or last sent something after it gave its key back. */
  get guestSinceMs(): number | undefined {
    if (this.session.apiKey !== undefined) return undefined;
    return this.session.wasRecognised ? this.activeAtMs : this.createdAtMs;
  }

  get isOver(): boolean {
    return this.#isEnding || this.#isClosed;
  }

  switchTo(protocol: 2 | 3): void {
    this.#outbox.switchTo(protocol);
  }

  /** Bytes came in. */
  receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    if (!this.#isBusy && !this.#outbox.isStalled) {
      this.#input.parser.feed(chunk);
      this.#run();
      return;
    }
    this.#input.hold(chunk, this.owner);
    if (this.#outbox.isStalled) this.#outbox.stalledSinceMs = this.#lane.options.clock.nowMs();
    this.#pauseOrResume();
  }

  /** The client has sent all that it will: what came is run and answered, then the connection ends. */
  inputEnded(): void {
    this.#input.isEnded = true;
    if (!this.#isBusy && !this.#outbox.isStalled) this.#run();
  }

  /** The socket takes more. */
  drain(): void {
    if (this.#outbox.isStalled && !this.#flush()) return;
    this.#goOn();
  }

  end(): void {
    this.#isEnding = true;
    if (!this.#isRunning) this.#flush();
  }

  /** The socket is closed, or is about to be. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lane.loop.remove(this);
    this.tracking.forget();
    this.session.close();
    this.transaction.end();
    this.subscriptions.end();
    this.#outbox.drop();
    this.#input.drop();
    this.#slowReader.drop();
  }

  /** Sends the invalidations and messages that came up; not within an answer or before the one that is under way. */
  tell(): void {
    if (this.#isClosed) return;
    if (this.subscriptions.isOverrun) return this.cut("pushes");
    if (this.#isRunning || this.#isBusy) return;
    if (!this.#outbox.isStalled) this.tracking.pushedBytes = 0;
    this.#writePushes();
    if (!this.#outbox.isStalled) this.#flush();
    else if (this.tracking.pushedBytes > LANE_PUSH_BYTES_MAX) return this.cut("pushes");
    this.#settle();
  }

  /** The keys were exchanged: one whose key was taken away ends, one with other rights goes on with those. */
  recheckKey(): void {
    if (this.session.apiKey === undefined || this.#isClosed) return;
    this.session.renew();
    if (this.session.apiKey === undefined) this.cut("revoked");
    else if (!this.subscriptions.isAllowed) this.cut("revoked");
    else this.tracking.recheck();
  }

  cut(reason: CutReason): void {
    if (this.#isClosed) return;
    this.#lane.options.connections.cut(reason);
    this.closed();
    this.#socket.terminate();
  }

  /** Something was thrown that nobody expected: it is logged, and the connection ends. */
  fault(thrown: unknown): void {
    reportBug(this.#lane.options.log, thrown, { lane: "resp", command: this.commandName });
    this.cut("fault");
  }

  get owner(): string {
    return this.session.apiKey?.name ?? `addr:${this.address}`;
  }

  #run(): void {
    if (this.#isRunning || this.#isEnding || this.#isClosed) return;
    if (this.#lane.loop.isOver) return this.#waitForTurn();
    const { clock, laneTraffic } = this.#lane.options;
    const startNs = clock.nowNs();
    this.#call.nowMs = startNs / 1e6;
    if (this.session.isOutdated) this.session.renew();
    if (this.tracking.isOn && this.#call.nowMs >= this.#lane.store.freshUntilMs) this.tracking.dropAll();
    this.#writePushes();
    let count = 0;
    let isCut = true;
    while (isCut) {
      this.#isRunning = true;
      try {
        count += this.#batch.run();
      } catch (thrown) {
        this.#bug(thrown);
      }
      this.#isRunning = false;
      if (this.#batch.later !== undefined) this.#wait(this.#batch.later);
      else if (this.#batch.isInterrupted) this.#waitForTurn();
      if (this.#batch.isBroken) this.#isEnding = true;
      // What the socket did not take a moment ago it may take now: then it never calls for more, and we go on.
      isCut = this.#outbox.isStalled && !this.#isEnding && !this.#isBusy;
      if (!this.#flush()) break;
    }
    const ns = clock.nowNs() - startNs;
    this.#lane.loop.spent(ns, this.owner);
    if (count > 0) laneTraffic.done(count, ns, this.session.apiKey?.name);
    this.#settle();
    if (this.#input.isEnded && !this.#isBusy && !this.#outbox.isStalled && !this.#isEnding) this.end();
  }

  #waitForTurn(): void {
    this.#isBusy = true;
    this.#lane.loop.add(this);
  }

  goOn(): void {
    this.#isBusy = false;
    this.#flush();
    this.#goOn();
  }

  #wait(later: Promise<void>): void {
    this.#isBusy = true;
    const done = later.catch((thrown: unknown) => this.#bug(thrown)).then(() => this.goOn());
    done.catch((thrown: unknown) => this.fault(thrown));
  }

  #goOn(): void {
    if (this.#isClosed) return;
    if (!this.#isBusy && !this.#outbox.isStalled) this.#run();
    this.#pauseOrResume();
  }

  /** Reads the socket while what comes in can be held. */
  #pauseOrResume(): void {
    if (this.#isClosed) return;
    const input = this.#input;
    const isPaused = this.#outbox.isStalled ? input.isOverdrawn : this.#isBusy && input.isFull;
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Sends what waits; `true` once nothing does. */
  #flush(): boolean {
    if (this.#isClosed) return false;
    // A push within an answer would be no RESP, and one before the answer under way would come too early for it.
    if (!this.#isBusy) this.#writePushes();
    const all = this.#outbox.flush(this.#call.nowMs);
    if (all && this.#isEnding && !this.#isRunning && !this.#isBusy) this.#socket.end();
    return all;
  }

  #writePushes(): void {
    this.tracking.write();
    this.subscriptions.write();
  }

  /** Charges its owner with what it holds after a run: answers that were not taken, and a command that is not whole. */
  #settle(): void {
    if (this.#isClosed) return;
    const waiting = this.#outbox.isStalled ? this.#outbox.bufferBytes : 0;
    if (!this.#slowReader.settle(this.owner, waiting)) return this.cut("overloaded");
    const input = this.#input;
    if (input.heldBytes > 0 || input.isCharged) input.settle(this.owner, this.#isBusy);
    if (!input.isOverdrawn || this.#isBusy || this.#outbox.isStalled) return;
    this.#lane.options.connections.cut("overloaded");
    this.#outbox.output.error(OVERLOADED);
    this.end();
  }

  /** Answers a command that threw, and ends the connection. */
  #bug(thrown: unknown): void {
    const id = reportBug(this.#lane.options.log, thrown, { lane: "resp", command: this.commandName });
    this.#lane.options.connections.cut("fault");
    this.#outbox.output.error(`ERR a fault of the server; its log has this id: ${id}`);
    this.#isEnding = true;
  }
}
