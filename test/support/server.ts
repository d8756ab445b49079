// Starts the real server as a process of its own on a free port, and stops it by its pid.

import { within } from "../../src/base/deadline.ts";
import { BUN_COMMAND } from "./bun-command.ts";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** A busy machine may need most of it. */
const READY_MS_MAX = 60_000;
/** Longer than a server may drain; then it is killed, and its exit code tells. */
const STOP_MS_MAX = 15_000;
/** How long the end of what a process wrote is waited for once it has ended. */
const ENDED_MS_MAX = 1_000;
const LISTENING = /^listening on (\S+)$/m;

/** Settings by their names in the environment. */
export type ServerEnv = Readonly<Record<string, string>>;

export interface RunningServer {
  /** `http://HOST:PORT` or `https://…`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** An API key with every scope, unless CACHEE_API_KEYS was given: then whatever that says. */
  readonly key: string;
  readonly pid: number;
  /** All that it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Sends `signal` (SIGTERM) and resolves with the exit code once the process is gone; again is harmless. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Resolves once the server says that it listens; rejects with its stderr if it exits or stays silent. */
export async function startServer(env: ServerEnv = {}): Promise<RunningServer> {
  const key = env["CACHEE_API_KEYS"] ?? `test-${crypto.randomUUID()}`;
  const child = Bun.spawn([...BUN_COMMAND, MAIN], {
    env: { PATH: process.env["PATH"] ?? "", CACHEE_PORT: "0", CACHEE_API_KEYS: key, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = collect(child.stderr);
  const ready = Promise.withResolvers<string>();
  const stdout = collect(child.stdout, (text) => {
    const match = LISTENING.exec(text);
    if (match !== null) ready.resolve(match[1]!);
  });
  const exited = async () => {
    const code = await child.exited;
    await stderr.ended;
    ready.reject(new Error(`it exited with ${code}`));
  };
  void exited();
  try {
    const url = await within(READY_MS_MAX, "its first line", ready.promise);
    return {
      url,
      port: Number(new URL(url).port),
      key,
      pid: child.pid,
      stdout: stdout.text,
      stderr: stderr.text,
      async stop(signal = "SIGTERM") {
        child.kill(signal);
        await within(STOP_MS_MAX, "its end", child.exited).catch(() => child.kill("SIGKILL"));
        const code = await child.exited;
        // Bun 1.4.5 now and then misses the end of a stream that workers had inherited.
        await within(ENDED_MS_MAX, "its output", Promise.all([stdout.ended, stderr.ended])).catch(() => {});
        return code;
      },
    };
  } catch (thrown) {
    child.kill("SIGKILL");
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(`the server did not start: ${reason}\n${stderr.text()}`, { cause: thrown });
  }
}

/** Drains `stream` into a text that grows; `grown` is told of the whole of it each time. */
function collect(
  stream: ReadableStream<Uint8Array>,
  grown: (text: string) => void = () => {},
): { text: () => string; ended: Promise<void> } {
  let text = "";
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      grown(text);
    }
  })();
  return { text: () => text, ended };
}
