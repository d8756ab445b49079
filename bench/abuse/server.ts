// The server that is abused: its tenants, what it may hold, and what of it is not as it should be.

import { startRespServer, type RespServer } from "../../test/support/resp-server.ts";
import { GREEDY_PREFIX, GREEDY_SECRET, HONEST_PREFIX, HONEST_SECRET, MIB, ROOT_SECRET } from "./target.ts";

const L1_BYTES = 64 * MIB;
/** What a process may have resident: L1 and what docs/operations.md states for the rest. */
export const RESIDENT_BYTES_MAX = L1_BYTES + 320 * MIB;

export function startAbusedServer(): Promise<RespServer> {
  return startRespServer({
    CACHEE_L1_BYTES_MAX: String(L1_BYTES),
    CACHEE_API_KEYS: [
      `honest:read+write:${HONEST_PREFIX}=${HONEST_SECRET}`,
      `greedy:read+write:${GREEDY_PREFIX}=${GREEDY_SECRET}`,
      `root:read+write+admin=${ROOT_SECRET}`,
    ].join(","),
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Lines of its log about faults that nobody expected. */
export function bugsOf(server: RespServer): string[] {
  return server
    .stderr()
    .split("\n")
    .filter((line) => line.includes(`"event":"bug"`));
}
