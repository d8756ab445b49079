// One endpoint as a row: its method, its path, who may use it, and what answers it. Cold.

import type { Scope } from "../auth/api-key.ts";
import type { Credentials } from "../gate/credentials.ts";
import type { Handler } from "./context.ts";

/** Who may use an endpoint: everyone, whoever has a key, or keys with one of these scopes. */
export type Access = "public" | "any key" | readonly Scope[];

export interface Route {
  /** GET answers HEAD too; Bun leaves the body out. */
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** As sent, not decoded; with `*` at its end it stands for every path that begins so. */
  readonly path: string;
  /** Keys with the scope `admin` alone, unless given. */
  readonly access?: Access;
  /** Reads the credentials of a request; from `x-api-key`, then `Authorization`, unless given. */
  readonly credentialsOf?: (headers: Headers) => Credentials | undefined;
  /** What it is called among what held the event loop: its method and path, unless given. */
  readonly work?: string;
  readonly handler: Handler;
}

/** Where nothing is said nobody gets in who is not in charge. */
const DEFAULT_ACCESS: Access = ["admin"];

export function accessOf(route: Route): Access {
  return route.access ?? DEFAULT_ACCESS;
}

/** Access to whoever may use one of `routes`. */
export function accessToAny(routes: readonly Route[]): Access {
  const accesses = routes.map(accessOf);
  if (accesses.includes("public")) return "public";
  if (accesses.includes("any key")) return "any key";
  return [...new Set(accesses.flatMap((access) => (typeof access === "string" ? [] : access)))];
}
