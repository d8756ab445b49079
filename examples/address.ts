// Where the server is and which API key to use, from the environment: shared by the examples.

/** `http://HOST:PORT`, without a slash at the end. */
export const url = process.env["CACHEE_URL"] ?? "http://127.0.0.1:3000";
export const key = process.env["CACHEE_KEY"] ?? "";
/** The port for Redis clients (CACHEE_RESP_PORT of the server). */
export const respPort = Number(process.env["CACHEE_RESP_PORT"] ?? 6380);

/** A request with the API key. */
export function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url + path, { ...init, headers: { "x-api-key": key, ...(init.headers as object) } });
}
