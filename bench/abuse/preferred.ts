// Puts a process before others in line for its core, where the system lets us: what is measured is the server, not them.

import { existsSync, readdirSync, writeFileSync } from "node:fs";

const NICE = -15;

/** All threads of `pid`; later ones inherit it. */
export function preferred(pid: number): void {
  if (Bun.which("renice") === null) return;
  const threads = readdirSync(`/proc/${pid}/task`);
  Bun.spawnSync(["renice", "-n", String(NICE), "-p", ...threads], { stdout: "ignore", stderr: "ignore" });
  // Linux weighs sessions against one another before the threads within them.
  const session = `/proc/${pid}/autogroup`;
  try {
    if (existsSync(session)) writeFileSync(session, String(NICE));
  } catch {
    // Only those who may.
  }
}
