// Stands between Redis's suite, which shows no key, and Cachee, which wants one, and notes what is refused in which test.

import { connect, createServer, type Server, type Socket } from "node:net";
import { encodeCommand } from "../support/resp-connection.ts";

const SIGNED_IN = "+OK\r\n";
const TEST_BEGINS = /### Starting test ([^\r\n]*)/;
const UNKNOWN_COMMAND = /-ERR unknown (?:sub)?command '([^']*)'/gi;
/** The most that a refusal's text takes, which two chunks may share. */
const REFUSAL_BYTES_MAX = 256;

export class SuiteProxy {
  /** The commands that the server did not know, by test as the suite names it (`NAME in FILE`). */
  readonly unknownCommands = new Map<string, Set<string>>();
  readonly #server: Server;
  readonly #target: number;
  readonly #secret: string;
  #test = "";

  constructor(target: number, secret: string) {
    this.#target = target;
    this.#secret = secret;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Begins to listen; gives the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  }

  close(): void {
    this.#server.close();
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
    }
    server.write(encodeCommand(["AUTH", this.#secret]));
    client.on("data", (bytes: Buffer) => {
      this.#noteTest(bytes);
      if (!server.write(bytes)) void client.pause();
    });
    server.on("drain", () => void client.resume());
    client.on("drain", () => void server.resume());
    client.on("end", () => server.end());
    client.on("close", () => server.destroy());
    let unseen = SIGNED_IN.length;
    let tail = "";
    server.on("data", (bytes: Buffer) => {
      const cut = Math.min(unseen, bytes.length);
      unseen -= cut;
      tail = this.#noteRefusals(tail, bytes);
      if (cut < bytes.length && !client.write(bytes.subarray(cut))) void server.pause();
    });
    server.on("end", () => client.end());
    server.on("close", () => client.destroySoon());
  }

  /** The suite tells a server's log which test begins. */
  #noteTest(bytes: Buffer): void {
    if (bytes.length > 2_048 || bytes.indexOf("### Starting test") < 0) return;
    this.#test = TEST_BEGINS.exec(bytes.toString("latin1"))?.[1] ?? "";
  }

  #noteRefusals(tail: string, bytes: Buffer): string {
    if (bytes.length > 65_536) return "";
    const text = tail + bytes.toString("latin1");
    for (const [, command = ""] of text.matchAll(UNKNOWN_COMMAND)) {
      const name = command.toLowerCase();
      if (name === "debug" && text.length < 200 && TEST_BEGINS.test(text)) continue;
      let known = this.unknownCommands.get(this.#test);
      if (known === undefined) this.unknownCommands.set(this.#test, (known = new Set()));
      known.add(name);
    }
    const last = text.lastIndexOf("\r\n");
    return last < 0 ? text.slice(-REFUSAL_BYTES_MAX) : text.slice(last + 2).slice(-REFUSAL_BYTES_MAX);
  }
}
