// What functions with `use cache` return is kept in Cachee.

import { useCacheHandler } from "cachee/next";

export default useCacheHandler({ url: process.env.CACHEE_URL, apiKey: process.env.CACHEE_KEY });
