// Which of the last requests an operator asks for: by status, code, lane and key prefix. Cold.

import type { ApiKey } from "../../../auth/api-key.ts";
import { CacheeError } from "../../../base/errors.ts";
import type { RequestRecord } from "../../../observe/requests/request-record.ts";
import { prefixOf } from "./query.ts";

export const FILTER_PARAMETERS = ["status", "code", "lane", "prefix"] as const;

const STATUS = /^[1-5](?:xx|\d\d)$/;
const CODE = /^[a-z0-9_]{1,64}$/;
/** `http` is both of HTTP's lanes. */
const LANES: readonly string[] = ["http", "fast", "cold", "resp", "websocket", "redis_rest"];

export type RequestFilter = (record: RequestRecord) => boolean;

/** What the parameters ask for, within the prefix of `apiKey`: with one, requests without a key are left out. */
export function requestFilterOf(parameters: URLSearchParams, apiKey: ApiKey): RequestFilter {
  const status = checked(parameters, "status", (text) => STATUS.test(text), "such as 404 or 5xx");
  const code = checked(parameters, "code", (text) => CODE.test(text), "an error code");
  const lane = checked(parameters, "lane", (text) => LANES.includes(text), `one of ${LANES.join(", ")}`);
  const prefix = prefixOf(parameters, apiKey);
  return (record) =>
    (prefix === "" || (record.key !== null && record.key.startsWith(prefix))) &&
    (lane === null || isOfLane(record, lane)) &&
    (status === null || hasStatus(record, status)) &&
    (code === null || record.code === code);
}

function checked(
  parameters: URLSearchParams,
  name: string,
  isRight: (text: string) => boolean,
  form: string,
): string | null {
  const text = parameters.get(name);
  if (text === null || isRight(text)) return text;
  throw new CacheeError("bad_query", `${name} is not ${form}.`);
}

function isOfLane({ lane }: RequestRecord, wanted: string): boolean {
  return wanted === "http" ? lane === "fast" || lane === "cold" : lane === wanted;
}

function hasStatus({ status }: RequestRecord, wanted: string): boolean {
  const text = String(status ?? "");
  return wanted.endsWith("xx") ? text.startsWith(wanted[0]!) : text === wanted;
}
