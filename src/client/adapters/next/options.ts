// What the handlers for Next are made with. No code here.

import type { ClientOptions, CacheeClientError } from "../../client.ts";

export interface NextOptions extends ClientOptions {
  /** All keys begin with this, `next/` unless given. Builds that must not read one another's pages need one each. */
  readonly prefix?: string;
  /** Told when the cache could not be asked: Next goes on without it. */
  readonly onError?: (error: CacheeClientError) => void;
}
