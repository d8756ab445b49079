// One connection of a fuzzer: sends chunks, then waits for what it was told to, or for the other side's end.

import { connect } from "node:net";

/** A connection that lives longer after the client's end was not closed. */
const END_MS_MAX = 20_000;

export interface Talk {
  readonly port: number;
  readonly chunks: readonly Buffer[];
  /** The talk is over once this holds of all that was received. Without it the client ends its side after the last
   *  chunk, and the talk is over when the server has ended its own. */
  readonly isOver?: (received: Buffer) => boolean;
}

/** All that was received. Rejects if the talk is not over in time. */
export function talk({ port, chunks, isOver }: Talk): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => {
      socket.destroy();
      const sent = Buffer.concat(chunks).toString("latin1").slice(0, 2_000);
      reject(new Error(`no end after ${JSON.stringify(sent)}`));
    }, END_MS_MAX);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (isOver?.(received) === true) socket.destroy();
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.on("connect", () => {
      const sendFrom = (next: number) => {
        if (socket.destroyed) return;
        if (next === chunks.length) {
          if (isOver === undefined) socket.end();
          return;
        }
        socket.write(chunks[next]!);
        // Chunks that are written in one turn of the loop arrive as one.
        setImmediate(sendFrom, next + 1);
      };
      sendFrom(0);
    });
  });
}
