// What the endpoints for operators are asked: a count, and a key prefix within that of the API key.

import type { ApiKey } from "../../../auth/api-key.ts";
import { CacheeError } from "../../../base/errors.ts";
import type { Context } from "../../context.ts";

/** The parameters of the request; an unknown one is refused. */
export function parametersOf({ query }: Context, names: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams(query);
  for (const name of parameters.keys()) {
    if (!names.includes(name)) {
      throw new CacheeError("bad_query", `The query has a parameter other than ${names.join(", ")}.`);
    }
  }
  return parameters;
}

/** `count`, from 1 to `countMax`; `countMax` where it is absent. */
export function countOf(parameters: URLSearchParams, countMax: number): number {
  const text = parameters.get("count");
  if (text === null) return countMax;
  const count = Number(text);
  if (!/^\d{1,6}$/.test(text) || count < 1 || count > countMax) {
    throw new CacheeError("bad_query", `count is a number from 1 to ${countMax}.`);
  }
  return count;
}

/** The narrower of `prefix` and what the API key is confined to; refused where neither begins with the other. */
export function prefixOf(parameters: URLSearchParams, apiKey: ApiKey): string {
  const prefix = parameters.get("prefix") ?? "";
  if (prefix.startsWith(apiKey.prefix)) return prefix;
  if (apiKey.prefix.startsWith(prefix)) return apiKey.prefix;
  throw new CacheeError("forbidden", "This API key is confined to another prefix.");
}
