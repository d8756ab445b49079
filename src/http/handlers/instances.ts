// GET /instances: the fleet as this instance sees it.

import type { Handler } from "../context.ts";
import { jsonReply } from "../reply/json-reply.ts";

/** Who can tell of the fleet; what it tells goes out as JSON. */
export interface FleetPort {
  view(): Promise<object>;
}

export function instancesHandler(fleet: FleetPort): Handler {
  return async () => jsonReply(await fleet.view());
}
