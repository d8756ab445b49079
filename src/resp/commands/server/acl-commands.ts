// ACL: API keys in Redis's words. They are configured outside, so that nothing of them is changed here.

import type { ApiKey } from "../../../auth/api-key.ts";
import { parseInteger } from "../../wire/integer.ts";
import { keyArgument } from "../../wire/key-argument.ts";
import { noPermission, wrongArity } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { CommandShape } from "../command-shape.ts";
import { allows } from "../allows.ts";
import { CATEGORIES, categoriesOf } from "./categories.ts";
import { container, row } from "../rows.ts";

const CONFIGURED = "ERR API keys are configured by CACHEE_API_KEYS and CACHEE_KEYS_FILE; nothing was changed";
const SECRET_BITS_MAX = 4_096;

/** All keys by name; of several with one name, the first. */
function apiKeys({ services }: Call): Map<string, ApiKey> {
  const byName = new Map<string, ApiKey>();
  for (const key of services.options.keyring.keys) if (!byName.has(key.name)) byName.set(key.name, key);
  return byName;
}

function commandRules({ read, write, admin }: ApiKey): string {
  if (read && write && admin) return "+@all";
  const scopes = [read ? "+@read" : "", write ? "+@write" : "", admin ? "+@admin" : ""];
  return ["-@all", "+@connection", ...scopes].filter((rule) => rule !== "").join(" ");
}

function runList(call: Call): void {
  const keys = [...apiKeys(call).values()];
  call.out.array(keys.length);
  for (const key of keys) {
    const { name, prefix } = key;
    call.out.bulkText(`user ${name} on ~${prefix}* resetchannels &${prefix}* ${commandRules(key)}`);
  }
}

function runUsers(call: Call): void {
  const names = [...apiKeys(call).keys()];
  call.out.array(names.length);
  for (const name of names) call.out.bulkText(name);
}

/** Secrets are not told. */
function runGetUser(call: Call): void {
  const { args, out } = call;
  const key = apiKeys(call).get(args.text(2));
  if (key === undefined) return out.nil();
  const fields: readonly (readonly [string, string | readonly string[]])[] = [
    ["flags", ["on"]],
    ["passwords", []],
    ["commands", commandRules(key)],
    ["keys", `~${key.prefix}*`],
    ["channels", `&${key.prefix}*`],
    ["selectors", []],
  ];
  out.map(fields.length);
  for (const [name, value] of fields) {
    out.bulkText(name);
    if (typeof value === "string") out.bulkText(value);
    else {
      if (name === "flags") out.set(value.length);
      else out.array(value.length);
      for (const item of value) out.bulkText(item);
    }
  }
}

function runCat(call: Call): void {
  const { args, services, out } = call;
  if (args.count > 3) return call.fail(wrongArity("acl|cat"));
  if (args.count === 2) {
    out.array(CATEGORIES.length);
    for (const category of CATEGORIES) out.bulkText(category);
    return undefined;
  }
  const category = args.lower(2);
  if (!CATEGORIES.includes(category)) return call.fail(`ERR Unknown category '${args.latin1(2)}'`);
  const found = [...services.commands.values()]
    .map(({ command }) => command)
    .filter((command) => command.subcommands === undefined)
    .filter((command) => categoriesOf(command).includes(`@${category}`));
  out.array(found.length);
  for (const { name } of found) out.bulkText(name);
  return undefined;
}

/** Says whether an API key might run a command with its keys, without running it. */
function runDryRun(call: Call): void {
  const { args, services } = call;
  const key = apiKeys(call).get(args.text(2));
  if (key === undefined) return call.fail(`ERR User '${args.text(2)}' not found`);
  const found = services.commands.get(args.lower(3))?.command;
  if (found === undefined) return call.fail(`ERR Command '${args.latin1(3)}' not found`);
  const sub = args.count > 4 ? services.commands.get(`${found.name}|${args.lower(4)}`)?.command : undefined;
  const command = sub ?? found;
  const count = args.count - 3;
  if (command.arity < 0 ? count < -command.arity : count !== command.arity) {
    return call.fail(wrongArity(command.name));
  }
  if (!allows(key, command.right))
    return call.out.bulkText(noPermission(command.name).slice("NOPERM ".length));
  const denied = deniedKey(call, key, command);
  if (denied === undefined) return call.out.ok();
  return call.out.bulkText(`User ${key.name} has no permissions to access the '${denied}' key`);
}

function deniedKey({ args }: Call, { prefix }: ApiKey, { keys }: CommandShape): string | undefined {
  if (keys === undefined) return undefined;
  const [first, last, step] = keys;
  const to = last < 0 ? args.count + last : last + 3;
  for (let i = first + 3; i <= to; i += step) {
    if (keyArgument(args, i)?.startsWith(prefix) !== true) return args.text(i);
  }
  return undefined;
}

function runGenPass(call: Call): void {
  const { args } = call;
  const bits = args.count > 2 ? parseInteger(args.latin1(2)) : 256n;
  if (bits === undefined || bits < 1n || bits > BigInt(SECRET_BITS_MAX)) {
    return call.fail(
      `ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${SECRET_BITS_MAX}`,
    );
  }
  const digits = Math.ceil(Number(bits) / 4);
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(digits / 2)));
  call.out.bulkText(Buffer.from(bytes).toString("hex").slice(0, digits));
}

const refused = (name: string): Command =>
  row(`acl|${name}`, -2, "admin", "Refused: API keys are configured outside.", (call) =>
    call.fail(CONFIGURED),
  );

export const ACL_COMMAND = container("acl", "Tells of rights.", [
  row("acl|whoami", 2, "key", "Returns the name of the API key.", ({ session, out }) =>
    out.bulkText(session.apiKey!.name),
  ),
  row("acl|list", 2, "admin", "Lists API keys with their rights, without secrets.", runList),
  row("acl|users", 2, "admin", "Lists the names of API keys.", runUsers),
  row("acl|getuser", 3, "admin", "Tells the rights of an API key.", runGetUser),
  row("acl|cat", -2, "key", "Lists categories, or the commands of one.", runCat),
  row("acl|dryrun", -4, "admin", "Says whether an API key might run a command.", runDryRun),
  row("acl|genpass", -2, "key", "Makes a random secret.", runGenPass),
  refused("setuser"),
  refused("deluser"),
  refused("load"),
  refused("save"),
]);
