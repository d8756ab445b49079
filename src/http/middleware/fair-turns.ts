// Requests whose API key's neighbours have used up the time of this turn of the event loop wait for a later one, key by key.

import type { Middleware } from "../context.ts";
import { Turn } from "../turn.ts";

/** Inside of `auth`: who may not is refused at once. */
export const fairTurns: Middleware = (next) => (context) => {
  const turn = new Turn(context);
  if (context.turns.isOver) return turn.begin().then(() => next(context));
  try {
    return next(context);
  } finally {
    // Until the handler first waits; what is long after that has a turn of its own.
    turn.end();
  }
};
