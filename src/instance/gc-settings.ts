// Settings of the garbage collector, which Bun reads from the environment only when a process begins. Cold.

import { messageOf } from "../base/bug.ts";

const MIB = 1024 * 1024;

/**
 * JavaScriptCore counts every ArrayBuffer as heap, lets garbage grow in proportion to it, and the more so the more
 * memory the machine has: beside 512 MiB of values a write load kept 500 MiB of garbage. These settings have it
 * collect after every 16 MiB allocated, which keeps garbage and pauses small; the growth factors keep young
 * collections from ordering full ones. bench/README.md has what 8 and 32 MiB cost beside it.
 */
const VARIABLES = {
  BUN_JSC_gcMaxHeapSize: String(16 * MIB),
  BUN_JSC_forceRAMSize: String(1 * MIB),
  BUN_JSC_smallHeapGrowthFactor: "2",
  BUN_JSC_mediumHeapGrowthFactor: "2",
  BUN_JSC_largeHeapGrowthFactor: "2",
};

/**
 * Begins the process anew, under the same pid, with the settings; returns at once where any are there already. Where
 * the process cannot begin anew (an emulator, a seccomp filter), returns the reason: it works with Bun's defaults too.
 */
export function applyGcSettings(): string | undefined {
  if (Object.keys(VARIABLES).some((name) => name in process.env)) return undefined;
  if (process.execve === undefined) return "this runtime has no process.execve";
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const script = isCompiled ? [] : [...process.execArgv, Bun.main];
  const args = [process.execPath, ...script, ...process.argv.slice(2)];
  muteExecveWarning();
  try {
    process.execve(process.execPath, args, { ...process.env, ...VARIABLES });
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** Keeps the runtime from printing that execve is experimental; other warnings are printed as ever. */
function muteExecveWarning(): void {
  const printers = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!warning.message.includes("process.execve")) for (const print of printers) print(warning);
  });
}
