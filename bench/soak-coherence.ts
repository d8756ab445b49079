// `bun run soak:coherence [--minutes M] [--seed S]`: the history checker for as long as one likes, round after round.
// A line for each round; while one runs, and where stderr is a terminal, the fault of the moment beside the time left.

import { parseArgs } from "node:util";
import { soak } from "../test/history/soak.ts";

const ROUND_MS = 30_000;

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
});

const untilMs = performance.now() + Number(values.minutes) * 60_000;
let failed = 0;
for (let seed = Number(values.seed); performance.now() < untilMs; seed++) {
  const ms = Math.min(ROUND_MS, Math.max(3_000, untilMs - performance.now()));
  const onEvent = (name: string) => progress(seed, name);
  const result = await soak({ seed, ms, servers: 3, clients: 8, onEvent });
  const {
    reads,
    writes,
    copies,
    socketCopies,
    ofCollections,
    unavailable,
    fills,
    refusedFills,
    nemeses,
    violations,
    healedMs,
    early,
  } = result;
  progress(seed, "");
  console.log(
    `seed ${seed}: ${violations.length} violations; ${reads} reads, ${copies} and ${socketCopies} of copies (RESP, WebSocket), ${writes} writes, ${ofCollections} on collections, ${fills} fills of which ` +
      `${refusedFills} were refused, ${unavailable} unavailable, ` +
      `${nemeses.length} faults, healed in ${healedMs.toFixed(0)} ms; ${early.length} keys differed inside the bound`,
  );
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
  if (violations.length > 0) console.log(`  faults: ${nemeses.join(", ")}`);
  failed += violations.length;
}
process.exitCode = failed === 0 ? 0 : 1;

function progress(seed: number, name: string): void {
  if (!process.stderr.isTTY) return;
  const minutes = Math.max(0, (untilMs - performance.now()) / 60_000).toFixed(1);
  process.stderr.write(name === "" ? "\r\x1b[K" : `\r\x1b[Kseed ${seed}, ${minutes} min left: ${name}`);
}
