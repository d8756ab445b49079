// The router of the cold lane: a switch over the path, then over the method.

import { requireScope } from "../auth/api-key.ts";
import { CacheeError } from "../base/errors.ts";
import type { Handler } from "./context.ts";
import { CACHE_PATH } from "../gate/key.ts";

/** The dashboard page; its files lie below. */
export const DASHBOARD_PATH = "/dashboard";

/** A handler for each method of each path; the key of an entry is the handler's to read. */
export interface Handlers {
  readonly read: Handler;
  readonly put: Handler;
  readonly delete: Handler;
  readonly batch: Handler;
  readonly invalidate: Handler;
  readonly live: Handler;
  readonly ready: Handler;
  readonly metrics: Handler;
  readonly stats: Handler;
  readonly instances: Handler;
  readonly dashboard: Handler;
}

/** Nothing is on it yet; what will be is for keys with the scope `admin`. */
const ADMIN_PATH = "/admin/";

type Methods = Readonly<Record<string, Handler>>;

/** Whether `path` is served without an API key. Unknown paths are: there is nothing on them. */
export function isPublic(path: string): boolean {
  if (path.startsWith(CACHE_PATH)) return false;
  switch (path) {
    case "/batch":
    case "/invalidate":
    case "/metrics":
    case "/stats":
    case "/instances":
      return false;
    default:
      return !path.startsWith(ADMIN_PATH);
  }
}

export function createRouter(handlers: Handlers): Handler {
  const entry = methods({
    GET: handlers.read,
    PUT: handlers.put,
    POST: handlers.put,
    DELETE: handlers.delete,
  });
  const batch = methods({ POST: handlers.batch });
  const invalidate = methods({ POST: handlers.invalidate });
  const live = methods({ GET: handlers.live });
  const ready = methods({ GET: handlers.ready });
  const metrics = methods({ GET: handlers.metrics });
  const stats = methods({ GET: handlers.stats });
  const instances = methods({ GET: handlers.instances });
  const dashboard = methods({ GET: handlers.dashboard });

  const route = (path: string): Methods => {
    if (path.startsWith(CACHE_PATH)) return entry;
    switch (path) {
      case "/batch":
        return batch;
      case "/invalidate":
        return invalidate;
      case "/health/live":
        return live;
      case "/health/ready":
        return ready;
      case "/metrics":
        return metrics;
      case "/stats":
        return stats;
      case "/instances":
        return instances;
      case DASHBOARD_PATH:
        return dashboard;
      default:
        if (path.startsWith(`${DASHBOARD_PATH}/`)) return dashboard;
        throw new CacheeError("path_not_found", "There is nothing on this path.");
    }
  };

  return (context) => {
    if (context.path.startsWith(ADMIN_PATH)) requireScope(context.apiKey!, "admin");
    const byMethod = route(context.path);
    const { method } = context.request;
    const handler = Object.hasOwn(byMethod, method) ? byMethod[method] : undefined;
    if (handler !== undefined) return handler(context);
    const allow = Object.keys(byMethod).join(", ");
    throw new CacheeError("method_not_allowed", `This path answers ${allow}.`, { Allow: allow });
  };
}

/** HEAD is answered wherever GET is; Bun leaves the body out. */
function methods(byMethod: Methods): Methods {
  const get = byMethod["GET"];
  return get === undefined ? byMethod : { GET: get, HEAD: get, ...byMethod };
}
