// `cachee/cache-manager`: a Cachee as a store of cache-manager 6 and 7, whose stores are Keyvs.

import { Keyv } from "keyv";
import { KeyvCachee, type KeyvCacheeOptions } from "./keyv.ts";

export interface CacheManagerOptions extends KeyvCacheeOptions {
  /** All keys begin with this, `cache-manager/` unless given; `clear` removes what does. */
  readonly prefix?: string;
  /** ms that values live unless their `set` says otherwise; none: the server's default. */
  readonly ttl?: number;
}

/** What cache-manager's `createCache({ stores: [cacheeStore(…)] })` takes. */
export function cacheeStore(options: CacheManagerOptions): Keyv {
  const store = new KeyvCachee({ prefix: "cache-manager/", ...options });
  return new Keyv({ store, ...(options.ttl === undefined ? {} : { ttl: options.ttl }) });
}
