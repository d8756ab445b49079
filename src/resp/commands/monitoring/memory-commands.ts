// MEMORY: the bytes of an entry, and of all.

import type { MaybePromise } from "../../../base/maybe-promise.ts";
import { SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import { readEntry } from "../read-entry.ts";
import { container, row } from "../rows.ts";
import { hasCommonL1, LANE_FIGURES, together, type LaneFigures } from "../workers/lane-figures.ts";
import { inAllWorkers } from "../workers/lane-operation.ts";

/** Bytes that an entry takes, its key and head included. */
function runUsage(call: Call): MaybePromise<void> {
  const { args } = call;
  const key = call.keys[0]!;
  if (args.count !== 3 && (args.count !== 5 || args.lower(3) !== "samples")) return call.fail(SYNTAX);
  return readEntry(call, key, (record) => {
    if (record === undefined) call.out.nil();
    else call.out.integer(record.length + Buffer.byteLength(key));
  });
}

/** Answers from the figures of all workers. */
function withFigures(call: Call, write: (figures: LaneFigures) => void): MaybePromise<void> {
  const { services } = call;
  return call.answer(inAllWorkers(services, LANE_FIGURES, null), (lanes) =>
    write(together(lanes, hasCommonL1(services))),
  );
}

function runStats(call: Call): MaybePromise<void> {
  return withFigures(call, (figures) => writeStats(call, figures));
}

function writeStats({ out }: Call, { l1, present, peaks }: LaneFigures): void {
  const { bytes, bytesMax, entries } = l1;
  const rss = present.rssBytes + peaks.sharedRssBytes;
  const peak = Math.max(rss, present.rssBytesMax);
  const figures: readonly (readonly [name: string, value: number | string])[] = [
    ["peak.allocated", peak],
    ["total.allocated", rss],
    ["overhead.total", Math.max(0, rss - bytes)],
    ["keys.count", entries],
    ["keys.bytes-per-key", entries === 0 ? 0 : Math.round(bytes / entries)],
    ["dataset.bytes", bytes],
    ["dataset.bytes-max", bytesMax],
    ["dataset.percentage", ((100 * bytes) / rss).toFixed(2)],
    ["peak.percentage", ((100 * rss) / peak).toFixed(2)],
  ];
  out.map(figures.length);
  for (const [name, value] of figures) {
    out.bulkText(name);
    if (typeof value === "number") out.integer(value);
    else if (out.protocol === 3) out.raw(`,${value}\r\n`);
    else out.bulkText(value);
  }
}

function runDoctor(call: Call): MaybePromise<void> {
  return withFigures(call, ({ l1: { bytes, bytesMax, evicted } }) => {
    const share = ((100 * bytes) / bytesMax).toFixed(1);
    call.out.verbatim(`Entries take ${share} % of the budget; ${evicted} were evicted for room.\n`);
  });
}

export const MEMORY_COMMAND = container("memory", "Tells of memory.", [
  {
    ...row("memory|usage", -3, "key", "Returns the bytes that an entry takes.", runUsage),
    right: "read",
    keys: [2, 2, 1],
  },
  row("memory|stats", 2, "key", "Returns figures of memory.", runStats),
  row("memory|doctor", 2, "key", "Says in words how memory is.", runDoctor),
  row("memory|purge", 2, "key", "Accepted; nothing is kept that could be given back.", (call) =>
    call.out.ok(),
  ),
]);
