// Measures a fleet of real processes on a real Redis: until a new leader leads, until the dead are gone, until a new
// member is seen. `bun run bench:fleet [rounds] [heartbeat ms]`

import { createClient } from "redis";
import { RealFleet } from "../test/cluster/support/real-fleet.ts";

const ROUNDS = Number(process.argv[2] ?? 10);
const HEARTBEAT_MS = Number(process.argv[3] ?? 500);
const MEMBERS = 3;
const POLL_MS = 2;

/** How long, in ms, until `condition` holds. */
async function timed(condition: () => Promise<boolean>): Promise<number> {
  const beganMs = performance.now();
  while (!(await condition())) await Bun.sleep(POLL_MS);
  return performance.now() - beganMs;
}

interface Measured {
  readonly afterKill: number[];
  readonly afterDrain: number[];
  readonly reaped: number[];
  readonly seen: number[];
}

async function round(fleet: RealFleet, inRedis: InRedis, name: number, to: Measured): Promise<void> {
  for (const [signal, times] of [
    ["SIGKILL", to.afterKill],
    ["SIGTERM", to.afterDrain],
  ] as const) {
    const old = await fleet.settled([...fleet.members.keys()]);
    const server = fleet.members.get(old)!;
    process.kill(server.pid, signal);
    const beganMs = performance.now();
    const led = timed(async () => ![null, old].includes(await inRedis.leader()));
    const gone = timed(async () => !(await inRedis.registered()).includes(old));
    times.push(await led);
    await gone;
    if (signal === "SIGKILL") to.reaped.push(performance.now() - beganMs);
    await fleet.end(old, signal);
    const fresh = `m${MEMBERS + 2 * name + (signal === "SIGKILL" ? 0 : 1)}`;
    await fleet.add(fresh);
    to.seen.push(await timed(async () => (await inRedis.registered()).includes(fresh)));
  }
}

interface InRedis {
  leader(): Promise<string | null>;
  registered(): Promise<readonly string[]>;
}

function summary(what: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const cell = (ms: number) => `${ms.toFixed(0).padStart(6)} ms (${(ms / HEARTBEAT_MS).toFixed(2)})`;
  return `${what.padEnd(34)}${cell(at(0.5))}  ${cell(at(1))}`;
}

const fleet = await RealFleet.start(MEMBERS, HEARTBEAT_MS);
const client = createClient({ url: fleet.redis.url });
await client.connect();
const inRedis: InRedis = {
  leader: () => client.hGet("cachee:leader:{cachee:instances}", "id"),
  registered: () => client.hKeys("cachee:instances"),
};
const measured: Measured = { afterKill: [], afterDrain: [], reaped: [], seen: [] };
try {
  for (let i = 0; i < ROUNDS; i++) await round(fleet, inRedis, i, measured);
} finally {
  client.destroy();
  await fleet.stop();
}
process.stdout.write(
  `${MEMBERS} instances, a heartbeat of ${HEARTBEAT_MS} ms, ${ROUNDS} rounds: median, worst (in heartbeats)\n` +
    `${summary("a new leader after kill -9", measured.afterKill)}\n` +
    `${summary("a new leader after SIGTERM", measured.afterDrain)}\n` +
    `${summary("a killed instance is reaped", measured.reaped)}\n` +
    `${summary("a ready instance is registered", measured.seen)}\n`,
);
