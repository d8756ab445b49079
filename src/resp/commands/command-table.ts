// Every command of the lane, subcommands included. A command is one row, beside what runs it.

import type { Command } from "./command.ts";
import { withHelp } from "./server/help.ts";
import { HASH_EXPIRY_COMMANDS } from "./collections/hash-expiry.ts";
import { HASH_READ_COMMANDS } from "./collections/hash-read.ts";
import { HASH_WRITE_COMMANDS } from "./collections/hash-write.ts";
import { RANDOM_COMMANDS } from "./collections/random.ts";
import { SET_ALGEBRA_COMMANDS } from "./collections/set-algebra.ts";
import { SET_TYPE_COMMANDS } from "./collections/set.ts";
import { KEY_COMMANDS } from "./keys/keys.ts";
import { CONFIG_COMMAND } from "./monitoring/config-commands.ts";
import { LATENCY_COMMAND } from "./monitoring/latency-commands.ts";
import { MEMORY_COMMAND } from "./monitoring/memory-commands.ts";
import { SLOWLOG_COMMAND } from "./monitoring/slowlog-commands.ts";
import { OBJECT_COMMAND } from "./keys/object.ts";
import { RENAME_COMMANDS } from "./keys/rename.ts";
import { TTL_COMMANDS } from "./keys/ttl.ts";
import { WALK_COMMANDS } from "./keys/walk.ts";
import { PUBSUB_COMMANDS } from "./pubsub/pubsub-commands.ts";
import { DUMP_COMMANDS } from "./rdb/dump-commands.ts";
import { FUNCTION_COMMAND } from "./scripts/function-commands.ts";
import { scriptCommands } from "./scripts/script-commands.ts";
import { ACL_COMMAND } from "./server/acl-commands.ts";
import { CATALOG_COMMAND } from "./server/catalog.ts";
import { CLIENT_COMMAND } from "./server/client-commands.ts";
import { SERVER_COMMANDS } from "./server/server-commands.ts";
import { VERSION_COMMANDS } from "./server/version-commands.ts";
import { SESSION_COMMANDS } from "./server/session-commands.ts";
import { transactionCommands } from "./transactions/transaction-commands.ts";
import { READ_COMMANDS } from "./values/get.ts";
import { SET_COMMANDS } from "./values/set.ts";
import { REPLACE_COMMANDS } from "./values/replace.ts";
import { UPDATE_COMMANDS } from "./values/update.ts";

export function everyCommand(): Command[] {
  const byName = new Map<string, Command>();
  const commands: Command[] = [
    ...SESSION_COMMANDS,
    ACL_COMMAND,
    CLIENT_COMMAND,
    CATALOG_COMMAND,
    ...SERVER_COMMANDS,
    CONFIG_COMMAND,
    SLOWLOG_COMMAND,
    LATENCY_COMMAND,
    MEMORY_COMMAND,
    ...VERSION_COMMANDS,
    ...READ_COMMANDS,
    ...SET_COMMANDS,
    ...UPDATE_COMMANDS,
    ...REPLACE_COMMANDS,
    ...HASH_READ_COMMANDS,
    ...HASH_WRITE_COMMANDS,
    ...HASH_EXPIRY_COMMANDS,
    ...SET_TYPE_COMMANDS,
    ...SET_ALGEBRA_COMMANDS,
    ...RANDOM_COMMANDS,
    ...KEY_COMMANDS,
    ...RENAME_COMMANDS,
    OBJECT_COMMAND,
    ...DUMP_COMMANDS,
    ...TTL_COMMANDS,
    ...WALK_COMMANDS,
    ...PUBSUB_COMMANDS,
    FUNCTION_COMMAND,
    ...scriptCommands((name) => byName.get(name)),
    ...transactionCommands((name) => byName.get(name)!),
  ];
  const topLevel = commands.map(withHelp);
  const all = topLevel.concat(topLevel.flatMap((command) => command.subcommands ?? []));
  for (const command of all) byName.set(command.name, command);
  return all;
}
