// Redis, Valkey, memcached and webdis as peers: nothing is written to disk.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../load/free-port.ts";
import { programPath, startListening, temporaryDirectory, type Peer, type RunningPeer } from "./peer.ts";

const redisLike = (label: string, program: string, depth: number): Peer => ({
  name: `${label}, RESP -P ${depth}`,
  program,
  versionFlag: "--version",
  way: { protocol: "resp" },
  depth,
  start: ({ serverCpu }) => startRedis(program, serverCpu),
});

const memcached: Peer = {
  name: "memcached",
  program: "memcached",
  versionFlag: "--version",
  way: { protocol: "memcached" },
  depth: 1,
  async start({ serverCpu }) {
    const port = await freePort();
    // One thread: it has one core.
    const command = `${programPath("memcached")} -u nobody -l 127.0.0.1 -p ${port} -U 0 -t 1 -m 512 -I 8m`;
    return startListening(command.split(" "), port, serverCpu);
  },
};

const webdis: Peer = {
  name: "webdis",
  program: "webdis",
  way: {
    protocol: "http",
    readBefore: "/GET/",
    readAfter: ".txt",
    fields: [],
    write: { method: "PUT", before: "/SET/", fields: [], hasBody: true },
  },
  depth: 1,
  async start({ serverCpu }) {
    const redis = await startRedis("redis-server", serverCpu);
    const directory = temporaryDirectory();
    const port = await freePort();
    const file = join(directory.path, "webdis.json");
    const settings = { redis_host: "127.0.0.1", redis_port: redis.port, http_host: "127.0.0.1" };
    const own = {
      http_port: port,
      threads: 1,
      daemonize: false,
      verbosity: 0,
      http_max_request_size: 1 << 20,
    };
    writeFileSync(file, JSON.stringify({ ...settings, ...own, logfile: join(directory.path, "log") }));
    const front = await startListening([programPath("webdis")!, file], port, serverCpu);
    return {
      port,
      pids: [...front.pids, ...redis.pids],
      async stop() {
        await front.stop();
        await redis.stop();
        directory.remove();
      },
    };
  },
};

export const STORE_PEERS: readonly Peer[] = [
  redisLike("Redis", "redis-server", 1),
  redisLike("Redis", "redis-server", 16),
  redisLike("Valkey", "valkey-server", 1),
  redisLike("Valkey", "valkey-server", 16),
  memcached,
  webdis,
];

async function startRedis(program: string, cpu: number): Promise<RunningPeer> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const flags = `--port ${port} --bind 127.0.0.1 --dir ${directory.path} --appendonly no --save`;
  const redis = await startListening([programPath(program)!, ...flags.split(" "), ""], port, cpu);
  return {
    ...redis,
    async stop() {
      await redis.stop();
      directory.remove();
    },
  };
}
