// The 404 of a key that has no entry.

import type { Fill } from "../../store/store.ts";
import { problem } from "./problem.ts";

/** `fill`: whether this reader may fill it, by the token that it sends along with its PUT, or another does. */
export function keyNotFound(fill?: Fill): Response {
  return problem("key_not_found", "There is no entry of this key.", {
    "Cache-Status": "cachee; fwd=miss",
    ...fillFields(fill),
  });
}

function fillFields(fill: Fill | undefined): Readonly<Record<string, string>> {
  if (fill === undefined) return {};
  if (fill.token !== undefined) return { "X-Cache-Lease": fill.token };
  return { "Retry-After": String(Math.ceil(fill.retryAfterMs / 1_000)) };
}
