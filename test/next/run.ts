// `bun run test:next`: examples/next with the packed package, held to Next's own types, built by Next, and served by two
// processes of it that share what they make through one Cachee. Needs npm's registry and about a minute.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const ROOT = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "cachee-next-"));
const app = join(folder, "app");
const server = await startServer();
const env = {
  ...process.env,
  CACHEE_URL: server.url,
  CACHEE_KEY: server.key,
  NEXT_TELEMETRY_DISABLED: "1",
};

async function run(cwd: string, ...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const out = await child.stdout.text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")} failed: ${out}`);
  return out;
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return listener.port;
}

/** What Next wants of the two handlers, by its own types. */
const TYPES = `import type { CacheHandler } from "next/dist/server/lib/cache-handlers/types.js";
import type { CacheHandler as OlderHandler } from "next/dist/server/lib/incremental-cache/index.js";
import { incrementalCacheHandler, useCacheHandler } from "cachee/next";

const options = { url: "http://127.0.0.1:3000", apiKey: "none" };
export const handler: CacheHandler = useCacheHandler(options);
export const Older: new (...given: any[]) => OlderHandler = incrementalCacheHandler(options);
`;

async function holdsToTypes(): Promise<boolean> {
  writeFileSync(join(app, "types.mts"), TYPES);
  const flags = "--noEmit --strict --skipLibCheck --module nodenext --target es2022".split(" ");
  const child = Bun.spawn([join(ROOT, "node_modules/.bin/tsc"), ...flags, "types.mts"], {
    cwd: app,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return (await child.exited) === 0;
}

function check(what: string, holds: boolean): void {
  process.stdout.write(`${holds ? "ok  " : "FAIL"} ${what}\n`);
  if (!holds) process.exitCode = 1;
}

const next = join(app, "node_modules/next/dist/bin/next");
const ports = [freePort(), freePort()];
const children: Bun.Subprocess[] = [];
const text = async (place: number, path: string) =>
  (await fetch(`http://127.0.0.1:${ports[place]}${path}`)).text();
const posts = async (place: number) => /posts-[0-9a-f-]{36}/.exec(await text(place, "/"))?.[0] ?? "";

try {
  const packed = await run(ROOT, "npm", "pack", "--json", "--pack-destination", folder);
  const tarball = join(folder, JSON.parse(packed.slice(packed.indexOf("[")))[0].filename);
  cpSync(join(ROOT, "examples/next"), app, { recursive: true });
  await run(app, "npm", "i", "--no-audit", "--no-fund", "--ignore-scripts", tarball);
  check("both handlers are what Next's types want", await holdsToTypes());
  await run(app, "node", next, "build");
  for (const port of ports) {
    const command = ["node", next, "start", "-p", String(port), "-H", "127.0.0.1"];
    children.push(Bun.spawn(command, { cwd: app, env, stdio: ["ignore", "ignore", "inherit"] }));
  }
  for (const place of [0, 1])
    await until(() =>
      posts(place).then(
        (made) => made !== "",
        () => false,
      ),
    );
  const made = await posts(0);
  check("what one server made the other serves", made !== "" && (await posts(1)) === made);
  await text(0, "/revalidate");
  const again = await posts(1);
  check("an invalidation at one server reaches the other", again !== "" && again !== made);
  check("what is made then is shared again", (await posts(0)) === again);
} finally {
  for (const child of children) {
    child.kill();
    await child.exited;
  }
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
