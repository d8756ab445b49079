// Requests whose API key's neighbours have used up the time of this turn of the event loop wait for a later one, key by key.

import type { Context, Handler, Middleware } from "../context.ts";
import { Turn } from "../turn.ts";

/** Inside of `auth`: who may not is refused at once. */
export const fairTurns: Middleware = (next) => (context) => {
  if (context.turns.isOver) return later(next, context);
  const turn = new Turn(context);
  try {
    return next(context);
  } finally {
    // Until the handler first waits; what is long after that has a turn of its own.
    turn.end();
  }
};

async function later(next: Handler, context: Context): Promise<Response> {
  await new Turn(context).begin();
  return next(context);
}
