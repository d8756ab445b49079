// The one error type of the client: what the server refused, or why it was not reached.

/** Codes that the client itself gives; any other is the server's own (its problem documents' `code`). */
export type ClientCode = "unreachable" | "timeout" | "aborted" | "bad_answer" | "bad_key";

export class CacheeClientError extends Error {
  /** A stable word: a ClientCode, or the server's, such as `forbidden` or `value_too_large`. */
  readonly code: string;
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** How long the server asks to wait before another attempt, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "CacheeClientError";
    this.code = code;
    this.status = details.status ?? 0;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The cache could not be asked, or could not answer: the application goes on without it. */
  get isUnavailable(): boolean {
    return (
      this.code === "unreachable" || this.code === "timeout" || this.status === 503 || this.status === 429
    );
  }
}

interface ErrorDetails {
  readonly status?: number;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

interface ProblemDocument {
  readonly code?: unknown;
  readonly detail?: unknown;
}

/** The error that an answer of status 400 and above says (RFC 9457); its body is read. */
export async function errorOf(response: Response): Promise<CacheeClientError> {
  const text = await response.text().catch(() => "");
  let problem: ProblemDocument = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) problem = parsed;
  } catch {
    // An answer of a proxy's, perhaps: the status says what there is to say.
  }
  const code = typeof problem.code === "string" ? problem.code : `http_${response.status}`;
  const message =
    typeof problem.detail === "string" ? problem.detail : `The server answered ${response.status}.`;
  return new CacheeClientError(code, message, {
    status: response.status,
    retryAfterMs: retryAfterMsOf(response),
  });
}

/** Retry-After in seconds as ms; nothing where it is absent or a date. */
function retryAfterMsOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
