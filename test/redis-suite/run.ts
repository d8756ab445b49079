// `bun run test:redis-suite [units]`: Redis's own test suite against a running Cachee, in the suite's external mode.
// What it shows, and what it leaves out for which reason, is printed as a table; the exit code says whether a test failed.

import { startRespServer } from "../support/resp-server.ts";
import { ensureTools } from "../support/tools.ts";
import { bringSuite } from "./source.ts";
import { SuiteProxy } from "./suite-proxy.ts";
import { readUnit, type UnitResult } from "./unit-result.ts";
import { DENIED_TAGS, LEFT_OUT, UNITS, UNITS_LEFT_OUT } from "./units.ts";

const SECRET = "the-secret-of-the-suite";
/** How long a unit may give no sign. */
const SILENCE_S_MAX = 60;

async function runUnit(suite: string, unit: string, port: number, proxy: SuiteProxy): Promise<UnitResult> {
  const denied = Object.keys(DENIED_TAGS).map((tag) => `-${tag}`);
  const where = `--host 127.0.0.1 --port ${port} --single ${unit}`;
  const manner = `--singledb --ignore-encoding --ignore-digest --durable --timeout ${SILENCE_S_MAX}`;
  const skipped = LEFT_OUT.flatMap((test) => ["--skiptest", test]);
  const child = Bun.spawn(
    ["./runtest", ...`${where} ${manner}`.split(" "), "--tags", denied.join(" "), ...skipped],
    {
      cwd: suite,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [output] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return readUnit(unit, output, proxy.unknownCommands);
}

function print(results: readonly UnitResult[]): void {
  const sum = (count: (result: UnitResult) => number) =>
    results.reduce((all, result) => all + count(result), 0);
  const left = ({ inapplicable }: UnitResult) => [...inapplicable.values()].reduce((a, b) => a + b, 0);
  const row = (name: string, passed: number, failed: number, inapplicable: number) =>
    `| ${name.padEnd(22)} | ${String(passed).padStart(6)} | ${String(failed).padStart(6)} | ${String(inapplicable).padStart(14)} |`;
  const lines = [
    "| unit                   | passed | failed | not applicable |",
    "| --- | --- | --- | --- |",
  ];
  for (const result of results) {
    lines.push(row(result.unit, result.passed, result.failures.length, left(result)));
  }
  lines.push(
    row(
      "all",
      sum(({ passed }) => passed),
      sum(({ failures }) => failures.length),
      sum(left),
    ),
  );
  const reasons = new Map<string, number>();
  for (const { inapplicable } of results) {
    for (const [reason, count] of inapplicable) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  lines.push("", "Not applicable:");
  for (const [unit, reason] of Object.entries(UNITS_LEFT_OUT)) lines.push(`- ${unit}: ${reason}`);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1])) lines.push(`- ${count}: ${reason}`);
  for (const { unit, failures } of results) {
    for (const failure of failures) lines.push(`FAILED ${unit}: ${failure}`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

await ensureTools(["tclsh", "tar"]);
const suite = await bringSuite();
const server = await startRespServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}` });
const proxy = new SuiteProxy(server.respPort, SECRET);
const port = await proxy.listen();
const named = process.argv.slice(2);
const results: UnitResult[] = [];
try {
  for (const unit of named.length > 0 ? named : UNITS) results.push(await runUnit(suite, unit, port, proxy));
} finally {
  proxy.close();
  await server.stop();
}
print(results);
process.exit(results.some(({ failures }) => failures.length > 0) ? 1 : 0);
