// The one error type of the service: a closed set of codes, each with its HTTP status.

/** Each code's status. Codes are stable: clients may switch on them. */
export const STATUS_BY_CODE = {
  bad_batch: 400,
  bad_body_encoding: 400,
  bad_frame: 400,
  bad_header: 400,
  bad_host: 400,
  bad_json: 400,
  bad_lease: 400,
  bad_log_level: 400,
  bad_min_version: 400,
  bad_query: 400,
  bad_tag: 400,
  bad_target: 400,
  bad_ttl: 400,
  body_incomplete: 400,
  key_ambiguous: 400,
  key_bad_escape: 400,
  key_bad_utf8: 400,
  key_control_character: 400,
  key_empty: 400,
  key_too_long: 400,
  no_store: 400,
  unsupported_range: 400,
  unauthorized: 401,
  forbidden: 403,
  key_not_found: 404,
  path_not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  body_timeout: 408,
  lease_lost: 412,
  precondition_failed: 412,
  value_too_large: 413,
  body_too_large: 413,
  unsupported_coding: 415,
  upgrade_required: 426,
  rate_limited: 429,
  too_many_marks: 429,
  internal: 500,
  draining: 503,
  starting: 503,
  l2_unavailable: 503,
  overloaded: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** An expected failure with a stable code; `message` is the sentence that the caller is shown. */
export class CacheeError extends Error {
  override readonly name = "CacheeError";
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>> | undefined;

  constructor(code: ErrorCode, detail: string, headers?: Readonly<Record<string, string>>) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }

  get status(): number {
    return STATUS_BY_CODE[this.code];
  }
}
