// The honest tenant as the soak holds it: a process of its own, asked from time to time what it met.

import { join } from "node:path";
import { pinned } from "../load/child.ts";
import { preferred } from "./preferred.ts";

const MAIN = join(import.meta.dir, "honest-main.ts");

/** Since the question before. */
export interface Met {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly failures: number;
  /** The longest for which requests of one kind failed without one that did not. */
  readonly failedMsMax: number;
  /** Some of the failures, in words. */
  readonly kinds: readonly string[];
}

export class HonestClient {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(port: number, respPort: number, cpu: number) {
    const command = pinned([process.execPath, MAIN, String(port), String(respPort)], cpu);
    this.#child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#lines = linesOf(this.#child.stdout);
    preferred(this.#child.pid);
  }

  async met(): Promise<Met> {
    this.#child.stdin.write("\n");
    this.#child.stdin.flush();
    const { value } = await this.#lines.next();
    return JSON.parse(value as string) as Met;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}
