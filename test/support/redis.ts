// Starts real redis-servers for tests: a free port, a directory of their own, nothing persisted unless asked.

import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Where it keeps its files; a restart with the same one finds its data again. */
  readonly dir: string;
  /** Sends a signal, such as SIGSTOP. */
  signal(name: NodeJS.Signals): void;
  /** Kills it with SIGKILL and waits until it is gone; its directory stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same directory and arguments. */
  restart(): Promise<void>;
  /** Kills it and removes its directory. */
  stop(): Promise<void>;
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else resolve(address.port);
      });
    });
  });
}

function redisBinary(): string {
  const path = process.env["REDIS_SERVER"] ?? Bun.which("redis-server");
  if (path === null) {
    throw new Error("redis-server is needed: install it (apt-get install redis-server) or set REDIS_SERVER");
  }
  return path;
}

/** How often a port that another process took first is replaced. */
const START_TRIES = 5;
const START_MS_MAX = 10_000;

/** Starts a redis-server with `args` (`["--appendonly", "yes"]`) added to its command line. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), "cachee-redis-"));
  let failure: unknown;
  for (let i = 0; i < START_TRIES; i++) {
    const port = await freePort();
    const server = new Server(port, dir, args);
    try {
      await server.restart();
      return server;
    } catch (thrown) {
      failure = thrown;
      await server.kill();
    }
  }
  await rm(dir, { recursive: true, force: true });
  throw failure;
}

class Server implements RedisServer {
  readonly port: number;
  readonly dir: string;
  readonly #args: readonly string[];
  #process: Bun.Subprocess | undefined;

  constructor(port: number, dir: string, args: readonly string[]) {
    this.port = port;
    this.dir = dir;
    this.#args = args;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = undefined;
  }

  async restart(): Promise<void> {
    const own = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.dir];
    const log = join(this.dir, `redis-${this.port}.log`);
    const lines = ["--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", log];
    const server = Bun.spawn([redisBinary(), ...own, ...lines, ...this.#args], {
      stdout: "ignore",
      stderr: "ignore",
    });
    this.#process = server;
    await until(async () => {
      if (server.exitCode !== null) {
        const tail = await Bun.file(log)
          .text()
          .catch(() => "");
        throw new Error(`redis-server exited with ${server.exitCode}: ${tail.slice(-400)}`);
      }
      return await accepts(this.port);
    }, START_MS_MAX);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Whether anything listens on `port` of loopback. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
