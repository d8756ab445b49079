// What the command line asks of a server beside the client: answers in JSON, and events as they come.

import { EventSourceParserStream } from "eventsource-parser/stream";
import { CacheeClientError, errorOf } from "../client/errors.ts";
import type { Connection } from "./connection.ts";

export interface ServerEvent {
  /** None: `message`. */
  readonly event: string | undefined;
  readonly id: string | undefined;
  readonly data: string;
}

/** An answer that is no refusal. Throws a CacheeClientError. */
async function ask({ url, key }: Connection, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    const headers = { ...(init.headers as Record<string, string> | undefined), "x-api-key": key };
    response = await fetch(url + path, { ...init, headers });
  } catch (cause) {
    throw unreachable(url, cause);
  }
  if (response.status >= 400) throw await errorOf(response);
  return response;
}

export async function askJson<T>(connection: Connection, path: string): Promise<T> {
  const response = await ask(connection, path);
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw unreachable(connection.url, cause);
  }
}

/** Server-sent events, from the one after `lastId` on where that is given; ends when the server does, and may throw. */
export async function* askEvents(
  connection: Connection,
  path: string,
  lastId: string | undefined,
): AsyncGenerator<ServerEvent, void> {
  const headers = {
    accept: "text/event-stream",
    ...(lastId === undefined ? {} : { "last-event-id": lastId }),
  };
  const response = await ask(connection, path, { headers });
  const events = response
    .body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream());
  try {
    for await (const { event, id, data } of events) yield { event, id, data };
  } catch (cause) {
    throw unreachable(connection.url, cause);
  }
}

function unreachable(url: string, cause: unknown): CacheeClientError {
  return new CacheeClientError("unreachable", `${url} was not reached.`, { cause });
}
