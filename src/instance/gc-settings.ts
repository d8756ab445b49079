// Settles how often the garbage collector runs, which Bun reads from the environment only when a process begins. Cold.

const MIB = 1024 * 1024;

/**
 * JavaScriptCore counts every ArrayBuffer as heap, lets garbage grow in proportion to it, and the more so the more
 * memory the machine has: beside 512 MiB of values a write load kept 500 MiB of garbage. These settings have it
 * collect after every 32 MiB allocated; that load then kept 80 MiB, and hits cost the same.
 */
const VARIABLES = { BUN_JSC_gcMaxHeapSize: String(32 * MIB), BUN_JSC_forceRAMSize: String(1 * MIB) };

/** Begins the process anew, under the same pid, with the settings; does nothing where any are there already. */
export function settleCollector(): void {
  if (process.execve === undefined || Object.keys(VARIABLES).some((name) => name in process.env)) return;
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const script = isCompiled ? [] : [...process.execArgv, Bun.main];
  const args = [process.execPath, ...script, ...process.argv.slice(2)];
  process.execve(process.execPath, args, { ...process.env, ...VARIABLES });
}
