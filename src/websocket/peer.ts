// One WebSocket connection: reads its requests, answers them corked, tells it of what changed. Hot.

import { reportBug } from "../base/bug.ts";
import type { ServerWebSocket } from "bun";
import { requireScope } from "../auth/api-key.ts";
import { CacheeError } from "../base/errors.ts";
import { after } from "../base/maybe-promise.ts";
import { checkKey } from "../gate/key.ts";
import { unavailable } from "../gate/unavailable.ts";
import type { ReadResult, RemoveResult, WriteResult } from "../store/store.ts";
import type { Holder } from "../gate/tracker.ts";
import type { Session } from "../gate/session.ts";
import { conditionOf, draftOf } from "./draft.ts";
import { DELETE, GET, PROVE, PUT, TRACK, UNTRACK } from "./frames.ts";
import type { WebsocketLane } from "./lane.ts";
import { expiryIn } from "../record/in-place.ts";
import { placesOf, smallestCoding, type RecordPlace } from "./places.ts";

/** Keys told one by one; more of them at once are "drop all you hold". */
const TOLD_MAX = 10_000;

export class Peer implements Holder {
  readonly session: Session;
  readonly #lane: WebsocketLane;
  #socket: ServerWebSocket<Peer> | undefined;
  #dropped: string[] = [];
  #dropAll = false;
  #nowMs = 0;

  constructor(lane: WebsocketLane, session: Session) {
    this.#lane = lane;
    this.session = session;
  }

  opened(socket: ServerWebSocket<Peer>): void {
    this.#socket = socket;
    this.#lane.peers.add(this);
  }

  closed(): void {
    this.#socket = undefined;
    this.#lane.peers.delete(this);
    this.#lane.options.tracker.forget(this);
    this.session.end();
    this.#lane.options.connections.leave();
  }

  /** The server stops. */
  end(): void {
    this.#socket?.close(1001, "going away");
  }

  /** One message came in: all of its requests are answered in one message, but for those that wait for L2. */
  receive(message: Buffer): void {
    const { reader, writer, options } = this.#lane;
    const startNs = options.clock.nowNs();
    this.#nowMs = startNs / 1e6;
    if (this.session.isOutdated) this.session.renew();
    writer.reset();
    reader.begin(message);
    let count = 0;
    while (reader.next()) {
      count += 1;
      this.#answer(reader.operation, reader.id);
    }
    if (reader.isBroken) {
      options.connections.cut("protocol");
      writer.failed(0, "bad_frame", "The message is not a whole number of requests.");
    }
    this.#send();
    if (reader.isBroken) this.#socket?.close(1002, "bad frame");
    if (count > 0) options.laneTraffic.done(count, options.clock.nowNs() - startNs);
  }

  drop(key: string): void {
    if (this.#dropped.length < TOLD_MAX) this.#dropped.push(key);
    else this.#dropAll = true;
    this.#lane.tellLater(this);
  }

  dropAll(): void {
    this.#dropAll = true;
    this.#lane.tellLater(this);
  }

  /** Sends the invalidations that came up. */
  tell(): void {
    this.#lane.writer.reset();
    this.#writeDropped();
    this.#send();
  }

  #answer(operation: number, id: number): void {
    try {
      this.#run(operation, id);
    } catch (thrown) {
      this.#failed(operation, id, thrown);
    }
  }

  #run(operation: number, id: number): void {
    switch (operation) {
      case GET:
        return this.#get(id);
      case PUT:
        return this.#put(id);
      case DELETE:
        return this.#delete(id);
      case PROVE:
        this.#writeDropped();
        this.#lane.writer.proof(id, this.#lane.freshForMs(this.#nowMs));
        return this.#lane.count(operation, true);
      case UNTRACK:
        this.#lane.options.tracker.untrack(this, this.#lane.reader.key);
        this.#lane.writer.done(id, false);
        return this.#lane.count(operation, true);
      default:
        throw new CacheeError("bad_frame", `There is no operation ${operation}.`);
    }
  }

  #get(id: number): void {
    const { reader } = this.#lane;
    const { flags } = reader;
    const { store, tracker, laneTraffic } = this.#lane.options;
    const isFresh = store.isFresh(this.#nowMs);
    const { apiKey } = this.session;
    if (isFresh && (flags & TRACK) === 0 && apiKey?.read === true && apiKey.prefix === "") {
      const place = store.engine.seek(reader.message, reader.keyStart, reader.keyEnd, this.#nowMs);
      if (place !== undefined) {
        laneTraffic.l1Hits += 1;
        return this.#value(id, "", flags, place, this.#lane.freshForMs(this.#nowMs));
      }
    }
    const { key } = reader;
    this.#require("read", key);
    if ((flags & TRACK) !== 0) tracker.track(this, key);
    if (isFresh) {
      const entry = store.engine.get(key, this.#nowMs);
      if (entry !== undefined) {
        laneTraffic.l1Hits += 1;
        const place = store.engine.spanOf(entry);
        return this.#value(id, key, flags, place, this.#lane.freshForMs(this.#nowMs));
      }
    }
    checkKey(key);
    const result = store.read(key, this.#nowMs);
    if (!(result instanceof Promise)) return this.#read(id, key, flags, result);
    this.#late(GET, id, result, (read) => this.#read(id, key, flags, read));
  }

  #read(id: number, key: string, flags: number, result: ReadResult<unknown>): void {
    const { laneTraffic, clock } = this.#lane.options;
    switch (result.kind) {
      case "found": {
        laneTraffic[result.tier === "l1" ? "l1Hits" : "l2Hits"] += 1;
        const freshForMs = result.stale ? 0 : this.#lane.freshForMs(clock.nowMs());
        const { record } = result.entry;
        const place = { bytes: record, start: 0, end: record.length };
        return this.#value(id, key, flags, place, freshForMs);
      }
      case "miss":
        laneTraffic.misses += 1;
        this.#takeRate();
        this.#lane.writer.miss(id);
        return this.#lane.count(GET, true);
      case "unavailable":
        throw unavailable(result);
    }
  }

  /** `key` is looked at only where the client keeps a copy. */
  #value(id: number, key: string, flags: number, place: RecordPlace, freshForMs: number): void {
    const { clock, tracker } = this.#lane.options;
    const { bytes, start } = place;
    if ((flags & TRACK) !== 0) tracker.expires(key, expiryIn(bytes, start));
    const coding = smallestCoding(bytes, start, flags);
    this.#lane.writer.value(id, coding, bytes, placesOf(place, coding, freshForMs, clock.wallMs()));
    this.#lane.count(GET, true);
  }

  #put(id: number): void {
    const { reader, options } = this.#lane;
    const key = this.#writable(reader.key);
    const draft = draftOf(reader, options.valueBytesMax, options.defaultTtlMs);
    const result = options.store.write(key, draft, conditionOf(reader.flags));
    if (!(result instanceof Promise)) return this.#wrote(PUT, id, result);
    this.#late(PUT, id, result, (written) => this.#wrote(PUT, id, written));
  }

  #delete(id: number): void {
    const key = this.#writable(this.#lane.reader.key);
    const result = this.#lane.options.store.remove(key);
    if (!(result instanceof Promise)) return this.#wrote(DELETE, id, result);
    this.#late(DELETE, id, result, (removed) => this.#wrote(DELETE, id, removed));
  }

  #wrote(operation: number, id: number, result: WriteResult | RemoveResult): void {
    switch (result.kind) {
      case "written":
        this.#lane.writer.done(id, result.created);
        break;
      case "removed":
        this.#lane.writer.done(id, false);
        break;
      case "miss":
        this.#lane.writer.miss(id);
        break;
      case "failed_condition":
        throw new CacheeError("precondition_failed", "The entry is not as the request wants it.");
      case "too_large":
        throw new CacheeError("value_too_large", "The value with its variants does not fit into the cache.");
      case "unavailable":
        throw unavailable(result);
    }
    this.#lane.count(operation, true);
  }

  /** Answers when `result` is there, in a message of its own. */
  #late<T>(operation: number, id: number, result: Promise<T>, write: (value: T) => void): void {
    const answer = (value: T) => {
      if (this.#socket === undefined) return;
      this.#lane.writer.reset();
      write(value);
      this.#send();
    };
    const failed = (thrown: unknown) => {
      this.#lane.writer.reset();
      this.#failed(operation, id, thrown);
      this.#send();
    };
    void Promise.resolve(after(result, answer)).catch(failed);
  }

  #failed(operation: number, id: number, thrown: unknown): void {
    this.#lane.count(operation, false);
    if (thrown instanceof CacheeError) return this.#lane.writer.failed(id, thrown.code, thrown.message);
    const bug = reportBug(this.#lane.options.log, thrown, { lane: "websocket" });
    this.#lane.writer.failed(id, "internal", `A fault of the server; its log has this id: ${bug}`);
  }

  #require(scope: "read" | "write", key: string): void {
    const { apiKey } = this.session;
    if (apiKey === undefined) throw new CacheeError("unauthorized", "The API key is no longer known here.");
    requireScope(apiKey, scope, key);
  }

  #writable(key: string): string {
    checkKey(key);
    this.#require("write", key);
    this.#takeRate();
    return key;
  }

  #takeRate(): void {
    const { rateLimit } = this.#lane.options;
    if (rateLimit.take(this.session.apiKey!, 1, this.#nowMs) === 0) return;
    throw new CacheeError("rate_limited", rateLimit.detail);
  }

  #writeDropped(): void {
    const { writer } = this.#lane;
    if (this.#dropAll) writer.dropAll();
    else for (const key of this.#dropped) writer.invalidate(key);
    this.#dropped = [];
    this.#dropAll = false;
  }

  /** Sends what was written; a client that takes nothing is cut at the bound of what may wait for it. */
  #send(): void {
    const { writer, options } = this.#lane;
    if (writer.length === 0 || this.#socket === undefined) return;
    if (this.#socket.sendBinary(writer.bytes) !== 0) return;
    options.connections.cut("stalled");
    this.#socket.terminate();
  }
}
