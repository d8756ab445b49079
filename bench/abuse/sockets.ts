// Connections of attackers: bytes out as fast as they go, and nothing read unless asked for.

import { connect, type Socket } from "node:net";
import { encodeCommand } from "../../test/support/resp-connection.ts";
import { handshake } from "../../test/fuzz/support/websocket-wire.ts";
import type { Target } from "./target.ts";

/** A connection to `port`; one that does not read is paused, so that its window fills. */
export function open(port: number, reads: boolean): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("close", () => resolve(socket));
    socket.once("connect", () => {
      if (reads) socket.resume();
      else socket.pause();
      resolve(socket);
    });
  });
}

export const request = (target: Target, method: string, path: string, fields = "") =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: ${target.secret}\r\n${fields}\r\n`;

export async function openResp(target: Target, reads: boolean): Promise<Socket> {
  const socket = await open(target.respPort, reads);
  socket.write(encodeCommand(["AUTH", target.secret]));
  return socket;
}

/** Answers of a WebSocket are not read unless `reads`. */
export async function openWebsocket(target: Target, reads: boolean): Promise<Socket> {
  const socket = await open(target.port, true);
  socket.write(handshake(target.secret));
  await Promise.race([
    new Promise((resolve) => socket.once("data", resolve)),
    new Promise((resolve) => socket.once("close", resolve)),
  ]);
  if (!reads) socket.pause();
  return socket;
}

/** Resolves when the socket takes more, or is gone. */
export async function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.destroyed || socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", () => resolve());
  });
}

/** Keeps `count` connections busy: each that ends is made anew. */
export async function keep(count: number, one: () => Promise<Socket>): Promise<void> {
  const go = async () => {
    for (;;) {
      const socket = await one();
      if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve));
      await Bun.sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: count }, go));
}

/** Between two tries of a connection that is refused. */
const PAUSE_MS = 20;

/** Makes `count` requests at a time, one after another, for ever. */
export async function repeat(count: number, one: () => Promise<unknown>): Promise<void> {
  const go = async () => {
    for (;;) {
      await one().catch(() => Bun.sleep(PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: count }, go));
}
