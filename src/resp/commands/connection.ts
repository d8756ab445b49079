// PING, ECHO, QUIT, RESET, HELLO, AUTH, SELECT: the connection itself.

import type { MaybePromise } from "../../base/maybe-promise.ts";
import type { Arguments } from "../wire/arguments.ts";
import type { Client } from "../connection/connection.ts";
import type { Command } from "./command.ts";
import { parseInteger } from "../wire/integer.ts";
import { NOT_INTEGER, SYNTAX, wrongArity } from "../wire/refusal.ts";
import { isClientName } from "./client.ts";

/** The version of Redis whose commands these are; tools look at it. */
export const REDIS_VERSION = "7.0.15";
const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";
const HELLO_NO_AUTH =
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH " +
  "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

function runPing(client: Client, args: Arguments): void {
  if (args.count > 2) return client.fail(wrongArity("ping"));
  if (args.count === 1) return client.out.raw("+PONG\r\n");
  const message = args.bytes(1);
  client.out.bulk(message, 0, message.length);
}

function runEcho(client: Client, args: Arguments): void {
  const message = args.bytes(1);
  client.out.bulk(message, 0, message.length);
}

function runQuit(client: Client): void {
  client.out.ok();
  client.end();
}

function runReset(client: Client): void {
  client.tracking.stop();
  client.session.end();
  client.name = "";
  client.speak(2);
  client.out.raw("+RESET\r\n");
}

/** Authenticates, or answers why not. */
function authenticate(client: Client, name: string | undefined, secret: string): boolean {
  switch (client.session.authenticate(name, secret)) {
    case "ok":
      return true;
    case "wrong":
      client.fail(WRONG_PASS);
      return false;
    case "full":
      client.fail("ERR max number of clients reached for this API key");
      return false;
  }
}

function runAuth(client: Client, args: Arguments): void {
  if (args.count > 3) return client.fail(SYNTAX);
  const name = args.count === 3 ? args.text(1) : undefined;
  if (authenticate(client, name, args.text(args.count - 1))) client.out.ok();
}

function runHello(client: Client, args: Arguments): void {
  let protocol = client.protocol;
  if (args.count > 1) {
    const given = parseInteger(args.latin1(1));
    if (given === undefined) return client.fail("ERR Protocol version is not an integer or out of range");
    if (given !== 2n && given !== 3n) return client.fail("NOPROTO unsupported protocol version");
    protocol = given === 2n ? 2 : 3;
  }
  let user: { name: string; secret: string } | undefined;
  let name: string | undefined;
  for (let i = 2; i < args.count; i++) {
    const word = args.lower(i);
    const more = args.count - 1 - i;
    if (word === "auth" && more >= 2) {
      user = { name: args.text(i + 1), secret: args.text(i + 2) };
      i += 2;
    } else if (word === "setname" && more >= 1) {
      name = args.latin1(++i);
      if (!isClientName(name)) return client.fail(BAD_NAME);
    } else {
      return client.fail(`ERR Syntax error in HELLO option '${args.latin1(i)}'`);
    }
  }
  if (user !== undefined && !authenticate(client, user.name, user.secret)) return undefined;
  if (client.session.apiKey === undefined) return client.fail(HELLO_NO_AUTH);
  if (name !== undefined) client.name = name;
  client.speak(protocol);
  writeHello(client);
}

export const BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

function writeHello(client: Client): void {
  const { out } = client;
  out.map(7);
  out.bulkText("server");
  out.bulkText("redis");
  out.bulkText("version");
  out.bulkText(REDIS_VERSION);
  out.bulkText("proto");
  out.integer(client.protocol);
  out.bulkText("id");
  out.integer(client.id);
  out.bulkText("mode");
  out.bulkText("standalone");
  out.bulkText("role");
  out.bulkText("master");
  out.bulkText("modules");
  out.array(0);
}

function runSelect(client: Client, args: Arguments): void {
  const index = parseInteger(args.latin1(1));
  if (index === undefined) return client.fail(NOT_INTEGER);
  if (index > 2_147_483_647n || index < -2_147_483_648n) {
    return client.fail("ERR value is out of range, value must between -2147483648 and 2147483647");
  }
  if (index !== 0n) return client.fail("ERR DB index is out of range");
  client.out.ok();
}

type Run = (client: Client, args: Arguments) => MaybePromise<void>;
const command = (
  name: string,
  arity: number,
  right: Command["right"],
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  right,
  summary,
  run,
});

export const CONNECTION_COMMANDS: readonly Command[] = [
  command("ping", -1, "key", "Answers PONG, or what it is given.", runPing),
  command("echo", 2, "key", "Answers what it is given.", runEcho),
  command("quit", -1, "nothing", "Ends the connection.", runQuit),
  command("reset", 1, "nothing", "Makes the connection as new.", runReset),
  command("hello", -1, "nothing", "Chooses the protocol, and authenticates.", runHello),
  command("auth", -2, "nothing", "Authenticates with an API key.", runAuth),
  command("select", 2, "key", "Chooses database 0, the only one.", runSelect),
];
