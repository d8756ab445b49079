// Names the machine and the commit that a figure was measured on.

import { cpus, totalmem } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly bun: string;
  readonly commit: string;
  readonly at: string;
}

export function machine(): Machine {
  const git = Bun.spawnSync(["git", "describe", "--always", "--dirty"], { cwd: import.meta.dir });
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1e9),
    bun: Bun.version,
    commit: git.stdout.toString().trim() || "unknown",
    at: new Date().toISOString(),
  };
}
