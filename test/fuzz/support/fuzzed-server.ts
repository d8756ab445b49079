// A server for a fuzzer: a process of its own, watched by an honest client, that tells which code ran in it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { within } from "../../../src/base/deadline.ts";
import { BUN_COMMAND } from "../../support/bun-command.ts";
import { until } from "../../support/until.ts";
import type { FolderCoverage } from "./coverage.ts";

const MAIN = join(import.meta.dir, "covered-main.ts");
/** An honest request that takes longer, on however loaded a machine, was not answered. */
const HONEST_MS_MAX = 10_000;
/** The honest client reads it after each round; whoever is fuzzed has no right to it. */
const HONEST_KEY = "honest/canary";
const HONEST_VALUE = "untouched";

export const ROOT_SECRET = "root-secret-of-the-fuzzer";
/** All but `admin`, below `fuzz/`. */
export const FUZZ_SECRET = "confined-secret-of-the-fuzzer";
export const FUZZ_PREFIX = "fuzz/";
const KEYS = `root:read+write+admin=${ROOT_SECRET},fuzz:read+write:${FUZZ_PREFIX}=${FUZZ_SECRET}`;

export class FuzzedServer {
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #dir: string;
  #honestKeyIsNew = true;
  #stdout = "";
  #stderr = "";
  port = 0;
  respPort = 0;
  /** The longest that the honest client waited for an answer. */
  honestMsMax = 0;

  private constructor(env: Readonly<Record<string, string>>) {
    this.#dir = mkdtempSync(join(tmpdir(), "cachee-fuzz-"));
    this.#child = Bun.spawn([...BUN_COMMAND, MAIN], {
      env: {
        PATH: process.env["PATH"] ?? "",
        COVERAGE_FILE: join(this.#dir, "coverage.json"),
        CACHEE_PORT: "0",
        CACHEE_RESP_PORT: "0",
        CACHEE_L1_BYTES_MAX: "64mb",
        CACHEE_VALUE_BYTES_MAX: "64kb",
        CACHEE_API_KEYS: KEYS,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    void this.#read(this.#child.stdout, (text) => (this.#stdout += text));
    void this.#read(this.#child.stderr, (text) => (this.#stderr += text));
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<FuzzedServer> {
    const server = new FuzzedServer(env);
    const found = (pattern: RegExp) => Number(pattern.exec(server.#stdout)?.[1] ?? 0);
    await until(() => {
      if (server.#child.exitCode !== null) throw new Error(`it did not start: ${server.#stderr}`);
      server.port = found(/^listening on http:\/\/[^:]+:(\d+)$/m);
      server.respPort = found(/^listening for Redis clients on port (\d+)$/m);
      return server.respPort > 0;
    });
    return server;
  }

  ask(path: string, init: RequestInit = {}, secret = ROOT_SECRET): Promise<Response> {
    const headers = { "x-api-key": secret, ...(init.headers as object) };
    const signal = AbortSignal.timeout(HONEST_MS_MAX);
    return fetch(`http://127.0.0.1:${this.port}${path}`, { ...init, headers, signal });
  }

  /** The process lives, has met no bug, and the honest client is answered rightly. Throws what is not so. */
  async check(secret = ROOT_SECRET): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`the process ended with ${this.#child.exitCode}`);
    const bug = /^.*"event":"bug".*$/m.exec(this.#stderr)?.[0];
    if (bug !== undefined) throw new Error(`a bug: ${bug}`);
    const startMs = performance.now();
    const answer = await this.ask(`/cache/${HONEST_KEY}`, {}, secret);
    const body = await answer.text();
    this.honestMsMax = Math.max(this.honestMsMax, performance.now() - startMs);
    if (answer.status === 404 && this.#honestKeyIsNew) {
      this.#honestKeyIsNew = false;
      await this.ask(`/cache/${HONEST_KEY}`, { method: "PUT", body: HONEST_VALUE }, secret);
    } else if (answer.status !== 200 || body !== HONEST_VALUE) {
      throw new Error(`the honest client got ${answer.status} ${body}`);
    }
  }
  /** Stops it; throws what it had to say if it does not end well. */
  async stop(): Promise<readonly FolderCoverage[]> {
    try {
      this.#child.kill("SIGTERM");
      const code = await within(HONEST_MS_MAX, "its end", this.#child.exited);
      if (code !== 0) throw new Error(`the server ended with ${code}: ${this.#stderr}`);
      return JSON.parse(readFileSync(join(this.#dir, "coverage.json"), "utf8")) as FolderCoverage[];
    } finally {
      this.#child.kill("SIGKILL");
      rmSync(this.#dir, { recursive: true });
    }
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  }
}
