// Hits a second and CPU a hit of one server on one core, by each way in.

import { API_KEY, CLIENT_FIELDS, fill, startCachee } from "../load/cachee.ts";
import { pinned, startChild } from "../load/child.ts";
import { median } from "../load/median.ts";
import { cpuSeconds } from "../load/process-figures.ts";
import { noise, pathOf, VALUE_BYTES } from "../load/value.ts";
import { runWrk } from "../load/wrk.ts";

export interface Rate {
  readonly way: string;
  readonly hitsASecond: number;
  readonly cpuUs: number;
}

export interface Cores {
  readonly server: number;
  readonly load: number;
}

const CONNECTIONS = 16;
const DEPTH = 16;
/** The key and the names of entries that the load of bench/websocket.ts uses. */
const WEBSOCKET_SECRET = "bench-secret";
const WEBSOCKET_KEYS = 1_000;
const MAIN = `${import.meta.dir}/../../src/main.ts`;

/** Each way answers with how many hits it had in about so many seconds. */
type Way = readonly [name: string, hits: (seconds: number) => Promise<number>];

async function fillForWebsocket(url: string): Promise<void> {
  for (let i = 0; i < WEBSOCKET_KEYS; i++) {
    const key = `key:${String(i).padStart(8, "0")}`;
    await fetch(`${url}/cache/${key}`, {
      method: "PUT",
      headers: { "x-api-key": API_KEY },
      body: noise(VALUE_BYTES, i + 1),
    });
  }
}

/** All ways in turns, medians of `rounds`. */
export async function ratesByWay(rounds: number, seconds: number, cores: Cores): Promise<Rate[]> {
  const keys = `${API_KEY},websocket:read+write=${WEBSOCKET_SECRET}`;
  const http = await startCachee({ cpu: cores.server, env: { CACHEE_API_KEYS: keys } });
  const resp = await startChild({
    command: [process.execPath, MAIN],
    cpu: cores.server,
    env: {
      CACHEE_PORT: "0",
      CACHEE_RESP_PORT: "0",
      CACHEE_API_KEYS: `default:read+write+admin=${API_KEY}`,
      CACHEE_LOG: "error",
    },
    ready: /^listening for Redis clients on port (\d+)$/m,
  });
  const seen = new Map<string, Rate[]>();
  try {
    await fill(http.url, 1);
    await fillForWebsocket(http.url);
    const fields = CLIENT_FIELDS.slice(0, 1);
    const common = {
      url: http.url,
      cpu: cores.load,
      fields,
      keys: 1,
      connections: CONNECTIONS,
      rate: 0,
      seed: 1,
    };
    const command = async (words: readonly (string | number)[]) =>
      Bun.spawn(pinned(words.map(String), cores.load), { stdout: "pipe", stderr: "ignore" }).stdout.text();
    const redis = [
      "redis-benchmark",
      "-p",
      resp.match[1]!,
      "-a",
      API_KEY,
      "--csv",
      "-c",
      CONNECTIONS,
      "-P",
      DEPTH,
    ];
    const ways: readonly [pid: number, Way][] = [
      [http.pid, ["HTTP", async (s) => (await runWrk({ ...common, seconds: s })).requests]],
      [
        http.pid,
        [
          `HTTP, pipelines of ${DEPTH}`,
          async (s) =>
            Number(
              await command([
                process.execPath,
                `${import.meta.dir}/pipelined.ts`,
                http.url,
                pathOf(0),
                API_KEY,
                DEPTH,
                s,
              ]),
            ),
        ],
      ],
      [
        http.pid,
        [
          "WebSocket, one in flight",
          async (s) =>
            Number(
              await command([
                process.execPath,
                `${import.meta.dir}/../websocket.ts`,
                "drive",
                "websocket",
                new URL(http.url).port,
                "--seconds",
                s,
              ]),
            ),
        ],
      ],
      [
        resp.pid,
        [
          `RESP, pipelines of ${DEPTH}`,
          async (s) => {
            const requests = 500_000 * s;
            await command([...redis, "-n", requests, "GET", "headline"]);
            return requests;
          },
        ],
      ],
    ];
    await command([...redis, "-n", 1, "SET", "headline", "x".repeat(VALUE_BYTES)]);
    for (let round = -1; round < rounds; round++) {
      for (const [pid, [way, hits]] of ways) {
        const cpu = cpuSeconds(pid);
        const startNs = Bun.nanoseconds();
        const answered = await hits(seconds);
        const took = (Bun.nanoseconds() - startNs) / 1e9;
        if (round < 0) continue;
        const rate = { way, hitsASecond: answered / took, cpuUs: ((cpuSeconds(pid) - cpu) / answered) * 1e6 };
        seen.set(way, [...(seen.get(way) ?? []), rate]);
      }
    }
  } finally {
    await http.stop();
    await resp.stop();
  }
  return [...seen].map(([way, rates]) => ({
    way,
    hitsASecond: median(rates.map(({ hitsASecond }) => hitsASecond)),
    cpuUs: median(rates.map(({ cpuUs }) => cpuUs)),
  }));
}
