// A short soak of abuse: some of the attacks of `bun run soak:abuse`, beside an honest tenant. Nothing here asserts a time.

import { expect, test } from "bun:test";
import { ATTACKS } from "../../bench/abuse/attacks.ts";
import { HonestClient } from "../../bench/abuse/honest.ts";
import { MemoryWatch } from "../../bench/abuse/memory-watch.ts";
import { Attacker } from "../../bench/abuse/run-attack.ts";
import { bugsOf, isAlive, RESIDENT_BYTES_MAX, startAbusedServer } from "../../bench/abuse/server.ts";

const NAMES = [
  "batches that name one 8 MiB key 1,000 times",
  "readers of 8 MiB that take nothing",
  "Redis commands over HTTP, 1,000 GETs of 8 MiB in one request",
  "GETs of 8 MiB, pipelined, that nobody reads",
  "5,000 guests that send a byte every 3 s",
  "broadcasts to 500 clients that read nothing",
  "messages of 4 KB that ask for 8 MiB each time, unread",
];
const EACH_MS = 1_500;
const TEST_MS_MAX = 120_000;

test(
  "an honest tenant is served beside attacks of every lane, and memory stays below its bound",
  async () => {
    const server = await startAbusedServer();
    const memory = new MemoryWatch(server.pid);
    const honest = new HonestClient(server.port, server.respPort, 0);
    try {
      for (const name of NAMES) {
        const attack = ATTACKS.find((one) => one.name === name)!;
        const attacker = new Attacker(attack, { port: server.port, respPort: server.respPort, cpu: 0 });
        await attacker.prepare();
        await honest.met();
        await attacker.run(EACH_MS);
        const { count, kinds } = await honest.met();
        expect([name, isAlive(server.pid), kinds, bugsOf(server)]).toEqual([name, true, [], []]);
        expect(count).toBeGreaterThan(10);
        expect(memory.takeMaxBytes()).toBeLessThan(RESIDENT_BYTES_MAX);
      }
    } finally {
      memory.stop();
      await honest.stop();
      await server.stop();
    }
  },
  TEST_MS_MAX,
);
