// POST /batch: reads, then writes, then deletes of many keys in one request; checked whole before anything is done.
//
// Values are bounded before they are copied, and nothing runs longer than a few ms at a time.

import type { Clock } from "../../base/clock.ts";
import { Turn } from "../turn.ts";
import { BATCH_READ_KEYS, BATCH_REPLY_BYTES_MAX, JSON_BYTES_MAX } from "../../base/limits.ts";
import type { RateLimit } from "../../gate/rate-limit.ts";
import { unavailable } from "../../gate/unavailable.ts";
import type { Traffic } from "../../observe/traffic.ts";
import { IDENTITY } from "../../record/coding.ts";
import { etagOf } from "../../record/etag.ts";
import { RecordView } from "../../record/record.ts";
import type { ReadResult, RemoveResult, Store, Unavailable, WriteResult } from "../../store/store.ts";
import { charged, type Context, type Handler } from "../context.ts";
import type { Ready } from "../fast/ready.ts";
import { pieceReply } from "../reply/piece-reply.ts";
import { Pieces } from "../reply/pieces.ts";
import { problem, problemOf } from "../reply/problem.ts";
import { rateRefusal } from "../reply/rate-refusal.ts";
import { acceptsGzip, type Preferences } from "../request/accept-encoding.ts";
import {
  BATCH_MEMBERS,
  batchRequestOf,
  type BatchRequest,
  type DraftLimits,
} from "../request/batch-request.ts";
import { readJsonObject } from "../request/json-body.ts";

export interface BatchOptions extends DraftLimits {
  readonly store: Store<Ready>;
  readonly rateLimit: RateLimit;
  readonly preferences: Preferences;
  readonly traffic: Traffic;
  readonly clock: Clock;
}

export function batchHandler(options: BatchOptions): Handler {
  /** Base64 makes three bytes four. */
  const bytesMax = Math.max(JSON_BYTES_MAX, Math.ceil(options.valueBytesMax * 1.4));
  return async (context) => {
    const body = await readJsonObject(context, bytesMax, BATCH_MEMBERS, "bad_batch");
    const request = batchRequestOf(body, context.apiKey!, options);
    const batch = new Batch(options, context);
    return batch.run(request);
  };
}

/** One batch as it is done; its parts give an answer where they have to end it, else nothing. */
class Batch {
  readonly #options: BatchOptions;
  readonly #context: Context;
  readonly #turn: Turn;
  readonly #charge;
  readonly #pieces: Pieces;
  #set = 0;
  #delete = 0;
  #hasEntry = false;

  constructor(options: BatchOptions, context: Context) {
    this.#options = options;
    this.#context = context;
    this.#turn = new Turn(context);
    this.#charge = charged(context, "answer");
    this.#pieces = new Pieces(this.#charge, this.#turn);
    this.#pieces.addText('{"get":{');
  }

  async run(request: BatchRequest): Promise<Response> {
    return (await this.#read(request.gets)) ?? (await this.#write(request)) ?? (await this.#reply());
  }

  async #read(keys: readonly string[]): Promise<Response | undefined> {
    const { store, clock } = this.#options;
    const absent: string[] = [];
    for (const [i, key] of keys.entries()) {
      const nowMs = clock.nowMs();
      const isThere = store.isFresh(nowMs) && store.engine.peek(key, nowMs) !== undefined;
      const result = isThere ? store.read(key, nowMs) : undefined;
      if (result === undefined || result instanceof Promise) absent.push(key);
      else await this.#add(key, result);
      await this.#rest(i + 1 < keys.length);
    }
    return rateRefusal(this.#options.rateLimit, this.#context, absent.length) ?? this.#readAbsent(absent);
  }

  /** Keys that L1 does not have, for which the rate was taken: what L2 has of them is given back. */
  async #readAbsent(keys: readonly string[]): Promise<Response | undefined> {
    const { store, rateLimit } = this.#options;
    if (store.isEmbedded) {
      for (const key of keys) await this.#add(key, { kind: "miss" });
      return undefined;
    }
    let [done, bytes, hits] = [0, 0, 0];
    while (done < keys.length) {
      // The first keys tell how large the values are, so that the others fit into what an answer may have.
      const fitting = done === 0 ? BATCH_READ_KEYS : Math.floor((BATCH_REPLY_BYTES_MAX * done) / (bytes + 1));
      const part = keys.slice(done, done + Math.max(1, fitting));
      const results = await store.batch(part.map((key) => ({ kind: "get" as const, key })));
      for (const [i, result] of results.entries()) {
        if (result.kind === "unavailable") return problemOf(unavailable(result));
        if (result.kind === "found") {
          bytes += result.entry.record.length;
          hits += 1;
        }
        await this.#add(part[i]!, result as ReadResult<Ready>);
      }
      done += part.length;
    }
    rateLimit.giveBack(this.#context.apiKey!, hits);
    return undefined;
  }

  async #add(key: string, result: ReadResult<Ready>): Promise<void> {
    const { traffic, clock } = this.#options;
    const pieces = this.#pieces;
    pieces.addText(`${this.#hasEntry ? "," : ""}${JSON.stringify(key)}:`);
    this.#hasEntry = true;
    if (result.kind !== "found") {
      traffic.coldMisses += 1;
      return pieces.addText("null");
    }
    if (result.tier === "l1") traffic.coldL1Hits += 1;
    else traffic.coldL2Hits += 1;
    const record = new RecordView(result.entry.record);
    const { body, contentType, hash, expiresAtWallMs } = record;
    const remainingMs = expiresAtWallMs - clock.wallMs();
    const ttl = Number.isFinite(remainingMs) ? Math.max(0, Math.ceil(remainingMs / 1_000)) : null;
    pieces.addText('{"value":');
    const encoding = await pieces.addString(body);
    const rest = JSON.stringify({ encoding, contentType, etag: etagOf(hash, IDENTITY), ttl });
    pieces.addText(`,${rest.slice(1)}`);
  }

  async #write({ sets, deletes }: BatchRequest): Promise<Response | undefined> {
    const { store, rateLimit } = this.#options;
    const refusal = rateRefusal(rateLimit, this.#context, sets.length + deletes.length);
    this.#context.change = changeOf(sets, deletes);
    if (refusal !== undefined) return refusal;
    const setting: (WriteResult | Promise<WriteResult>)[] = [];
    for (const { key, draft } of sets) {
      setting.push(store.write(key, draft));
      await this.#rest(setting.length < sets.length);
    }
    const deleting: (RemoveResult | Promise<RemoveResult>)[] = [];
    for (const key of deletes) {
      deleting.push(store.remove(key));
      await this.#rest(deleting.length < deletes.length);
    }
    const [written, removed] = await Promise.all([Promise.all(setting), Promise.all(deleting)]);
    this.#set = written.filter(({ kind }) => kind === "written").length;
    this.#delete = removed.filter(({ kind }) => kind === "removed").length;
    const failed = [...written, ...removed].find(
      (result): result is Unavailable => result.kind === "unavailable",
    );
    return failed === undefined ? undefined : partial(failed, written, removed);
  }

  /** Not behind the last of its items: a batch of one is never made to wait, on however busy a machine. */
  #rest(hasMore: boolean): Promise<void> | undefined {
    return hasMore && this.#turn.isOver ? this.#turn.rest() : undefined;
  }

  #reply(): Promise<Response> {
    this.#pieces.addText(`},"set":${this.#set},"delete":${this.#delete}}`);
    const gzip = acceptsGzip(this.#options.preferences, this.#context.request.headers);
    return pieceReply(this.#pieces, gzip, this.#charge, this.#context);
  }
}

/** What the batch is to change, if anything. */
function changeOf(sets: BatchRequest["sets"], deletes: BatchRequest["deletes"]): Context["change"] {
  const keys = [...sets.map(({ key }) => key), ...deletes];
  if (keys.length === 0) return undefined;
  const one = sets.length === 0 ? "batch_delete" : "batch_set";
  const operation = sets.length > 0 && deletes.length > 0 ? "batch" : one;
  return { operation, target: { kind: "keys", keys } };
}

/** The 503 of a batch of which L2 has not told all: what came of each write, in their order. */
function partial(
  failed: Unavailable,
  written: readonly WriteResult[],
  removed: readonly RemoveResult[],
): Response {
  const { code, message, headers } = unavailable(failed);
  const detail = `${message} Members "set" and "delete" tell what came of each item.`;
  return problem(code, detail, headers, { set: written.map(outcomeOf), delete: removed.map(outcomeOf) });
}

function outcomeOf({ kind }: WriteResult | RemoveResult): "done" | "not_done" | "unknown" {
  if (kind === "unavailable") return "unknown";
  return kind === "written" || kind === "removed" ? "done" : "not_done";
}
