// Clears the way for a unix socket: one that a dead process left behind is removed, a live one is not. Cold.

import { lstatSync, unlinkSync } from "node:fs";
import { SettingError } from "../../base/settings/settings.ts";

/** Throws a SettingError when `path` is taken by another listener or by something that is no socket. */
export async function claimSocketPath(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new SettingError(`CACHEE_UNIX: ${path} is something other than a socket`);
  if (await answers(path)) throw new SettingError(`CACHEE_UNIX: ${path} is in use by another process`);
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
