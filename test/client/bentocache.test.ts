// The Bentocache driver: by Bentocache's own tests of drivers, and as the second layer of two Bentocaches.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { cacheeDriver } from "../../src/client/adapters/bentocache.ts";
import { BUN_COMMAND } from "../support/bun-command.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;
beforeAll(async () => void (server = await startServer()));
afterAll(async () => void (await server.stop()));

test("Bentocache's own suite", async () => {
  const child = Bun.spawn([...BUN_COMMAND, join(import.meta.dir, "bentocache/run.ts")], {
    env: { PATH: process.env["PATH"] ?? "", CACHEE_URL: server.url, CACHEE_KEY: server.key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect(code, out + err).toBe(0);
  expect(out).toMatch(/PASSED/);
  expect(out).toMatch(/Tests {2}[2-9]\d passed/);
});

test("what one Bentocache made another finds, and its tags reach both", async () => {
  const make = () =>
    new BentoCache({
      default: "store",
      stores: {
        store: bentostore()
          .useL1Layer(memoryDriver())
          .useL2Layer(cacheeDriver({ url: server.url, apiKey: server.key })),
      },
    });
  const [one, other] = [make(), make()];
  let made = 0;
  const factory = () => ({ made: ++made });
  const options = { key: "users:7", factory, ttl: "1m", tags: ["users"] };
  expect(await one.getOrSet(options)).toEqual({ made: 1 });
  expect(await other.getOrSet(options)).toEqual({ made: 1 });
  await one.deleteByTag({ tags: ["users"] });
  expect(await one.getOrSet(options)).toEqual({ made: 2 });
  await Promise.all([one.disconnectAll(), other.disconnectAll()]);
});
