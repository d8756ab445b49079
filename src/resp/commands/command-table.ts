// Every command of the lane, subcommands included.

import type { Command } from "./command.ts";
import { CLIENT_COMMAND } from "./client.ts";
import { CONNECTION_COMMANDS } from "./connection.ts";
import { EXPIRE_COMMANDS } from "./expire.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { READ_COMMANDS } from "./read.ts";
import { SERVER_COMMANDS } from "./server.ts";
import { SET_COMMANDS } from "./set.ts";
import { UPDATE_COMMANDS } from "./update.ts";
import { WALK_COMMANDS } from "./walk.ts";

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
