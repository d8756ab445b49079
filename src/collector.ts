// Settles the garbage collector's idea of how much memory there is, which Bun reads only when a process begins. Cold.

/**
 * JavaScriptCore lets garbage grow with the memory it believes the machine has. Values live outside its heap, so all
 * that this buys is resident garbage: with 24 GiB a write load kept 300 MB of it, with 128 MiB 120 MB.
 */
const VARIABLE = "BUN_JSC_forceRAMSize";
const BELIEVED_BYTES = 128 * 1024 * 1024;

/** Begins the process anew, under the same pid, with the collector's setting; does nothing where it is there already. */
export function settleCollector(): void {
  if (process.env[VARIABLE] !== undefined || process.execve === undefined) return;
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const script = isCompiled ? [] : [...process.execArgv, Bun.main];
  const args = [process.execPath, ...script, ...process.argv.slice(2)];
  process.execve(process.execPath, args, { ...process.env, [VARIABLE]: String(BELIEVED_BYTES) });
}
