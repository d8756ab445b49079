// Replays access traces through the engine and shows its hit ratios, beside the references where they are at hand.
import { dirname, basename, join } from "node:path";
import { parseArgs } from "node:util";
import { createEngine } from "../src/cache/l1.ts";
import { POLICY_NAMES } from "../src/cache/policy/create.ts";
import type { PolicyName } from "../src/cache/policy/policy.ts";
import { seededRandom } from "../test/cache/support/random.ts";
import { readReferences } from "./support/references.ts";
import { readTrace } from "./support/trace.ts";
import type { Trace } from "./support/trace.ts";

const USAGE = "bun run bench:traces FILE… --policy NAME --unit objects|bytes --capacity N[,N…] [--json]";
/** Memory for the stubs that stand for values: far more than any capacity asked for needs. */
const STUB_BYTES = 300;
const BYTES_MIN = 256 * 1024 * 1024;

type Unit = "objects" | "bytes";

interface Result {
  readonly trace: string;
  readonly policy: PolicyName;
  readonly unit: Unit;
  readonly capacity: number;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  readonly nsPerRequest: number;
}

/** One look-up a request, and after a miss a set. Values are stubs that say what they weigh. */
export function replay(trace: Trace, policy: PolicyName, unit: Unit, capacity: number): Result {
  const stub = new Uint8Array(4);
  const size = new DataView(stub.buffer);
  const engine = createEngine<never>({
    bytesMax: BYTES_MIN + trace.keys.length * STUB_BYTES,
    policy,
    random: seededRandom(1),
    weigher: {
      weightMax: capacity,
      weigh: (_, record) => (unit === "objects" ? 1 : new DataView(record.buffer).getUint32(0)),
    },
  });
  const { keys, ids, sizes } = trace;
  let hits = 0;
  let bytes = 0;
  let hitBytes = 0;
  const start = Bun.nanoseconds();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const bytesOfKey = sizes[id]!;
    bytes += bytesOfKey;
    if (engine.get(keys[id]!, i) !== undefined) {
      hits++;
      hitBytes += bytesOfKey;
    } else if (unit === "objects" || bytesOfKey <= capacity) {
      size.setUint32(0, bytesOfKey);
      engine.set(keys[id]!, stub, i, Infinity, i);
    }
  }
  const nsPerRequest = (Bun.nanoseconds() - start) / ids.length;
  engine.verify();
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
  const policy = POLICY_NAMES.find((name) => name === values.policy);
  const unit = values.unit;
  const capacities = values.capacity.split(",").map(Number);
  const isRight = capacities.every((capacity) => Number.isSafeInteger(capacity) && capacity > 0);
  if (
    policy === undefined ||
    (unit !== "objects" && unit !== "bytes") ||
    !isRight ||
    positionals.length === 0
  ) {
    console.error(`usage: ${USAGE}\npolicies: ${POLICY_NAMES.join(", ")}`);
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
