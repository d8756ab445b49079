// Which build this is: the package's version, and the commit that it was made from. Read once at the start.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";

/** Put in by deploy/build.ts; from the source there is none. */
declare const CACHEE_COMMIT: string | undefined;

const COMMIT = /^[0-9a-f]{40}$/;
const UNKNOWN = "unknown";

export const BUILD = {
  version,
  commit: typeof CACHEE_COMMIT === "string" ? CACHEE_COMMIT : commitIn(join(import.meta.dir, "../../.git")),
};

/** The commit that is checked out, as far as two files of a repository tell it. */
function commitIn(directory: string): string {
  try {
    const head = readFileSync(join(directory, "HEAD"), "utf8").trim();
    const commit = head.startsWith("ref: ")
      ? readFileSync(join(directory, head.slice(5)), "utf8").trim()
      : head;
    return COMMIT.test(commit) ? commit : UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}
