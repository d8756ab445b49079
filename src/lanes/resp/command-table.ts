// Every command of the lane, subcommands included.

import type { Command } from "./command.ts";
import { CLIENT_COMMAND } from "./commands/client.ts";
import { CONNECTION_COMMANDS } from "./commands/connection.ts";
import { EXPIRE_COMMANDS } from "./commands/expire.ts";
import { KEY_COMMANDS } from "./commands/keys.ts";
import { READ_COMMANDS } from "./commands/read.ts";
import { SERVER_COMMANDS } from "./commands/server.ts";
import { SET_COMMANDS } from "./commands/set.ts";
import { UPDATE_COMMANDS } from "./commands/update.ts";
import { WALK_COMMANDS } from "./commands/walk.ts";

export function everyCommand(): Command[] {
  const commands: Command[] = [
    ...CONNECTION_COMMANDS,
    CLIENT_COMMAND,
    ...SERVER_COMMANDS,
    ...READ_COMMANDS,
    ...SET_COMMANDS,
    ...UPDATE_COMMANDS,
    ...KEY_COMMANDS,
    ...EXPIRE_COMMANDS,
    ...WALK_COMMANDS,
  ];
  return commands.concat(commands.flatMap((command) => command.subcommands ?? []));
}
