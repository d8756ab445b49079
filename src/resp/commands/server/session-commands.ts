// PING, ECHO, QUIT, RESET, HELLO, AUTH, SELECT: who the client is and how it is spoken to.

import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { parseInteger } from "../../wire/integer.ts";
import { NOT_INTEGER, SYNTAX, wrongArity } from "../../wire/refusal.ts";
import { BAD_CLIENT_NAME, isClientName } from "./client-name.ts";
import { REDIS_VERSION } from "./redis-version.ts";
import { row } from "../rows.ts";

const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";
const HELLO_NO_AUTH =
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH " +
  "<user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

function runPing(call: Call): void {
  const { args } = call;
  if (args.count > 2) return call.fail(wrongArity("ping"));
  if (call.connection.subscriptions.isRestricting) {
    call.out.raw("*2\r\n$4\r\npong\r\n");
    if (args.count === 1) return call.out.bulkText("");
  } else if (args.count === 1) {
    return call.out.raw("+PONG\r\n");
  }
  const message = args.bytes(1);
  call.out.bulk(message, 0, message.length);
}

function runEcho(call: Call): void {
  const { args } = call;
  const message = args.bytes(1);
  call.out.bulk(message, 0, message.length);
}

function runQuit(call: Call): void {
  call.out.ok();
  call.connection.end();
}

function runReset(call: Call): void {
  call.tracking.forget();
  call.connection.transaction.end();
  call.connection.subscriptions.end();
  if (call.connection.versions !== undefined) call.connection.versions.minVersion = undefined;
  call.session.end();
  call.connection.name = "";
  call.connection.switchTo(2);
  call.out.raw("+RESET\r\n");
}

/** Authenticates, or answers why not. */
function authenticate(call: Call, name: string | undefined, secret: string): boolean {
  switch (call.session.authenticate(name, secret)) {
    case "ok":
      return true;
    case "wrong":
      call.fail(WRONG_PASS);
      return false;
    case "full":
      call.fail("ERR max number of clients reached for this API key");
      return false;
  }
}

function runAuth(call: Call): void {
  const { args } = call;
  if (args.count > 3) return call.fail(SYNTAX);
  const name = args.count === 3 ? args.text(1) : undefined;
  if (authenticate(call, name, args.text(args.count - 1))) call.out.ok();
}

function runHello(call: Call): void {
  const { args } = call;
  let protocol = call.connection.protocol;
  if (args.count > 1) {
    const given = parseInteger(args.latin1(1));
    if (given === undefined) return call.fail("ERR Protocol version is not an integer or out of range");
    if (given !== 2n && given !== 3n) return call.fail("NOPROTO unsupported protocol version");
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
      if (!isClientName(name)) return call.fail(BAD_CLIENT_NAME);
    } else {
      return call.fail(`ERR Syntax error in HELLO option '${args.latin1(i)}'`);
    }
  }
  if (user !== undefined && !authenticate(call, user.name, user.secret)) return undefined;
  if (call.session.apiKey === undefined) return call.fail(HELLO_NO_AUTH);
  if (name !== undefined) call.connection.name = name;
  call.connection.switchTo(protocol);
  writeHello(call);
}

function writeHello(call: Call): void {
  const { out } = call;
  out.map(7);
  out.bulkText("server");
  out.bulkText("redis");
  out.bulkText("version");
  out.bulkText(REDIS_VERSION);
  out.bulkText("proto");
  out.integer(call.connection.protocol);
  out.bulkText("id");
  out.integer(call.connection.id);
  out.bulkText("mode");
  out.bulkText("standalone");
  out.bulkText("role");
  out.bulkText("master");
  out.bulkText("modules");
  out.array(0);
}

function runWait(call: Call): void {
  const replicas = parseInteger(call.args.latin1(1));
  const timeoutMs = parseInteger(call.args.latin1(2));
  if (replicas === undefined) return call.fail(NOT_INTEGER);
  if (timeoutMs === undefined) return call.fail("ERR timeout is not an integer or out of range");
  if (timeoutMs < 0n) return call.fail("ERR timeout is negative");
  call.out.integer(0);
}

function runSelect(call: Call): void {
  const { args } = call;
  const index = parseInteger(args.latin1(1));
  if (index === undefined) return call.fail(NOT_INTEGER);
  if (index > 2_147_483_647n || index < -2_147_483_648n) {
    return call.fail("ERR value is out of range, value must between -2147483648 and 2147483647");
  }
  if (index !== 0n) return call.fail("ERR DB index is out of range");
  call.out.ok();
}

export const SESSION_COMMANDS: readonly Command[] = [
  row("ping", -1, "key", "Answers PONG, or what it is given.", runPing),
  row("echo", 2, "key", "Answers what it is given.", runEcho),
  row("quit", -1, "nothing", "Ends the connection.", runQuit),
  row("reset", 1, "nothing", "Makes the connection as new.", runReset),
  row("hello", -1, "nothing", "Chooses the protocol, and authenticates.", runHello),
  row("auth", -2, "nothing", "Authenticates with an API key.", runAuth),
  row("wait", 3, "key", "Says how many replicas have what was written: none.", runWait),
  row("select", 2, "key", "Chooses database 0, the only one.", runSelect),
];
