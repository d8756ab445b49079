// Commands of Redis's protocol, alone and pipelined, to be fed to a connection without a client. Cold.

import { KeyspaceEvents } from "../../resp/commands/pubsub/keyspace-events.ts";
import { Channels } from "../../resp/commands/pubsub/channels.ts";
import type { ConnectionSocket } from "../../resp/connection/connection-socket.ts";
import { RespConnection } from "../../resp/connection/resp-connection.ts";
import { RespLane } from "../../resp/lane.ts";
import { SECRET, type Send, type Throwaway } from "./throwaway.ts";

const PIPELINED = 16;

const NO_SOCKET: ConnectionSocket = {
  remoteAddress: "",
  remotePort: 0,
  localAddress: "",
  localPort: 0,
  write: (_data, _byteOffset, byteLength) => byteLength,
  pause() {},
  resume() {},
  end() {},
  terminate() {},
};

export function respCommands(parts: Throwaway): readonly Send[] {
  const channels = new Channels();
  const keyspaceEvents = new KeyspaceEvents(channels);
  const lane = new RespLane({ ...parts, channels, keyspaceEvents, instanceId: "", version: "" }, new Map());
  const connection = new RespConnection(lane, NO_SOCKET);
  connection.receive(bytesOf("AUTH", SECRET));
  const [set, get, miss, mget] = [
    bytesOf("SET", "r", "v".repeat(100)),
    bytesOf("GET", "r"),
    bytesOf("GET", "none"),
    bytesOf("MGET", "r", "none", "r"),
  ];
  const pipelined = Buffer.concat(Array.from({ length: PIPELINED }, () => [set, get]).flat());
  const messages = [set, get, get, get, get, get, get, miss, mget, pipelined];
  return messages.map((message) => () => connection.receive(Buffer.from(message)));
}

function bytesOf(...args: readonly string[]): Buffer {
  return Buffer.from(`*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`);
}
