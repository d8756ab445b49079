// The router of the cold lane: finds the path's rows, then the method's, whose access is checked before its handler runs.

import type { Keyring } from "../auth/keyring.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { Handler } from "./context.ts";
import { auth } from "./middleware/auth.ts";
import { problem } from "./reply/problem.ts";
import { accessOf, accessToAny, type Route } from "./route.ts";

/** What answers on one path. */
interface Endpoint {
  readonly byMethod: ReadonlyMap<string, Handler>;
  /** Answers every other method, to those who may use one of these. */
  readonly otherMethod: Handler;
}

export function createRouter(routes: readonly Route[], keyring: Keyring): Handler {
  const exact = new Map<string, Endpoint>();
  const below: (readonly [start: string, endpoint: Endpoint])[] = [];
  for (const [path, rows] of Map.groupBy(routes, (route) => route.path)) {
    const endpoint = endpointOf(rows, keyring);
    if (path.endsWith("*")) below.push([path.slice(0, -1), endpoint]);
    else exact.set(path, endpoint);
  }
  const endpointAt = (path: string): Endpoint | undefined =>
    exact.get(path) ?? below.find(([start]) => path.startsWith(start))?.[1];

  return (context) => {
    const endpoint = endpointAt(context.path);
    if (endpoint === undefined) return problem("path_not_found", "There is nothing on this path.");
    const handler = endpoint.byMethod.get(context.request.method) ?? endpoint.otherMethod;
    return handler(context);
  };
}

function endpointOf(routes: readonly Route[], keyring: Keyring): Endpoint {
  const byMethod = new Map<string, Handler>();
  for (const route of routes) {
    const guarded = named(route, auth(keyring, accessOf(route), route.credentialsOf)(route.handler));
    byMethod.set(route.method, guarded);
    if (route.method === "GET") byMethod.set("HEAD", guarded);
  }
  const allow = [...byMethod.keys()].join(", ");
  const refuse: Handler = () =>
    problem("method_not_allowed", `This path answers ${allow}.`, { Allow: allow });
  return { byMethod, otherMethod: auth(keyring, accessToAny(routes), routes[0]?.credentialsOf)(refuse) };
}

/** `handler`, which says whose work begins. */
function named({ method, path, work = `http ${method} ${path}` }: Route, handler: Handler): Handler {
  const kind = loopWork.kind(work);
  return (context) => {
    context.work = kind;
    loopWork.is(kind);
    return handler(context);
  };
}
