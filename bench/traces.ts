// Replays access traces through the engine's policies and shows their hit ratios, beside the references where they are at hand.
import { dirname, basename, join } from "node:path";
import { parseArgs } from "node:util";
import { EVICTION_POLICIES, type EvictionPolicy } from "../src/base/settings/eviction.ts";
import { PolicyCache } from "./support/policy-cache.ts";
import { readReferences } from "./support/references.ts";
import { readTrace } from "./support/trace.ts";
import type { Trace } from "./support/trace.ts";

const USAGE = "bun run bench:traces FILE… --policy NAME --unit objects|bytes --capacity N[,N…] [--json]";

type Unit = "objects" | "bytes";

interface Result {
  readonly trace: string;
  readonly policy: EvictionPolicy;
  readonly unit: Unit;
  readonly capacity: number;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  readonly nsPerRequest: number;
}

/** One look-up a request, and after a miss the key comes in, unless it is larger than the whole capacity. */
export function replay(trace: Trace, policy: EvictionPolicy, unit: Unit, capacity: number): Result {
  const { keys, ids, sizes } = trace;
  const cache = new PolicyCache(policy, capacity, keys);
  let hits = 0;
  let bytes = 0;
  let hitBytes = 0;
  const start = Bun.nanoseconds();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const bytesOfKey = sizes[id]!;
    bytes += bytesOfKey;
    if (cache.get(id)) {
      hits++;
      hitBytes += bytesOfKey;
    } else if (unit === "objects" || bytesOfKey <= capacity) {
      cache.add(id, unit === "objects" ? 1 : bytesOfKey);
    }
  }
  const nsPerRequest = (Bun.nanoseconds() - start) / ids.length;
  cache.verify();
  const hitRatio = hits / ids.length;
  return {
    trace: trace.name,
    policy,
    unit,
    capacity,
    hitRatio,
    byteHitRatio: hitBytes / bytes,
    nsPerRequest,
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      policy: { type: "string", default: "adaptive" },
      unit: { type: "string", default: "objects" },
      capacity: { type: "string", default: "" },
      json: { type: "boolean", default: false },
    },
  });
  const policy = EVICTION_POLICIES.find((name) => name === values.policy);
  const unit = values.unit;
  const capacities = values.capacity.split(",").map(Number);
  const isRight = capacities.every((capacity) => Number.isSafeInteger(capacity) && capacity > 0);
  if (
    policy === undefined ||
    (unit !== "objects" && unit !== "bytes") ||
    !isRight ||
    positionals.length === 0
  ) {
    console.error(`usage: ${USAGE}\npolicies: ${EVICTION_POLICIES.join(", ")}`);
    process.exit(2);
  }
  for (const file of positionals) {
    const trace = await readTrace(file, basename(file).replace(/\.tr(\.gz)?$/, ""));
    const references = await readReferences(join(dirname(file), "reference.csv"));
    for (const capacity of capacities) {
      const result = replay(trace, policy, unit, capacity);
      if (values.json) {
        console.log(JSON.stringify(result));
        continue;
      }
      print(result.policy, result.hitRatio, result.byteHitRatio, result);
      for (const known of references.filter((row) => row.trace === trace.name && row.unit === unit)) {
        if (known.capacity === capacity)
          print(`  ${known.policy}`, known.hitRatio, known.byteHitRatio, undefined);
      }
    }
  }
}

function print(name: string, hitRatio: number, byteHitRatio: number, result: Result | undefined): void {
  const ratios = `hit ${percent(hitRatio)}  byte-hit ${percent(byteHitRatio)}`;
  const detail =
    result === undefined
      ? ""
      : `  ${result.trace}, ${result.capacity} ${result.unit}, ${result.nsPerRequest.toFixed(0)} ns/request`;
  console.log(`${name.padEnd(20)} ${ratios}${detail}`);
}

function percent(ratio: number): string {
  return Number.isNaN(ratio) ? "      -" : `${(ratio * 100).toFixed(2).padStart(6)}%`;
}

if (import.meta.main) await main();
