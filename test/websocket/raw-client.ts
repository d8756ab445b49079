// A WebSocket client over a bare socket: it reads only when it is told to, and counts what it was answered.

import { connect, type Socket } from "node:net";
import { decodeAnswers, encodeRequest, type Answer } from "../../src/websocket/client/frames.ts";
import { GET } from "../../src/websocket/frames.ts";
import { BINARY, CLOSE, frame, handshake, type ServerFrame } from "../fuzz/support/websocket-wire.ts";
import { until } from "../support/until.ts";

const MASK = [0, 0, 0, 0];

/** The same GET `count` times over, numbered from 1. */
export function gets(key: string, count: number, flags = 0): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => encodeRequest({ operation: GET, id: i + 1, key, flags })),
  );
}

export class RawClient {
  readonly answers: Answer[] = [];
  /** Answers of each kind, and bytes of their values; counted also where `keeps` is off. */
  readonly counts = new Map<string, number>();
  valueBytes = 0;
  messages = 0;
  closeCode: number | undefined;
  isClosed = false;
  /** Whether answers are kept, beside being counted. */
  keeps = true;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #isOpen = false;

  private constructor(port: number, secret: string) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk: Buffer) => this.#received(chunk));
    this.#socket.on("close", () => (this.isClosed = true));
    this.#socket.on("error", () => (this.isClosed = true));
    this.#socket.write(handshake(secret));
  }

  static async open(port: number, secret = "secret"): Promise<RawClient> {
    const client = new RawClient(port, secret);
    await until(() => client.#isOpen || client.isClosed);
    if (client.isClosed) throw new Error("no WebSocket");
    return client;
  }

  send(message: Uint8Array): void {
    this.#socket.write(frame(BINARY, message, true, MASK));
  }

  /** A part of a message; the first of them is BINARY, the others CONTINUATION. */
  sendPart(part: Uint8Array, opcode: number, isLast: boolean): void {
    this.#socket.write(frame(opcode, part, isLast, MASK));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  count(kind: Answer["kind"]): number {
    return this.counts.get(kind) ?? 0;
  }

  #received(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#isOpen) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#isOpen = true;
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    for (;;) {
      const next = this.#frame();
      if (next === undefined) return;
      this.#take(next);
    }
  }

  #frame(): ServerFrame | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const short = bytes[1]!;
    const from = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < from) return undefined;
    const size =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < from + size) return undefined;
    this.#bytes = bytes.subarray(from + size);
    return { opcode: bytes[0]! & 15, payload: bytes.subarray(from, from + size) };
  }

  #take({ opcode, payload }: ServerFrame): void {
    if (opcode === CLOSE) this.closeCode = payload.readUInt16BE(0);
    if (opcode !== BINARY) return;
    this.messages += 1;
    const answers = decodeAnswers(payload);
    if (answers === undefined) throw new Error("not a whole number of answers");
    for (const answer of answers) {
      this.counts.set(answer.kind, this.count(answer.kind) + 1);
      if (answer.kind === "value") this.valueBytes += answer.value.length;
      if (this.keeps) this.answers.push(answer);
    }
  }
}
