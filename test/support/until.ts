// Waits for a condition, bounded, and says so when it never came.

const UNTIL_MS_MAX = 15_000;
const PAUSE_MS = 5;

/** Resolves once `condition` holds; asks again every few ms. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + UNTIL_MS_MAX;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`this never held: ${condition.toString()}`);
    await Bun.sleep(PAUSE_MS);
  }
}
