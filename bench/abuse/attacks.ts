// Every attack of the soak, by name.

import { HTTP_ATTACKS } from "./http-attacks.ts";
import { RESP_ATTACKS } from "./resp-attacks.ts";
import type { Attack } from "./target.ts";
import { WEBSOCKET_ATTACKS } from "./websocket-attacks.ts";

export const ATTACKS: readonly Attack[] = [...HTTP_ATTACKS, ...RESP_ATTACKS, ...WEBSOCKET_ATTACKS];
