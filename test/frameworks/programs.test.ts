// Programs that people have, unchanged, as processes of their own; the README's table says what came of each.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startRespServer, type RespServer } from "../support/resp-server.ts";
import { PROGRAMS, type Program } from "./programs.ts";
import { readTable, writeTable, type Row } from "./table.ts";

const SECRET = "a-secret-of-the-programs-that-people-have";
const rows: Row[] = [];
let server: RespServer;

beforeAll(async () => {
  server = await startRespServer({ CACHEE_API_KEYS: `default:read+write+admin=${SECRET}` });
});
afterAll(async () => void (await server?.stop()));

async function run(command: readonly string[]): Promise<string> {
  const { respPort, url } = server;
  const env = {
    ...process.env,
    REDIS_URL: `redis://:${SECRET}@127.0.0.1:${respPort}`,
    HTTP_URL: url,
    SECRET,
  };
  const child = Bun.spawn([...command], {
    cwd: import.meta.dir,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  const [out, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${out}${errors}`);
  return out.trim();
}

async function versionOf({ from }: Program): Promise<string> {
  if ("npm" in from) {
    const file = join(import.meta.dir, "../../node_modules", from.npm, "package.json");
    return ((await Bun.file(file).json()) as { version: string }).version;
  }
  return `Debian ${(await run(["dpkg-query", "-W", "-f", "${Version}", from.debian])).replace(/^\d+:/, "")}`;
}

/** Why it cannot be run here, if so. */
function missing({ from, command: [interpreter] }: Program): boolean {
  if ("npm" in from) return false;
  return (
    (interpreter.startsWith("/") && !existsSync(interpreter)) ||
    !existsSync(`/var/lib/dpkg/info/${from.debian}.list`) ||
    Bun.which("dpkg-query") === null
  );
}

for (const program of PROGRAMS) {
  const { name, what, command } = program;
  test.skipIf(missing(program))(
    name,
    async () => {
      const [interpreter, ...rest] = command;
      await run([interpreter === "bun" ? process.execPath : interpreter, ...rest]);
      rows.push({ name, version: await versionOf(program), what, result: "works" });
    },
    60_000,
  );
}

test("the table in the README says what came of each", () => {
  if (process.env["WRITE_PROGRAMS_TABLE"] !== undefined) return writeTable(rows);
  const table = new Map(readTable().map((row) => [row.name, row]));
  expect([...table.keys()].sort()).toEqual(PROGRAMS.map(({ name }) => name).sort());
  for (const row of rows) {
    const listed = table.get(row.name)!;
    // Debian's version is that of the machine which wrote the table.
    expect(row.version.startsWith("Debian") ? { ...row, version: listed.version } : row).toEqual(listed);
  }
});
