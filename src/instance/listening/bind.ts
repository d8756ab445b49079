// Opens listeners, and says in a sentence that names the setting why one cannot be opened. Cold.

import { messageOf } from "../../base/bug.ts";
import { SettingError } from "../../base/settings/settings.ts";

export interface Place {
  readonly setting: "CACHEE_PORT" | "CACHEE_RESP_PORT" | "CACHEE_UNIX";
  /** `HOST:PORT`, or a path. */
  readonly address: string;
}

/** What `listen` returns; throws a SettingError where `place` cannot be listened on. */
export function bindTo<T>(place: Place, listen: () => T): T {
  try {
    return listen();
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    throw new SettingError(sentenceOf(place, code, messageOf(thrown)));
  }
}

function sentenceOf({ setting, address }: Place, code: unknown, message: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `${setting}: ${address} is in use by another process`;
    case "EACCES":
    case "EPERM":
      return `${setting}: there is no permission to listen on ${address}`;
    case "EADDRNOTAVAIL":
      return `CACHEE_HOST: ${address} is no address of this machine`;
    case "EINVAL":
      return `CACHEE_HOST: ${address} cannot be resolved`;
    case "ENOENT":
    case "ENOTDIR":
      return `${setting}: the folder of ${address} does not exist`;
    case "ENAMETOOLONG":
      return `${setting}: ${address} is too long for the path of a socket`;
    default:
      return `${setting}: ${address} cannot be listened on: ${message}`;
  }
}
