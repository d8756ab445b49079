// Refuses requests with a bad Host field, or more than one (RFC 9112 §3.2).

import type { Middleware } from "../context.ts";
import { problem } from "../reply/problem.ts";
import type { HostCheck } from "../request/host.ts";

export function hostCheck(hosts: HostCheck): Middleware {
  return (next) => (context) => {
    if (!hosts.isGood(context.request.headers.get("host"))) {
      return problem("bad_host", "The Host field is malformed, or there is more than one.");
    }
    return next(context);
  };
}
