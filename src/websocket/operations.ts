// Carries out the requests of the WebSocket lane: each is checked, done in the store, and its answer written. Hot.

import { requireScope, type ApiKey } from "../auth/api-key.ts";
import { audit, isOperator } from "../base/audit.ts";
import { reportBug } from "../base/bug.ts";
import { CacheeError } from "../base/errors.ts";
import { WEBSOCKET_LARGE_BYTES } from "../base/limits.ts";
import { Charge } from "../gate/charge.ts";
import { checkKey } from "../gate/key.ts";
import type { Session } from "../gate/session.ts";
import type { Holder } from "../gate/tracker.ts";
import { makeRoom } from "../gate/make-room.ts";
import { unavailable } from "../gate/unavailable.ts";
import { expiryIn, variantBytes } from "../record/in-place.ts";
import { formatVersion, parseVersion } from "../record/version.ts";
import type { ReadResult, RemoveResult, WriteResult } from "../store/store.ts";
import { conditionOf, draftOf, failureOf } from "./draft.ts";
import { DELETE, GET, MIN_VERSION, PROVE, PUT, TELL_VERSION, TRACK, UNTRACK } from "./frames.ts";
import type { WebsocketLane } from "./lane.ts";
import { rememberAnswered, rememberRefused } from "./last-requests.ts";
import { smallestCoding } from "./smallest-coding.ts";

/** Who makes the requests. */
export interface Caller extends Holder {
  readonly session: Session;
  /** When the message of the present request came in, in engine time. */
  readonly nowMs: number;
  /** When that of the request that is answered came in. */
  readonly beganMs: number;
  /**
   * Has `write` called with `result` when it is there, and the answer that it writes sent in a message of its own.
   * `trackedKey`: the key of a GET whose client keeps a copy.
   */
  answerLater<T>(
    operation: number,
    id: number,
    result: Promise<T>,
    write: (value: T) => void,
    trackedKey?: string,
  ): void;
  /** Takes room for an answer of `bytes`, a large one, before it is written; `false`: there is none. */
  reserve(bytes: number): boolean;
  /** Writes the invalidations that came up. */
  writeInvalidations(): void;
}

/** A record that begins at `start` of `bytes`. */
interface RecordAt {
  readonly bytes: Uint8Array;
  readonly start: number;
}

/** A write or removal as it was asked for; `author` is the API key by which. */
interface ChangeAsked {
  readonly author: ApiKey | undefined;
  readonly operation: number;
  readonly id: number;
  readonly flags: number;
  readonly key: string;
}

const NOT_FOUND = "key_not_found";

export class Operations {
  readonly #lane: WebsocketLane;

  constructor(lane: WebsocketLane) {
    this.#lane = lane;
  }

  /** Carries out the request that the lane's reader has read last. */
  run(caller: Caller): void {
    const { operation, id } = this.#lane.reader;
    try {
      this.#run(caller, operation, id);
    } catch (thrown) {
      this.fail(caller, operation, id, thrown, this.#lane.reader.key);
    }
  }

  /** Writes that a request failed, of `key` where that is known: refused, or by a bug of the server, which is logged. */
  fail(caller: Caller, operation: number, id: number, thrown: unknown, key: string | null = null): void {
    const { writer, options } = this.#lane;
    this.#lane.count(operation, false);
    const code = thrown instanceof CacheeError ? thrown.code : "internal";
    const keyName = caller.session.apiKey?.name;
    options.traffic.refused(code, keyName);
    rememberRefused(this.#lane, caller, operation, key, code);
    const [{ lane }, name] = [options.laneTraffic, this.#lane.nameOf(operation)];
    options.log.debug("refused", { lane, operation: name, code, apiKey: keyName });
    if (thrown instanceof CacheeError) return writer.failed(id, thrown.code, thrown.message);
    const bug = reportBug(options.log, thrown, { lane: "websocket" });
    writer.failed(id, "internal", `A fault of the server; its log has this id: ${bug}`);
  }

  #run(caller: Caller, operation: number, id: number): void {
    switch (operation) {
      case GET:
        return this.#get(caller, id);
      case PUT:
        return this.#put(caller, id);
      case DELETE:
        return this.#delete(caller, id);
      case PROVE:
        caller.writeInvalidations();
        this.#lane.writer.proof(id, this.#lane.freshForMs(caller.nowMs));
        return this.#lane.count(operation, true);
      case UNTRACK:
        this.#lane.options.tracker.untrack(caller, this.#lane.reader.key);
        this.#lane.writer.done(id, false);
        return this.#lane.count(operation, true);
      default:
        throw new CacheeError("bad_frame", `There is no operation ${operation}.`);
    }
  }

  #get(caller: Caller, id: number): void {
    const { reader } = this.#lane;
    const { flags } = reader;
    const { store, tracker, laneTraffic } = this.#lane.options;
    const { nowMs } = caller;
    const isFresh = store.isFresh(nowMs);
    const { apiKey } = caller.session;
    const isPlain = (flags & (TRACK | MIN_VERSION)) === 0;
    if (isFresh && isPlain && apiKey?.read === true && apiKey.prefix === "") {
      const span = store.engine.seek(reader.message, reader.keyStart, reader.keyEnd, nowMs);
      if (span !== undefined) {
        laneTraffic.l1Hits += 1;
        return this.#value(caller, id, "", flags, span, this.#lane.freshForMs(nowMs));
      }
    }
    const key = checkKey(reader.key);
    this.#require(caller, "read", key);
    const isTracked = (flags & TRACK) !== 0;
    if (isTracked) store.changes.attention.once();
    const minVersion = (flags & MIN_VERSION) === 0 ? undefined : parseVersion(reader.minVersion);
    if ((flags & MIN_VERSION) !== 0 && minVersion === undefined) {
      throw new CacheeError("bad_min_version", "The version asked for is not of the form EPOCH.N.");
    }
    if (isFresh && minVersion === undefined) {
      const entry = store.engine.get(key, nowMs);
      if (entry !== undefined) {
        laneTraffic.l1Hits += 1;
        if (isTracked) tracker.track(caller, key);
        const span = store.engine.spanOf(entry);
        return this.#value(caller, id, key, flags, span, this.#lane.freshForMs(nowMs));
      }
    }
    // A miss is paid for before L2 is asked; what it has was none.
    this.#takeRate(caller);
    if (isTracked) tracker.track(caller, key);
    const result = store.read(key, nowMs, minVersion);
    if (!(result instanceof Promise)) return this.#read(caller, id, key, flags, result);
    const write = (read: ReadResult<unknown>) => this.#read(caller, id, key, flags, read);
    caller.answerLater(GET, id, result, write, isTracked ? key : undefined);
  }

  #read(caller: Caller, id: number, key: string, flags: number, result: ReadResult<unknown>): void {
    const { laneTraffic, clock, rateLimit } = this.#lane.options;
    const { apiKey } = caller.session;
    if (result.kind !== "miss" && apiKey !== undefined) rateLimit.giveBack(apiKey, 1);
    switch (result.kind) {
      case "found": {
        laneTraffic[result.tier === "l1" ? "l1Hits" : "l2Hits"] += 1;
        const freshForMs = result.stale ? 0 : this.#lane.freshForMs(clock.nowMs());
        return this.#value(caller, id, key, flags, { bytes: result.entry.record, start: 0 }, freshForMs);
      }
      case "miss":
        laneTraffic.misses += 1;
        this.#lane.writer.miss(id);
        return this.#answered(caller, GET, key, NOT_FOUND);
      case "unavailable":
        throw unavailable(result);
    }
  }

  /** `key` is looked at only where the client keeps a copy. */
  #value(
    caller: Caller,
    id: number,
    key: string,
    flags: number,
    { bytes, start }: RecordAt,
    freshForMs: number,
  ): void {
    const { clock, tracker } = this.#lane.options;
    const expiresAtWallMs = expiryIn(bytes, start);
    if ((flags & TRACK) !== 0) tracker.expires(key, expiresAtWallMs);
    const coding = smallestCoding(bytes, start, flags);
    const valueBytes = variantBytes(bytes, coding, start);
    if (valueBytes >= WEBSOCKET_LARGE_BYTES && !caller.reserve(valueBytes)) throw overloaded();
    const ttlMs = Math.max(0, expiresAtWallMs - clock.wallMs());
    this.#lane.writer.value(id, coding, bytes, start, freshForMs, ttlMs);
    this.#answered(caller, GET, key, null);
  }

  #put(caller: Caller, id: number): void {
    const { reader, options } = this.#lane;
    const { flags } = reader;
    const { key } = reader;
    this.#requireWrite(caller, PUT, key);
    const author = caller.session.apiKey;
    const asked = { author, operation: PUT, id, flags, key };
    const draft = draftOf(reader, options.valueBytesMax, options.defaultTtlMs);
    const { store, inFlight } = options;
    const room = makeRoom(store, draft.body.length);
    const isLate = room !== undefined || !store.isEmbedded;
    const charge = isLate ? new Charge(inFlight, "websocket_input") : undefined;
    if (charge?.set(author!.name, draft.body.length) === false) throw overloaded();
    const write = () => store.write(key, draft, conditionOf(flags));
    const result = room === undefined ? write() : room.then(write);
    if (result instanceof Promise) {
      const done = result.finally(() => charge?.clear());
      return caller.answerLater(PUT, id, done, (written) => this.#wrote(caller, asked, written));
    }
    charge?.clear();
    this.#wrote(caller, asked, result);
  }

  #delete(caller: Caller, id: number): void {
    const { flags, key } = this.#lane.reader;
    this.#requireWrite(caller, DELETE, key);
    const asked = { author: caller.session.apiKey, operation: DELETE, id, flags, key };
    const result = this.#lane.options.store.remove(key);
    if (!(result instanceof Promise)) return this.#wrote(caller, asked, result);
    caller.answerLater(DELETE, id, result, (removed) => this.#wrote(caller, asked, removed));
  }

  #wrote(caller: Caller, asked: ChangeAsked, result: WriteResult | RemoveResult): void {
    const { author, operation, id, flags, key } = asked;
    const failure = failureOf(result);
    const outcome = result.kind === "miss" ? NOT_FOUND : "done";
    this.#audit(author, operation, key, failure?.code ?? outcome);
    if (failure !== undefined) throw failure;
    if (result.kind === "written" || result.kind === "removed") {
      const version = (flags & TELL_VERSION) === 0 ? "" : formatVersion(result.version);
      this.#lane.writer.done(id, result.kind === "written" && result.created, version);
    } else {
      this.#lane.writer.miss(id);
    }
    this.#answered(caller, operation, key, result.kind === "miss" ? NOT_FOUND : null);
  }

  /** Counts a request that was answered; `code`: of a miss. */
  #answered(caller: Caller, operation: number, key: string, code: string | null): void {
    this.#lane.count(operation, true);
    const { laneTraffic } = this.#lane.options;
    laneTraffic.untilRemembered -= 1;
    if (laneTraffic.untilRemembered <= 0) rememberAnswered(this.#lane, caller, operation, key, code);
  }

  #audit(author: ApiKey | undefined, operation: number, key: string, outcome: string): void {
    const { log, laneTraffic } = this.#lane.options;
    if (author === undefined || !isOperator(author)) return;
    audit(log, author, {
      lane: laneTraffic.lane,
      operation: this.#lane.nameOf(operation),
      target: { kind: "keys", keys: [key] },
      outcome,
    });
  }

  #require({ session }: Caller, scope: "read" | "write", key: string): void {
    const { apiKey } = session;
    if (apiKey === undefined) throw new CacheeError("unauthorized", "The API key is no longer known here.");
    requireScope(apiKey, scope, key);
  }

  #requireWrite(caller: Caller, operation: number, key: string): void {
    checkKey(key);
    try {
      this.#require(caller, "write", key);
      this.#takeRate(caller);
    } catch (thrown) {
      if (thrown instanceof CacheeError) this.#audit(caller.session.apiKey, operation, key, thrown.code);
      throw thrown;
    }
  }

  #takeRate({ session, nowMs }: Caller): void {
    const { rateLimit } = this.#lane.options;
    if (rateLimit.take(session.apiKey!, 1, nowMs) !== 0)
      throw new CacheeError("rate_limited", rateLimit.detail);
  }
}

function overloaded(): CacheeError {
  return new CacheeError("overloaded", "There is no room for this now: too much waits to be taken.");
}
