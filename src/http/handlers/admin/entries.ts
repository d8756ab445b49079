// GET /admin/entries and /admin/entry/{key}: the keys of the whole store, a page at a time, and what is known of one.

import { requireScope } from "../../../auth/api-key.ts";
import type { Clock } from "../../../base/clock.ts";
import { CacheeError } from "../../../base/errors.ts";
import { unavailable } from "../../../gate/unavailable.ts";
import { keyOfPath } from "../../../gate/key.ts";
import { formatVersion } from "../../../record/version.ts";
import type { Store } from "../../../store/store.ts";
import type { Handler } from "../../context.ts";
import type { Ready } from "../../fast/ready.ts";
import { jsonReply } from "../../reply/json-reply.ts";
import { keyNotFound } from "../../reply/key-not-found.ts";
import { problemOf } from "../../reply/problem.ts";
import { entryMetaOf, previewOf } from "./entry-meta.ts";
import { EntryPage, type EntryPageOptions } from "./entry-page.ts";
import { countOf, parametersOf, prefixOf } from "./query.ts";

export const ENTRY_PATH = "/admin/entry/";
const COUNT_MAX = 1_000;
const DETAILED_COUNT_MAX = 100;
const CURSOR = /^\d{1,20}$/;

/**
 * About `count` steps of a walk: `{"cursor","entries":[{"key",…}]}`, `0` being the first cursor and the last. What this
 * instance holds of them in L1 is told besides; `with=meta`: all that is known, wherever it lies, `with=value`: values too.
 */
export function entriesHandler(options: EntryPageOptions): Handler {
  const { store, clock } = options;
  return async (context) => {
    const parameters = parametersOf(context, ["prefix", "cursor", "count", "with"]);
    const cursor = parameters.get("cursor") ?? "0";
    if (!CURSOR.test(cursor)) throw new CacheeError("bad_query", "cursor is not one that a page gave.");
    const details = parameters.get("with");
    if (details !== null && details !== "meta" && details !== "value") {
      throw new CacheeError("bad_query", "with is neither meta nor value.");
    }
    const prefix = prefixOf(parameters, context.apiKey!);
    const countMax = details === null ? COUNT_MAX : DETAILED_COUNT_MAX;
    const page = await store.scan(cursor, countOf(parameters, countMax), prefix);
    if (page.kind === "unavailable") return problemOf(unavailable(page));
    if (details !== null) return new EntryPage(options, context, details === "value").reply(page);
    const nowMs = clock.nowMs();
    const entries = page.keys.map((key) => {
      const entry = store.engine.peek(key, nowMs);
      return entry === undefined ? { key } : entryMetaOf(key, entry.record, clock.wallMs());
    });
    return jsonReply({ cursor: page.cursor, entries });
  };
}

export function entryHandler(store: Store<Ready>, clock: Clock): Handler {
  return async (context) => {
    const key = keyOfPath(context.path.slice(ENTRY_PATH.length));
    requireScope(context.apiKey!, "admin", key);
    const result = await store.read(key, clock.nowMs());
    if (result.kind === "unavailable") return problemOf(unavailable(result));
    if (result.kind === "miss") return keyNotFound(undefined);
    const { record } = result.entry;
    return jsonReply({
      ...entryMetaOf(key, record, clock.wallMs()),
      version: formatVersion(result.version),
      tier: result.tier,
      stale: result.stale,
      preview: previewOf(record),
    });
  };
}
