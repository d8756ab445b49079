// A fleet of real processes on a real Redis, watched through GET /instances.

import { IS_EMULATED } from "../../support/bun-command.ts";
import { startRedis, type RedisServer } from "../../support/redis.ts";
import { startServer, type RunningServer, type ServerEnv } from "../../support/server.ts";
import { until } from "../../support/until.ts";

const KEY = "fleet-test-key";

export interface SeenInstance {
  readonly id: string;
  readonly role: "leader" | "member";
  readonly port: number;
  readonly ageMs: number;
  readonly load: Readonly<Record<string, number>>;
}

export interface SeenFleet {
  readonly instances: readonly SeenInstance[];
  readonly decisions: readonly {
    readonly at: string;
    readonly from: number;
    readonly to: number;
    readonly reason: string;
    readonly term: number;
  }[];
  readonly control: { readonly leader: string; readonly term: number; readonly state: string } | null;
}

export class RealFleet {
  readonly heartbeatMs: number;
  readonly redis: RedisServer;
  readonly members = new Map<string, RunningServer>();
  /** Everything that members said which are gone. */
  readonly #logs = new Map<string, string>();
  readonly #env: ServerEnv;

  private constructor(redis: RedisServer, heartbeatMs: number, env: ServerEnv) {
    this.redis = redis;
    this.heartbeatMs = heartbeatMs;
    this.#env = env;
  }

  static async start(count: number, heartbeatMs: number, env: ServerEnv = {}): Promise<RealFleet> {
    const fleet = new RealFleet(await startRedis(), heartbeatMs, env);
    const adding: Promise<RunningServer>[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const added = fleet.add(`m${i}`);
        adding.push(added);
        if (IS_EMULATED) await added;
      }
      await Promise.all(adding);
    } catch (thrown) {
      await fleet.stop();
      throw thrown;
    }
    return fleet;
  }

  async add(id: string): Promise<RunningServer> {
    const server = await startServer({
      CACHEE_API_KEYS: `default:read+write+admin=${KEY}`,
      CACHEE_REDIS_URL: this.redis.url,
      CACHEE_INSTANCE_ID: id,
      CACHEE_HEARTBEAT_MS: String(this.heartbeatMs),
      CACHEE_CONTROL_PLANE: "on",
      CACHEE_L1_BYTES_MAX: "16mb",
      // A loaded machine is not to look like a Redis that fails.
      CACHEE_L2_TIMEOUT_MS: "10000",
      ...this.#env,
    });
    this.members.set(id, server);
    await until(() => this.isReady(server));
    return server;
  }

  request(server: RunningServer, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("x-api-key", KEY);
    return fetch(`${server.url}${path}`, { ...init, headers });
  }

  async isReady(server: RunningServer): Promise<boolean> {
    return (await fetch(`${server.url}/health/ready`)).status === 200;
  }

  async see(server: RunningServer = this.any()): Promise<SeenFleet> {
    return (await (await this.request(server, "/instances")).json()) as SeenFleet;
  }

  any(): RunningServer {
    return [...this.members.values()][0]!;
  }

  async leader(server?: RunningServer): Promise<string | undefined> {
    const { instances } = await this.see(server);
    return instances.find(({ role }) => role === "leader")?.id;
  }

  /** Waits until `server` sees exactly `ids`, one of them leading, and returns the leader's name. */
  async settled(ids: readonly string[], server: RunningServer = this.any()): Promise<string> {
    let leader = "";
    await until(async () => {
      const { instances } = await this.see(server);
      const leaders = instances.filter(({ role }) => role === "leader");
      leader = leaders[0]?.id ?? "";
      return instances.map(({ id }) => id).join() === ids.toSorted().join() && leaders.length === 1;
    });
    return leader;
  }

  signal(id: string, name: NodeJS.Signals): void {
    process.kill(this.members.get(id)!.pid, name);
  }

  /** Ends a member by `signal` and forgets it, its log apart. */
  async end(id: string, signal: NodeJS.Signals): Promise<number> {
    const server = this.members.get(id)!;
    this.members.delete(id);
    const code = await server.stop(signal);
    this.#logs.set(id, (this.#logs.get(id) ?? "") + server.stderr());
    return code;
  }

  /** Log events of every member that ever was, with its name. */
  events(): readonly { readonly id: string; readonly event: string; readonly term?: number }[] {
    const logs = [...this.#logs, ...[...this.members].map(([id, server]) => [id, server.stderr()] as const)];
    return logs.flatMap(([id, text]) =>
      text
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => Object.assign(JSON.parse(line) as { event: string; term?: number }, { id })),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members.keys()].map((id) => this.end(id, "SIGKILL")));
    await this.redis.stop();
  }
}
