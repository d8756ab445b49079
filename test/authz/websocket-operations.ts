// What can be asked over WebSocket: what each operation takes, and how it is tried.

import { decodeAnswers, encodeRequest } from "../../src/websocket/client/frames.ts";
import { DELETE, GET, PROVE, PUT, TRACK, UNTRACK } from "../../src/websocket/frames.ts";
import { TARGETS, type Need, type Outcome, type Reach, type Who } from "./who.ts";

export interface WebsocketOperation {
  readonly name: string;
  readonly need: Need;
  readonly reach: Reach;
  readonly request: Uint8Array;
}

function entryOperations(key: string): WebsocketOperation[] {
  const reach = { below: key };
  const of = (
    name: string,
    need: Need,
    request: Partial<Parameters<typeof encodeRequest>[0]> & { operation: number },
  ) => ({
    name: `${name} ${key}`,
    need,
    reach,
    request: encodeRequest({ id: 1, key, ...request }),
  });
  return [
    of("GET", ["read"], { operation: GET }),
    of("GET, tracked,", ["read"], { operation: GET, flags: TRACK }),
    of("PUT", ["write"], { operation: PUT, value: new TextEncoder().encode("changed") }),
    of("DELETE", ["write"], { operation: DELETE }),
  ];
}

export const WEBSOCKET_OPERATIONS: readonly WebsocketOperation[] = [
  ...TARGETS.flatMap(entryOperations),
  { name: "PROVE", need: "any key", reach: "nowhere", request: encodeRequest({ operation: PROVE, id: 1 }) },
  {
    name: "UNTRACK",
    need: "any key",
    reach: "nowhere",
    request: encodeRequest({ operation: UNTRACK, id: 1, key: "shop/a" }),
  },
];

/** On a connection of its own. */
export function tryWebsocket(url: string, who: Who, operation: WebsocketOperation): Promise<Outcome> {
  const headers: Record<string, string> = who.secret === undefined ? {} : { "x-api-key": who.secret };
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers, protocols: ["cachee.1"] });
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    let isOpen = false;
    socket.addEventListener("open", () => {
      isOpen = true;
      socket.send(operation.request as Uint8Array<ArrayBuffer>);
    });
    socket.addEventListener("close", () => {
      if (isOpen) reject(new Error(`${operation.name}: no answer`));
      else resolve("unauthorized");
    });
    socket.addEventListener("message", ({ data }) => {
      const [answer] = decodeAnswers(new Uint8Array(data as ArrayBuffer)) ?? [];
      const isForbidden = answer?.kind === "failed" && answer.code === "forbidden";
      resolve(isForbidden ? "forbidden" : "done");
      socket.close();
    });
  });
}
