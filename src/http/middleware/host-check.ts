// Refuses requests with a bad Host field, or more than one (RFC 9112 §3.2).

import { CacheeError } from "../../base/errors.ts";
import type { Middleware } from "../context.ts";
import type { HostCheck } from "../host.ts";

export function hostCheck(hosts: HostCheck): Middleware {
  return (next) => (context) => {
    if (!hosts.isGood(context.request.headers.get("host"))) {
      throw new CacheeError("bad_host", "The Host field is malformed, or there is more than one.");
    }
    return next(context);
  };
}
