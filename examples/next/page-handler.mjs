// Pages, routes and fetches are kept in Cachee.

import { incrementalCacheHandler } from "cachee/next";

export default incrementalCacheHandler({ url: process.env.CACHEE_URL, apiKey: process.env.CACHEE_KEY });
