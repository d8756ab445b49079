// Which server a command speaks to, and with which key: from flags, the environment, or a file of the user's.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CacheeClient } from "../client/client.ts";
import { UsageError } from "./usage-error.ts";

export interface ConnectionFlags {
  readonly url?: string;
  readonly key?: string;
  readonly config?: string;
}

export interface Connection {
  readonly url: string;
  readonly key: string;
}

const DEFAULT_URL = "http://127.0.0.1:3000";

/** Where the file is that may hold `{"url": …, "key": …}`. */
function configPath(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "cachee", "config.json");
}

/** Flags come before the environment, and that before the file. Throws a UsageError where there is no key. */
export function connectionOf(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Connection {
  const file = readConfig(flags.config, env);
  const url = flags.url ?? env["CACHEE_URL"] ?? file.url ?? DEFAULT_URL;
  const key = flags.key ?? env["CACHEE_KEY"] ?? file.key;
  if (!URL.canParse(url)) throw new UsageError(`${url} is not a URL`);
  if (key === undefined) {
    throw new UsageError('there is no API key: give --key, CACHEE_KEY, or "key" in the configuration file');
  }
  return { url: new URL(url).origin, key };
}

export function clientOf(flags: ConnectionFlags): CacheeClient {
  const { url, key } = connectionOf(flags, process.env);
  return new CacheeClient({ url, apiKey: key, timeoutMs: 10_000 });
}

/** The file; one that was not asked for by name may be missing. */
function readConfig(path: string | undefined, env: NodeJS.ProcessEnv): { url?: string; key?: string } {
  let text: string;
  try {
    text = readFileSync(path ?? configPath(env), "utf8");
  } catch {
    if (path === undefined) return {};
    throw new UsageError(`${path} cannot be read`);
  }
  try {
    const { url, key } = JSON.parse(text) as { url?: unknown; key?: unknown };
    return {
      ...(typeof url === "string" ? { url } : {}),
      ...(typeof key === "string" ? { key } : {}),
    };
  } catch {
    throw new UsageError(`${path ?? configPath(env)} is not JSON`);
  }
}
