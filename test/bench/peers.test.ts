// What the comparison of peers rests on: answers are found in parts of any size, requests are those asked for, ratios are of one round.

import { expect, test } from "bun:test";
import { FULL_CELLS, type Cell } from "../../bench/peers/cells.ts";
import { runFill, runJob } from "../../bench/peers/generator/job.ts";
import { answerBytesOf, readOf, writeOf, type Way } from "../../bench/peers/generator/protocol.ts";
import { mixed } from "../../bench/peers/generator/requests.ts";
import { BUN_PEERS, CACHE_PATHS, startBare } from "../../bench/peers/programs/bun-peers.ts";
import { plotsOf } from "../../bench/peers/plots.ts";
import { summaryOf } from "../../bench/peers/summary.ts";
import type { Turn } from "../../bench/peers/rounds.ts";

const http = (head: string, body = "") =>
  `${head}\r\nContent-Length: ${body.length}\r\nETag: "a"\r\n\r\n${body}`;

const ANSWERS: readonly [way: Way, answer: string, isGood: boolean][] = [
  [CACHE_PATHS, http("HTTP/1.1 200 OK\r\ncontent-type: text/plain", "abc\n\r\ndef"), true],
  [CACHE_PATHS, "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", true],
  [CACHE_PATHS, http("HTTP/1.1 404 Not Found", "{}"), false],
  [{ protocol: "resp" }, "$3\r\nabc\r\n", true],
  [{ protocol: "resp" }, "+OK\r\n", true],
  [{ protocol: "resp" }, "$-1\r\n", false],
  [{ protocol: "resp" }, "-ERR no\r\n", false],
  [{ protocol: "resp", keysAtOnce: 2 }, "*2\r\n$3\r\nabc\r\n$-1\r\n", true],
  [{ protocol: "memcached" }, "VALUE bench:000001 0 3\r\nabc\r\nEND\r\n", true],
  [{ protocol: "memcached" }, "STORED\r\n", true],
  [{ protocol: "memcached" }, "END\r\n", false],
];

test("an answer's end is known from its head on, whatever parts it comes in", () => {
  for (const [way, answer, isGood] of ANSWERS) {
    const bytes = Buffer.from(`before${answer}HTTP/1.1 500 next`);
    const start = "before".length;
    const whole = isGood ? answer.length : -answer.length;
    const head = answer.startsWith("*")
      ? answer.length
      : Math.max(answer.indexOf("\r\n\r\n") + 4, answer.indexOf("\r\n") + 2);
    for (let end = start; end <= start + answer.length; end++) {
      const expected = end - start < head ? 0 : whole;
      expect([answer, end - start, answerBytesOf(way)(bytes, start, end)]).toEqual([
        answer,
        end - start,
        expected,
      ]);
    }
  }
});

test("a mix has its share of writes, and reads of every key", () => {
  const mix = { way: { protocol: "resp" } as const, keys: 1_000, bytes: 10, depth: 4, writes: 50 };
  const text = mixed(mix).bytes.toString("latin1");
  expect(text.split("\r\nSET\r\n").length - 1).toBe(200);
  const read = new Set([...text.matchAll(/GET\r\n\$\d+\r\n(\S+)/g)].map(([, key]) => key));
  expect(read.size).toBe(1_000 - 1_000 / 20);
  expect(writeOf(mix.way, "k", 2, 1)!.length).toBe(readOf(mix.way, "k").length + "$2\r\n..\r\n".length);
});

test("the generator fills and drives a server, closed and at a rate, and counts its failures", async () => {
  const server = await startBare("clone", 1_024, 0);
  try {
    const common = {
      way: CACHE_PATHS,
      keys: 10,
      bytes: 1_024,
      depth: 1,
      port: server.port,
      pids: server.pids,
    };
    const load = { connections: 4, warmUpSeconds: 0.02, seconds: 0.1 };
    await runFill(common, 0);
    const closed = await runJob({ ...common, ...load, rate: 0, writes: 50 }, 0);
    expect(closed).toMatchObject({ failed: 0 });
    expect(closed.perSecond).toBeGreaterThan(100);
    const paced = await runJob({ ...common, ...load, rate: 200, writes: 0 }, 0);
    expect(paced.failed).toBe(0);
    expect(paced.perSecond).toBeLessThan(closed.perSecond);
  } finally {
    await server.stop();
  }
});

function turn(peer: string, round: number, perSecond: number): Turn {
  const cell: Cell = { keys: 10, bytes: 1_024, connections: 16, load: "closed", writes: 0 };
  const times = { p50Us: 1, p90Us: 1, p99Us: 1, p999Us: 1, maxUs: 1, readsP99Us: 1, readsMaxUs: 1 };
  const figures = { ...times, perSecond, failed: 0, cpuUs: 1, serverShare: 1, generatorShare: 1 };
  return { peer, round, cell, rate: 0, figures };
}

test("ratios are taken inside a round, then their median", () => {
  const rates = [
    [100, 50],
    [200, 50],
    [300, 300],
  ] as const;
  const turns = rates.flatMap(([own, other], round) => [
    turn("Cachee", round, own),
    turn("other", round, other),
  ]);
  const [, other] = summaryOf(turns, "Cachee");
  expect(other).toMatchObject({ perSecond: 50, perSecondRatio: 2 });
  const [overview] = plotsOf(summaryOf(turns, "Cachee"), "a machine");
  expect(overview!.svg).toStartWith("<svg");
  expect(overview!.svg).toContain("other");
});

test("values of every size fit beside one another, and this server comes first", () => {
  for (const { bytes, keys } of FULL_CELLS) expect(keys * bytes).toBeLessThanOrEqual(32 << 20);
  expect(BUN_PEERS[0]!.name).toBe("Cachee");
});
