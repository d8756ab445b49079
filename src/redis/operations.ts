// L2's operations as scripts: what is asked becomes keys and arguments, and what is answered is checked. One connection each.

import { LEASE_MS, L2_READ_BYTES_MAX, L2_SCRIPT_KEYS_MAX } from "../base/limits.ts";
import { openMessage, releasedMessage, variantsMessage } from "../coherence/message.ts";
import { conditionParts } from "./condition-parts.ts";
import { L2Error } from "../store/l2-error.ts";
import type {
  L2Marked,
  L2MarkRequest,
  L2Operation,
  L2Operations,
  L2Outcome,
  L2Purged,
  L2PurgeRequest,
  L2Read,
  L2ReadRequest,
  L2RemoveRequest,
  L2Scanned,
  L2ScanRequest,
  L2SetRequest,
  L2StepPart,
  L2StepRequest,
  L2Swept,
  L2SweepRequest,
  L2VariantsRequest,
} from "../store/l2.ts";
import type { RedisArgument, RedisConnection } from "./connection.ts";
import type { RedisNames } from "./names.ts";
import { countOf, markFieldsOf, outcomeOf, readingOf, textOf, textOrNone } from "./replies.ts";
import type { RedisScript } from "./scripts/script.ts";
import { REDIS_SCRIPTS } from "./scripts/scripts.ts";

/** Entries that one step of a walk looks at, about. */
const SCAN_COUNT = 10 * L2_SCRIPT_KEYS_MAX;
/** Entries that one step of a sweep, and of a purge, looks at, about: each takes Redis up to 10 us, in which it answers
 *  nobody else. A purge is followed by the next where many are asked for, so that readers meet its steps all the time. */
const SWEEP_COUNT = 200;
const PURGE_COUNT = 64;
/** Redis keeps expiries as 64-bit ms; what is beyond this many ms from now is refused here, before a script runs. */
const TTL_MS_MAX = 2 ** 52;

type Handlers = {
  readonly [O in L2Operation]: (
    connection: RedisConnection,
    request: L2Operations[O]["request"],
  ) => Promise<L2Operations[O]["reply"]>;
};

export class RedisOperations {
  readonly #names: RedisNames;
  readonly #clockRunId: () => string | undefined;
  readonly #handlers: Handlers = {
    read: (connection, request) => this.#read(connection, request),
    set: (connection, request) => this.#set(connection, request),
    remove: (connection, request) => this.#remove(connection, request),
    step: (connection, request) => this.#step(connection, request),
    variants: (connection, request) => this.#variants(connection, request),
    mark: (connection, request) => this.#mark(connection, request),
    sweep: (connection, request) => this.#sweep(connection, request),
    purge: (connection, request) => this.#purge(connection, request),
    forget: async (connection, { epoch, n }) => {
      const { leases } = this.#names;
      const reply = await this.#run(connection, REDIS_SCRIPTS.forget, [leases], [epoch, String(n)]);
      return { forgotten: countOf(reply[1]) };
    },
    releaseLease: async (connection, { key, token }) => {
      const names = this.#names;
      const args = [token, names.publish, names.channel, releasedMessage(key)];
      const [, released] = await this.#run(connection, REDIS_SCRIPTS.release, [names.lease(key)], args);
      return { released: countOf(released) === 1 };
    },
    scan: (connection, request) => this.#scan(connection, request),
    count: async (connection, { cursor }) => {
      const some = await this.#scan(connection, { cursor, count: SCAN_COUNT, prefix: "" });
      return { cursor: some.cursor, count: some.keys.length };
    },
  };

  /** `clockRunId`: the run of Redis whose clock deadlines are reckoned by, once it was read. */
  constructor(names: RedisNames, clockRunId: () => string | undefined) {
    this.#names = names;
    this.#clockRunId = clockRunId;
  }

  run<O extends L2Operation>(
    connection: RedisConnection,
    operation: O,
    request: L2Operations[O]["request"],
  ): Promise<L2Operations[O]["reply"]> {
    return this.#handlers[operation](connection, request);
  }

  #run(
    connection: RedisConnection,
    script: RedisScript,
    keys: readonly RedisArgument[],
    args: readonly RedisArgument[],
  ): Promise<readonly unknown[]> {
    const { sequence, never } = this.#names;
    return connection.script(script, [sequence, never, ...keys], args);
  }

  async #read(connection: RedisConnection, request: L2ReadRequest): Promise<L2Read> {
    const { keys, lease } = request;
    const budget = { bytes: L2_READ_BYTES_MAX };
    const parts: Promise<L2Read>[] = [];
    for (let at = 0; at < keys.length; at += L2_SCRIPT_KEYS_MAX) {
      parts.push(this.#readPart(connection, keys.slice(at, at + L2_SCRIPT_KEYS_MAX), lease, budget));
    }
    const reads = await Promise.all(parts);
    return { ...reads.at(-1)!, values: reads.flatMap((read) => read.values) };
  }

  /** Asks until every key was answered for; all parts of a read together may not bring more than the budget. */
  async #readPart(
    connection: RedisConnection,
    keys: readonly string[],
    lease: string | undefined,
    budget: { bytes: number },
  ): Promise<L2Read> {
    const values: (Uint8Array | undefined)[] = [];
    for (;;) {
      const read = await this.#readSome(connection, keys.slice(values.length), lease);
      values.push(...read.values);
      if (values.length >= keys.length) return { ...read, values };
      for (const value of read.values) budget.bytes -= value?.length ?? 0;
      if (budget.bytes < 0) throw new L2Error("refused", "the values are too large together");
    }
  }

  async #readSome(
    connection: RedisConnection,
    keys: readonly string[],
    lease: string | undefined,
  ): Promise<L2Read> {
    const names = this.#names;
    const leases = lease === undefined ? [] : [names.lease(keys[0]!), names.leases];
    const entries = keys.map((key) => names.entry(key));
    const args = [String(keys.length), lease ?? "", String(LEASE_MS), ...keys];
    const reply = await this.#run(connection, REDIS_SCRIPTS.read, [...entries, ...leases], args);
    const granted = textOrNone(reply[4]);
    return {
      ...readingOf(reply, 1),
      leased: granted === undefined ? undefined : granted === "granted",
      values: reply.slice(5).map((value) => (value instanceof Buffer ? value : undefined)),
    };
  }

  async #set(connection: RedisConnection, request: L2SetRequest): Promise<L2Outcome> {
    const names = this.#names;
    const { key } = request;
    const reply = await this.#run(
      connection,
      REDIS_SCRIPTS.set,
      [names.entry(key), names.lease(key)],
      [
        ...this.#mutation(
          connection,
          openMessage({ kind: "keys", keys: [key] }, request.origin),
          request.notAfterMs,
        ),
        key,
        ...valueParts(request),
        ...conditionParts(request.condition),
      ],
    );
    return outcomeOf(reply, ["late", "failed_condition", "lease_lost"]);
  }

  async #remove(connection: RedisConnection, request: L2RemoveRequest): Promise<L2Outcome> {
    const names = this.#names;
    const { keys } = request;
    const reply = await this.#run(
      connection,
      REDIS_SCRIPTS.remove,
      [...keys.map((key) => names.entry(key)), ...keys.map((key) => names.lease(key))],
      [
        ...this.#mutation(
          connection,
          openMessage({ kind: "keys", keys }, request.origin),
          request.notAfterMs,
        ),
        String(keys.length),
        ...keys,
        ...conditionParts(request.condition),
      ],
    );
    return outcomeOf(reply, ["late", "failed_condition", "lease_lost"]);
  }

  async #step(connection: RedisConnection, { parts, origin, notAfterMs }: L2StepRequest): Promise<L2Outcome> {
    const names = this.#names;
    const keys = parts.filter(({ put }) => put !== undefined).map(({ key }) => key);
    const args = parts.flatMap((part) => [part.key, ...checkParts(part), ...putParts(part)]);
    const message = openMessage({ kind: "keys", keys }, origin);
    const reply = await this.#run(
      connection,
      REDIS_SCRIPTS.step,
      [...parts.map(({ key }) => names.entry(key)), ...parts.map(({ key }) => names.lease(key))],
      [...this.#mutation(connection, message, notAfterMs), String(parts.length), ...args],
    );
    return outcomeOf(reply, ["late", "failed_condition", "lease_lost"]);
  }

  async #variants(connection: RedisConnection, request: L2VariantsRequest): Promise<{ added: boolean }> {
    const names = this.#names;
    const { key, epoch, n, record, origin } = request;
    const number = Buffer.alloc(8);
    number.writeDoubleLE(n);
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
    const message = variantsMessage(key, origin, epoch, n);
    const args = [epoch, number, bytes, names.publish, names.channel, message];
    const reply = await this.#run(connection, REDIS_SCRIPTS.variants, [names.entry(key)], args);
    return { added: countOf(reply[1]) === 1 };
  }

  async #mark(connection: RedisConnection, request: L2MarkRequest): Promise<L2Marked> {
    const { target, origin, owner, notAfterMs } = request;
    const args = [
      ...this.#mutation(connection, openMessage(target, origin), notAfterMs),
      owner,
      ...markFieldsOf(target),
    ];
    return outcomeOf(await this.#run(connection, REDIS_SCRIPTS.mark, [], args), ["late", "too_many_marks"]);
  }

  async #sweep(connection: RedisConnection, request: L2SweepRequest): Promise<L2Swept> {
    const args = this.#walkArgs(request.cursor, "", SWEEP_COUNT);
    const reply = await this.#run(connection, REDIS_SCRIPTS.sweep, [], args);
    return { cursor: textOf(reply[1]), removed: countOf(reply[2]) };
  }

  /** The cursor is the number of tags that are through, and the cursor within the next. */
  async #purge(connection: RedisConnection, { tags, cursor }: L2PurgeRequest): Promise<L2Purged> {
    const [through, within] =
      cursor === "0" ? [0, "0"] : [Number.parseInt(cursor, 10), cursor.split(":")[1]!];
    const args = [String(PURGE_COUNT), within, ...tags.slice(through)];
    const reply = await this.#run(connection, REDIS_SCRIPTS.purge, [], args);
    const next = through + countOf(reply[1]);
    const isThrough = next >= tags.length;
    return {
      cursor: isThrough ? "0" : `${next}:${textOf(reply[2])}`,
      removed: countOf(reply[3]),
      isWhole: false,
    };
  }

  async #scan(connection: RedisConnection, request: L2ScanRequest): Promise<L2Scanned> {
    const args = this.#walkArgs(request.cursor, request.prefix, Math.min(request.count, SCAN_COUNT));
    const reply = await this.#run(connection, REDIS_SCRIPTS.walk, [], args);
    return { cursor: textOf(reply[1]), keys: reply.slice(2).map(textOf) };
  }

  #walkArgs(cursor: string, prefix: string, count: number): string[] {
    const { entryPrefix } = this.#names;
    const pattern = (entryPrefix + prefix).replaceAll(/[\\*?[\]]/g, "\\$&") + "*";
    return [cursor, pattern, String(count), String(Buffer.byteLength(entryPrefix))];
  }

  /** A deadline that was reckoned by the clock of another server than the one that this connection leads to is none: the
   *  change is refused. */
  #mutation(connection: RedisConnection, message: string, notAfterMs: number): string[] {
    const { publish, channel } = this.#names;
    const clockRunId = this.#clockRunId();
    const untilMs = clockRunId === undefined || clockRunId === connection.runId ? notAfterMs : 0;
    const notAfter = Number.isFinite(untilMs) ? untilMs.toFixed(3) : "";
    return [crypto.randomUUID(), notAfter, publish, channel, message];
  }
}

/** Record, TTL in ms (nothing for never), and ms that it is kept beyond it. */
function valueParts({
  record,
  ttlMs,
  staleMs,
}: Pick<L2SetRequest, "record" | "ttlMs" | "staleMs">): RedisArgument[] {
  if (Number.isFinite(ttlMs) && ttlMs + staleMs > TTL_MS_MAX)
    throw new L2Error("refused", "an expiry too far off");
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  return [bytes, Number.isFinite(ttlMs) ? String(ttlMs) : "", String(staleMs)];
}

function checkParts({ check }: L2StepPart): string[] {
  if (check === undefined) return ["", "", ""];
  return check === "absent" ? [check, "", ""] : ["version", check.epoch, String(check.n)];
}

function putParts({ put }: L2StepPart): RedisArgument[] {
  if (put === undefined) return ["", "", "", ""];
  return put === "nothing" ? ["remove", "", "", ""] : ["put", ...valueParts(put)];
}
