// A socket that takes little: every answer goes out, in order, whenever and however it takes more.

import type { Socket } from "bun";
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { RespConnection } from "../../src/resp/connection/resp-connection.ts";
import { RespLane } from "../../src/resp/lane.ts";
import { encodeCommand } from "../support/resp-connection.ts";
import { testLaneMakings } from "../support/resp-lane.ts";

const makings = testLaneMakings();
const lane = new RespLane(makings.lane, new Map());
const SIZES = [10, 3_000, 70_000, 300_000];

afterAll(() => makings.unlisten());

/** A socket that takes as many bytes at each write as `takes` says, in turn; and says so only if it took too few. */
class Reluctant {
  readonly taken: Buffer[] = [];
  owesDrain = false;
  readonly #takes: readonly number[];
  #writes = 0;

  constructor(takes: readonly number[]) {
    this.#takes = takes;
  }

  write(data: Uint8Array, start: number, length: number): number {
    const taken = Math.min(length, this.#takes[this.#writes++ % this.#takes.length]!);
    this.taken.push(Buffer.from(data.slice(start, start + taken)));
    this.owesDrain = taken < length;
    return taken;
  }

  pause(): void {}

  resume(): void {}
}

test("all is answered, however little the socket takes at a time", async () => {
  for (const [i, size] of SIZES.entries()) {
    makings.store.write(`k${i}`, {
      body: Buffer.alloc(size, i + 65),
      contentType: "text/plain",
      cacheControl: undefined,
      ttlMs: undefined,
      tags: [],
    });
  }
  const key = fc.nat(SIZES.length - 1);
  const command = fc.oneof(
    key.map((i) => ({ words: ["GET", `k${i}`], reply: bulk(i) })),
    fc.array(key, { minLength: 1, maxLength: 5 }).map((is) => ({
      words: ["MGET", ...is.map((i) => `k${i}`)],
      reply: `*${is.length}\r\n${is.map(bulk).join("")}`,
    })),
    fc.constant({ words: ["PING"], reply: "+PONG\r\n" }),
  );
  const takes = fc.array(fc.oneof(fc.nat(100_000), fc.constant(10_000_000)), { minLength: 2, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 30 }), takes, async (commands, sizes) => {
      const socket = new Reluctant([...sizes, 10_000_000]);
      const client = new RespConnection(lane, socket as unknown as Socket<RespConnection>);
      client.receive(
        Buffer.concat([["AUTH", "secret"], ...commands.map(({ words }) => words)].map(encodeCommand)),
      );
      for (let turns = 0; socket.owesDrain || client.isBusy; turns++) {
        expect(turns).toBeLessThan(1_000);
        // The time of a turn of the event loop is over at times.
        if (client.isBusy) await new Promise((resolve) => setImmediate(resolve));
        if (socket.owesDrain) client.drain();
      }
      const expected = `+OK\r\n${commands.map(({ reply }) => reply).join("")}`;
      const given = Buffer.concat(socket.taken).toString("latin1");
      expect(given.length).toBe(expected.length);
      expect(given === expected).toBe(true);
      client.closed();
    }),
    { numRuns: 200 },
  );
});

function bulk(i: number): string {
  return `$${SIZES[i]}\r\n${String.fromCharCode(i + 65).repeat(SIZES[i]!)}\r\n`;
}
