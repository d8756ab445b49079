// Starts the servers of a comparison by name, each on the server's core.

import { bucketsOf, CLIENT_FIELDS, fill, startCachee, type Cachee } from "./cachee.ts";
import { startChild } from "./child.ts";
import { startNginx } from "./nginx.ts";
import { startRedis } from "./redis.ts";
import type { Target } from "./target.ts";
import { runWrk, type LoadResult } from "./wrk.ts";

export const TARGET_NAMES = ["cachee", "clone", "clones", "response", "static", "nginx", "redis"] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export interface TargetOptions {
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly connections: number;
  readonly rate: number;
  readonly keys: number;
  /** Fields of a browser that the requests carry besides those of an API client. */
  readonly extraFields: readonly string[];
  /** A second checkout of Cachee to run as `other`. */
  readonly other: string | undefined;
}

/** Starts the target, or gives nothing where its program is not installed. */
export async function startTarget(
  name: TargetName | "other",
  options: TargetOptions,
): Promise<Target | undefined> {
  switch (name) {
    case "cachee":
    case "other": {
      const root = name === "other" ? { root: options.other! } : {};
      const cachee = await startCachee({ cpu: options.serverCpu, ...root });
      await fill(cachee.url, options.keys);
      return { ...http(name, cachee, options), buckets: () => bucketsOf(cachee.url) };
    }
    case "static":
    case "clone":
    case "clones":
    case "response": {
      const child = await startChild({
        command: [process.execPath, `${import.meta.dir}/bare.ts`, name],
        cpu: options.serverCpu,
        ready: /^listening on (\S+)$/m,
      });
      return http(name, { url: child.match[1]!, pid: child.pid, stop: () => child.stop() }, options);
    }
    case "nginx": {
      const nginx = await startNginx(options.serverCpu);
      return nginx && http(name, nginx, options);
    }
    case "redis": {
      const redis = await startRedis(options);
      return (
        redis && { name, pid: redis.pid, drive: (seconds) => redis.drive(seconds), stop: () => redis.stop() }
      );
    }
  }
}

function http(name: string, server: Cachee, options: TargetOptions): Target {
  const drive = (seconds: number, seed: number): Promise<LoadResult> =>
    runWrk({
      url: server.url,
      connections: options.connections,
      seconds,
      rate: options.rate,
      cpu: options.loadCpu,
      fields: [...CLIENT_FIELDS, ...options.extraFields],
      keys: options.keys,
      seed,
    });
  return { name, pid: server.pid, drive, stop: () => server.stop() };
}
