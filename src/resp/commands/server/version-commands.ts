// CACHEE.VERSION and CACHEE.MINVERSION: reading one's own writes on another instance, as x-min-version does over HTTP.

import { formatVersion, parseVersion } from "../../../record/version.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { row } from "../rows.ts";

/** The version of this connection's last write; nil where there was none, or where there is one store for all. */
function runVersion({ connection, out }: Call): void {
  const version = connection.versions?.lastVersion;
  if (version === undefined) out.nil();
  else out.bulkText(formatVersion(version));
}

/** From now on the connection reads nothing older than the given version; NONE lifts that. */
function runMinVersion(call: Call): void {
  const text = call.args.latin1(1);
  const version = parseVersion(text);
  if (version === undefined && text.toLowerCase() !== "none") {
    return call.fail("ERR the version is not of the form EPOCH.N");
  }
  const { versions } = call.connection;
  if (versions !== undefined) versions.minVersion = version;
  call.out.ok();
}

export const VERSION_COMMANDS: readonly Command[] = [
  row("cachee.version", 1, "key", "Returns the version of the connection's last write.", runVersion),
  row("cachee.minversion", 2, "key", "Lets the connection read nothing older than a version.", runMinVersion),
];
