// `npm test`: types, format, lint, then every test, with what the tests need brought in first.

import { ensureTools } from "./support/tools.ts";

const bun = process.execPath;
/** A test may be slow where others load the machine; it may not hang. */
const TEST_MS_MAX = 120_000;

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const STEPS: readonly Step[] = [
  { name: "types", command: [bun, "check", "--no-script"] },
  { name: "types of the page", command: [bun, "check", "--no-script", "-p", "src/dashboard/client"] },
  { name: "types of deploy/cdk", command: [bun, "check", "--no-script", "-p", "deploy/cdk"] },
  { name: "format", command: [bun, "fmt", "--check", "--no-script"] },
  { name: "lint", command: [bun, "x", "oxlint", "--deny-warnings"] },
];

async function runStep(step: Step): Promise<boolean> {
  const child = Bun.spawn([...step.command], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  process.stdout.write(`${code === 0 ? "ok  " : "FAIL"} ${step.name}\n`);
  if (code !== 0) process.stdout.write(out + err);
  return code === 0;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Runs the tests that are named, or all: each room's in a process of its own, so that none inherits another's heap. */
async function runTests(named: readonly string[]): Promise<Counts> {
  if (named.length > 0) return runTogether(named);
  const files = [...new Bun.Glob("test/**/*.test.ts").scanSync(".")];
  const rooms = new Set(files.map((file) => `${file.split("/").slice(0, 2).join("/")}/`));
  let [passed, failed] = [0, 0];
  for (const room of [...rooms].sort()) {
    const counts = await runTogether([room]);
    passed += counts.passed;
    failed += counts.failed;
  }
  return { passed, failed };
}

/** Runs the tests with their output passed on. */
async function runTogether(named: readonly string[]): Promise<Counts> {
  const child = Bun.spawn([bun, "test", `--timeout=${TEST_MS_MAX}`, ...named], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    text = (text + decoder.decode(chunk, { stream: true })).slice(-4_096);
  }
  const code = await child.exited;
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}`, "m").exec(text)?.[1] ?? 0);
  const failed = count("fail");
  return { passed: count("pass"), failed: code !== 0 && failed === 0 ? 1 : failed };
}

await ensureTools(["redis-server", "openssl", "curl", "chromium"]);
let good = true;
for (const step of STEPS) good = (await runStep(step)) && good;
const { passed, failed } = await runTests(process.argv.slice(2));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(good && failed === 0 && passed > 0 ? 0 : 1);
