// The middleware of the cold lane, folded once around the router. Cold.

import type { Keyring } from "../auth/keyring.ts";
import type { Lifecycle } from "../base/lifecycle.ts";
import type { Log } from "../base/log.ts";
import { fold, type Handler } from "./context.ts";
import { compress } from "./middleware/compress.ts";
import { connection } from "./middleware/connection.ts";
import { cors } from "./middleware/cors.ts";
import { errors } from "./middleware/errors.ts";
import { hostCheck } from "./middleware/host-check.ts";
import { requestId } from "./middleware/request-id.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import type { Preferences } from "./request/accept-encoding.ts";
import type { HostCheck } from "./request/host.ts";
import type { Route } from "./route.ts";
import { createRouter } from "./router.ts";

export interface PipelineOptions {
  readonly routes: readonly Route[];
  readonly keyring: Keyring;
  readonly lifecycle: Lifecycle;
  readonly corsOrigins: readonly string[];
  readonly preferences: Preferences;
  readonly hosts: HostCheck;
  readonly log: Log;
}

export function createPipeline(options: PipelineOptions): Handler {
  const { routes, keyring, lifecycle, corsOrigins, preferences, hosts, log } = options;
  const crossOrigin = corsOrigins.length === 0 ? [] : [cors(corsOrigins)];
  return fold(
    [
      requestId,
      connection(lifecycle),
      securityHeaders,
      ...crossOrigin,
      errors(log),
      hostCheck(hosts),
      compress(preferences),
    ],
    createRouter(routes, keyring),
  );
}
