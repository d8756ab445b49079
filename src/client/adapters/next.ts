// `cachee/next`: a Cachee as the cache of Next: `cacheHandlers` of Next 16, and the older `cacheHandler`.

import { IncrementalCache, type IncrementalValue } from "./next/incremental-cache.ts";
import type { NextOptions } from "./next/options.ts";
import { UseCacheHandler } from "./next/use-cache-handler.ts";

export type { NextOptions } from "./next/options.ts";

/** What a module named in Next's `cacheHandlers` has as its default export. */
export function useCacheHandler(options: NextOptions): UseCacheHandler {
  return new UseCacheHandler(options);
}

/**
 * What the module named in Next's `cacheHandler` has as its default export: a class that Next makes for each request.
 * `Value` is Next's own type of what it stores, for those who name it.
 */
export function incrementalCacheHandler<Value extends IncrementalValue = IncrementalValue>(
  options: NextOptions,
): new () => Omit<IncrementalCache<Value>, never> {
  const cache = new IncrementalCache<Value>(options);
  return class {
    get = cache.get.bind(cache);
    set = cache.set.bind(cache);
    revalidateTag = cache.revalidateTag.bind(cache);
    resetRequestCache = cache.resetRequestCache.bind(cache);
  };
}
