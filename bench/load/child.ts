// A server or load generator run as a child process: pinned to a core, awaited until it listens, stopped by its pid.

import type { Subprocess } from "bun";

/** A child that has not said it is ready by then never will. */
const READY_MS_MAX = 15_000;
const STOP_MS_MAX = 5_000;

export interface Child {
  readonly pid: number;
  /** What `ready` matched. */
  readonly match: RegExpExecArray;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly command: readonly string[];
  /** Number of the core, where the system can pin. */
  readonly cpu: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Sought in what the child prints on standard output. */
  readonly ready: RegExp;
}

/** `command`, bound to core `cpu` where `taskset` is installed. */
export function pinned(command: readonly string[], cpu: number): string[] {
  return Bun.which("taskset") === null ? [...command] : ["taskset", "-c", String(cpu), ...command];
}

/** Starts a child and waits for the line that says it listens. Throws, with its last words, when it ends before. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = Bun.spawn(pinned(options.command, options.cpu), {
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), READY_MS_MAX);
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const match = options.ready.exec(text);
    if (match === null) continue;
    clearTimeout(timer);
    return { pid: child.pid, match, stop: () => stopChild(child) };
  }
  clearTimeout(timer);
  throw new Error(`${options.command.join(" ")} ended before it was ready: ${text.slice(-500)}`);
}

async function stopChild(child: Subprocess): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  child.kill("SIGTERM");
  await child.exited;
  clearTimeout(timer);
}
