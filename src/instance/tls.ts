// The certificate and its key, read from the files that the settings name. Cold.

import { readFileSync } from "node:fs";
import { SettingError, type Settings } from "../base/settings/settings.ts";

export interface TlsFiles {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** Nothing where HTTPS is not asked for; throws a SettingError for a file that cannot be read. */
export function readTls({ tlsCert, tlsKey }: Pick<Settings, "tlsCert" | "tlsKey">): TlsFiles | undefined {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: readPem("CACHEE_TLS_CERT", tlsCert), key: readPem("CACHEE_TLS_KEY", tlsKey) };
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new SettingError(`${name} cannot be read`);
  }
}
