// What a user would pick instead of this server, as the comparison starts it: pinned, on a port of its own, stopped by its pid.

import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinned } from "../../load/child.ts";
import { processTree } from "../../load/process-figures.ts";
import type { Way } from "../generator/protocol.ts";

export interface Peer {
  readonly name: string;
  /** The program that has to be installed, and what makes it say its version; nothing for those that Bun runs. */
  readonly program?: string;
  readonly versionFlag?: string;
  readonly way: Way;
  /** Requests sent at once on one connection. */
  readonly depth: number;
  start(place: Place): Promise<RunningPeer>;
}

/** Where a peer runs, and what it will hold. */
export interface Place {
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly keys: number;
  readonly bytes: number;
}

export interface RunningPeer {
  readonly port: number;
  /** Those whose CPU time counts. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

const TRIES_MAX = 200;
const TRY_MS = 25;
const STOP_MS_MAX = 5_000;

/** Programs of Debian for administrators are not in everybody's PATH. */
export function programPath(program: string): string | null {
  return Bun.which(program, { PATH: `${process.env["PATH"]}:/usr/sbin` });
}

/** A directory that any user may look into, and what removes it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "cachee-peer-"));
  chmodSync(path, 0o777);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts a command that will listen on `port`, and waits until it does. */
export async function startListening(
  command: readonly string[],
  port: number,
  cpu: number,
): Promise<RunningPeer> {
  const child = Bun.spawn(pinned(command, cpu), { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  const stop = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    child.kill("SIGTERM");
    await child.exited;
    clearTimeout(timer);
  };
  for (let tries = 0; tries < TRIES_MAX && child.exitCode === null; tries++) {
    if (await isListening(port)) return { port, pids: processTree(child.pid), stop };
    await Bun.sleep(TRY_MS);
  }
  await stop();
  throw new Error(`${command.join(" ")} does not listen on port ${port}`);
}

async function isListening(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
