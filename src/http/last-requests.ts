// What the log and the list of the last requests tell of a request of the cold lane. Cold.

import { LOGGED_PATH_CHARS_MAX } from "../base/limits.ts";
import type { LogFields } from "../base/log.ts";
import { CACHE_PATH, keyOfPath } from "../gate/key.ts";
import type { ToldRequest } from "../observe/requests/request-record.ts";
import type { Context } from "./context.ts";

const ADMIN_PATH = "/admin/";

/** A request that has been answered with `status`, or refused for `refusal`, at `nowNs`. */
export interface Answered {
  readonly context: Context;
  readonly status: number;
  readonly refusal: string | undefined;
  readonly nowNs: number;
}

/** For the log at the level `debug`. */
export function requestFields({ context, status, refusal, nowNs }: Answered): LogFields {
  const { request, path, startNs, apiKey, requestId } = context;
  const us = Math.round((nowNs - startNs) / 1_000);
  const where = refusal === "path_not_found" ? undefined : shownPath(path);
  return { method: request.method, path: where, status, code: refusal, us, apiKey: apiKey?.name, requestId };
}

export function toldRequest({ context, status, refusal, nowNs }: Answered, oneIn: number): ToldRequest {
  const { request, path, startNs, apiKey, requestId } = context;
  const key = keyIn(path);
  return {
    lane: "cold",
    method: request.method.slice(0, METHOD_CHARS_MAX),
    key,
    path: key !== null || refusal === "path_not_found" ? null : shownPath(path),
    status,
    code: refusal ?? (status === 404 ? "key_not_found" : null),
    us: Math.round((nowNs - startNs) / 1_000),
    apiKey: apiKey?.name ?? null,
    requestId: requestId === "" ? null : requestId,
    oneIn,
  };
}

const METHOD_CHARS_MAX = 32;

/** The key of an entry's path; one that is spelt amiss is told as a path. */
function keyIn(path: string): string | null {
  if (!path.startsWith(CACHE_PATH)) return null;
  try {
    return keyOfPath(path.slice(CACHE_PATH.length));
  } catch {
    return null;
  }
}

/** Of paths other than those of entries the first segment: what follows may be a value that a command of Redis takes. */
function shownPath(path: string): string {
  const isWhole = path.startsWith(CACHE_PATH) || path.startsWith(ADMIN_PATH);
  const end = isWhole ? -1 : path.indexOf("/", 1);
  return path.slice(0, Math.min(LOGGED_PATH_CHARS_MAX, end < 0 ? path.length : end));
}
