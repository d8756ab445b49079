// Sends requests over fetch: with a bound on time, to the next server where one fails, again where that is safe.

import { CacheeClientError, errorOf } from "./errors.ts";

/** The part of fetch that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  /** Where the servers are, without a path; tried in this order, starting with the one that answered last. */
  readonly urls: readonly string[];
  readonly apiKey: string;
  readonly timeoutMs: number;
  /** Further attempts after the first; each server is tried once at the least. */
  readonly retries: number;
  readonly fetch: Fetch;
}

export interface TransportRequest {
  readonly method: "GET" | "PUT" | "DELETE" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Doing it twice does no more than doing it once: it may be sent again where its outcome is not known. */
  readonly isRepeatable: boolean;
  /** Statuses of 400 and above that are answers and no errors. */
  readonly expected?: readonly number[];
  /** Bound on one attempt, ms; the options' own unless given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** The first pause between attempts, ms; it doubles, and a random part of it is waited. */
const PAUSE_MS = 25;
const PAUSE_MS_MAX = 1_000;

export class HttpTransport {
  readonly #options: TransportOptions;
  #current = 0;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The answer, its body read to the end. Throws a CacheeClientError. */
  async send(request: TransportRequest): Promise<TransportResponse> {
    const { urls, retries } = this.#options;
    const attempts = Math.max(retries + 1, urls.length);
    for (let attempt = 1; ; attempt++) {
      const place = this.#current;
      try {
        return await this.#attempt(request, urls[place]!);
      } catch (thrown) {
        const error = thrown as CacheeClientError;
        // Of requests that fail together at one server the first turns to the next.
        if (mayBeLocal(error) && this.#current === place) this.#current = (place + 1) % urls.length;
        if (attempt >= attempts || !mayRepeat(request, error)) throw error;
        const isNext = mayBeLocal(error) && attempt < urls.length;
        if (!isNext) await pause(Math.max(pauseMs(attempt), error.retryAfterMs ?? 0), request.signal);
      }
    }
  }

  async #attempt(request: TransportRequest, origin: string): Promise<TransportResponse> {
    const { apiKey, fetch } = this.#options;
    const url = origin + request.path;
    const timeout = AbortSignal.timeout(request.timeoutMs ?? this.#options.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const response = await fetch(url, {
        method: request.method,
        headers: { ...request.headers, "x-api-key": apiKey },
        ...(request.body === undefined ? {} : { body: request.body }),
        cache: "no-store",
        redirect: "error",
        signal,
      });
      if (response.status >= 400 && request.expected?.includes(response.status) !== true) {
        throw await errorOf(response);
      }
      return {
        status: response.status,
        headers: response.headers,
        bytes: new Uint8Array(await response.arrayBuffer()),
      };
    } catch (thrown) {
      if (thrown instanceof CacheeClientError) throw thrown;
      throw failureOf(thrown, request, timeout, origin);
    }
  }
}

function failureOf(
  cause: unknown,
  request: TransportRequest,
  timeout: AbortSignal,
  origin: string,
): CacheeClientError {
  if (request.signal?.aborted === true)
    return new CacheeClientError("aborted", "The caller gave up.", { cause });
  if (timeout.aborted)
    return new CacheeClientError("timeout", `${origin} did not answer in time.`, { cause });
  return new CacheeClientError("unreachable", `${origin} was not reached.`, { cause });
}

/** Another server may do better: this one did not answer, or cannot now. */
function mayBeLocal(error: CacheeClientError): boolean {
  return error.code === "unreachable" || error.code === "timeout" || error.status === 503;
}

/** Refused for now, or not known to have been carried out. */
function mayRepeat(request: TransportRequest, error: CacheeClientError): boolean {
  if (error.status === 429 || error.status === 503) return true;
  return request.isRepeatable && (error.code === "unreachable" || error.code === "timeout");
}

/** Exponential backoff with full jitter. */
function pauseMs(attempt: number): number {
  return Math.random() * Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (attempt - 1));
}

/** Waits; ends at once, with `aborted`, where the caller gives up. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(new CacheeClientError("aborted", "The caller gave up."));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
