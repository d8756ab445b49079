// Waits for a condition, for programs that no test runner runs; whoever runs them bounds the time.
import { setTimeout as pass } from "node:timers/promises";

const PAUSE_MS = 5;

/** Resolves once `holds` does, which is asked every few ms. */
export async function until(holds) {
  while (!(await holds())) await pass(PAUSE_MS);
}
