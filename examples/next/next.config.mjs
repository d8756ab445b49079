// Functions with `use cache`, and pages, are kept in Cachee.

import { fileURLToPath } from "node:url";

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url));

export default {
  cacheComponents: true,
  partialPrefetching: true,
  cacheHandlers: { default: pathOf("use-cache-handler.mjs") },
  cacheHandler: pathOf("page-handler.mjs"),
  cacheMaxMemorySize: 0,
};
