// One request to the server with the API key of this tab, and what may come of it.

/** The server refuses: 401 for an unknown key, 403 for one without the right. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The JSON of the answer; throws what answerOf does. */
export async function ask<T>(path: string, key: string, init: RequestInit = {}): Promise<T> {
  const response = await answerOf(path, key, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A good answer; throws Refused, or an Error that says what went wrong. */
export async function answerOf(path: string, key: string, init: RequestInit): Promise<Response> {
  const headers = { "x-api-key": key, ...(init.headers as Record<string, string> | undefined) };
  const response = await fetch(path, { ...init, headers, cache: "no-store" });
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  const detail = problem.detail ?? `${path} answered ${response.status}`;
  if (response.status === 401 || response.status === 403) throw new Refused(response.status, detail);
  throw new Error(detail);
}

export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "no answer";
  if (thrown.name === "TimeoutError") return "no answer in time";
  if (thrown instanceof TypeError) return "the server cannot be reached";
  return thrown instanceof SyntaxError ? "the answer is not JSON" : thrown.message;
}

/** `key` as a path: each of its segments escaped. */
export function pathOfKey(key: string): string {
  return key.split("/").map(encodeURIComponent).join("/");
}
