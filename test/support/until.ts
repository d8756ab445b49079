// Waits for a condition, bounded, and says so when it never came.

/** A busy machine may need most of it. */
const UNTIL_MS_MAX = 60_000;
const PAUSE_MS = 5;

/** Resolves once `condition` holds; asks again every few ms, and rejects after `msMax`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  msMax = UNTIL_MS_MAX,
): Promise<void> {
  const endMs = performance.now() + msMax;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`this never held in ${msMax} ms: ${condition.toString()}`);
    await Bun.sleep(PAUSE_MS);
  }
}

/** Resolves in the next turn of the event loop: what was ready has run by then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
