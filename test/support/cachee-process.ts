// Runs real Cachee processes for tests: on a free port of loopback, with one key that may do everything.

import { until } from "./until.ts";
import { BUN_COMMAND } from "./bun-command.ts";
import { join } from "node:path";

export const SECRET = "test-secret";
const MAIN = join(import.meta.dir, "../../src/main.ts");

export interface CacheeProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has logged so far. */
  log(): string;
  /** A request with the key that may do everything. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  put(key: string, value: string, headers?: Record<string, string>): Promise<Response>;
  get(key: string, headers?: Record<string, string>): Promise<Response>;
  /** Resolves when /health/ready says so. */
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Ends it (SIGTERM) and gives its exit code. */
  stop(): Promise<number>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
}

/** Starts a server with `env` added to its settings; resolves once it listens. Its log goes to `logFile`, or is kept. */
export async function startCachee(
  env: Record<string, string> = {},
  logFile?: string,
): Promise<CacheeProcess> {
  const server = Bun.spawn([...BUN_COMMAND, MAIN], {
    env: {
      PATH: process.env["PATH"] ?? "",
      CACHEE_PORT: "0",
      CACHEE_API_KEYS: `default:read+write+admin=${SECRET}`,
      CACHEE_L1_BYTES_MAX: "64mb",
      ...env,
    },
    stdout: "pipe",
    stderr: logFile === undefined ? "pipe" : Bun.file(logFile),
  });
  const logged: string[] = [];
  const reading = typeof server.stderr === "object" ? collect(server.stderr, logged) : undefined;
  const url = await listeningUrl(server.stdout);
  if (url === undefined) {
    await server.exited;
    await reading;
    throw new Error(`cachee did not start: ${logged.join("")}`);
  }
  const request = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { "x-api-key": SECRET, ...(init.headers as object) } });
  return {
    url,
    pid: server.pid,
    log: () => logged.join(""),
    fetch: request,
    put: (key, value, headers = {}) =>
      request(`/cache/${key}`, {
        method: "PUT",
        body: value,
        headers: { "content-type": "text/plain", ...headers },
      }),
    get: (key, headers = {}) => request(`/cache/${key}`, { headers }),
    ready: () => until(async () => (await request("/health/ready")).status === 200),
    signal: (name) => server.kill(name),
    async stop() {
      server.kill("SIGTERM");
      return server.exited;
    },
    async kill() {
      server.kill("SIGKILL");
      await server.exited;
    },
  };
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) into.push(decoder.decode(chunk, { stream: true }));
}

async function listeningUrl(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    text += decoder.decode(value, { stream: true });
    const match = /listening on (\S+)\n/.exec(text);
    if (match === null) continue;
    void drain(reader);
    return match[1];
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}
