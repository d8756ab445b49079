// Command `keygen`: a random API key, and the line for CACHEE_API_KEYS or the keys file that knows it by its digest alone.

import type { Command } from "commander";
import { parseApiKey } from "../../auth/api-key.ts";
import { globalsOf, printJson, printTable } from "../output.ts";
import { UsageError } from "../usage-error.ts";

const SECRET_BYTES = 24;

interface KeygenFlags {
  readonly name: string;
  readonly scopes: string;
  readonly prefix?: string;
}

export function addKeygenCommand(cachee: Command): void {
  cachee
    .command("keygen")
    .description("make an API key, and the line that makes a server accept it")
    .option("--name <name>", "what the key is called in logs and figures", "default")
    .option("--scopes <scopes>", "out of read, write and admin, joined by +", "read+write")
    .option("--prefix <prefix>", "confine the key to keys that begin with this")
    .action((keygen: KeygenFlags, command: Command) => {
      const { name, scopes, prefix } = keygen;
      const secret = crypto.getRandomValues(Buffer.alloc(SECRET_BYTES)).toString("base64url");
      const digest = new Bun.CryptoHasher("sha256").update(secret).digest("hex");
      const entry = `${name}:${scopes}${prefix === undefined ? "" : `:${prefix}`}=sha256:${digest}`;
      const parsed = parseApiKey(entry, "the entry");
      if (typeof parsed === "string") throw new UsageError(parsed);
      if (globalsOf(command).json === true) return printJson({ key: secret, entry });
      printTable([
        ["key", secret],
        ["entry", entry],
      ]);
    });
}
