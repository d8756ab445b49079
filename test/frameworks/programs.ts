// The programs that are run unchanged against a Cachee: one row each.

export interface Program {
  /** As the table in the README names it. */
  readonly name: string;
  /** Its package, whose version the table gives: of npm, or of Debian. */
  readonly from: { readonly npm: string } | { readonly debian: string };
  /** What is run: the interpreter and the script in this folder. */
  readonly command: readonly [interpreter: string, script: string, ...args: string[]];
  /** What it does, in a few words. */
  readonly what: string;
}

const npm = (name: string, script: string, what: string, more: Partial<Program> = {}): Program => ({
  name,
  from: { npm: name },
  command: ["bun", script],
  what,
  ...more,
});

export const PROGRAMS: readonly Program[] = [
  npm("connect-redis", "npm/connect-redis.mjs", "express-session: login, later requests, logout"),
  npm("@keyv/redis", "npm/keyv.mjs", "Keyv: expiry, several keys, namespaces, iteration, clearing"),
  npm("cache-manager", "npm/cache-manager.mjs", "wrap, several keys, clearing, over @keyv/redis"),
  npm("unstorage", "npm/unstorage.mjs", "redis driver: items, raw items, keys, clearing"),
  npm("unstorage", "npm/unstorage-http.mjs", "http driver: items and raw items", {
    name: "unstorage (http)",
  }),
  npm("bentocache", "npm/bentocache.mjs", "two of them, Redis as second tier and as bus"),
  npm("@neshca/cache-handler", "npm/next-handlers.mjs", "redis-strings: pages, tags, revalidation", {
    command: ["bun", "npm/next-handlers.mjs", "@neshca/cache-handler"],
  }),
  npm(
    "@fortedigital/nextjs-cache-handler",
    "npm/next-handlers.mjs",
    "redis-strings: pages, tags, revalidation",
    {
      command: ["bun", "npm/next-handlers.mjs", "@fortedigital/nextjs-cache-handler"],
    },
  ),
  npm("@upstash/redis", "npm/upstash-redis.mjs", "commands, pipeline, transaction over HTTP"),
  npm("rate-limit-redis", "limits/rate-limit-redis.mjs", "express-rate-limit: third request refused"),
  npm("rate-limiter-flexible", "limits/rate-limiter-flexible.mjs", "consume, refuse, reward, block"),
  npm("redlock", "limits/redlock.mjs", "lock, extend, release by its holder alone"),
  npm("redis-semaphore", "limits/redis-semaphore.mjs", "a mutex taken, refused, released"),
  npm("@fastify/rate-limit", "limits/fastify-rate-limit.mjs", "third request refused"),
  npm("@upstash/ratelimit", "limits/upstash-ratelimit.mjs", "fixed and sliding window, token bucket"),
  npm("undici", "proxies/undici.mjs", "its cache interceptor in front"),
  {
    name: "python3-redis",
    from: { debian: "python3-redis" },
    command: ["/usr/bin/python3", "debian/cache.py"],
    what: "as Django and Celery: set_many's pipeline, transactions, results",
  },
  {
    name: "python3-redis (Lock)",
    from: { debian: "python3-redis" },
    command: ["/usr/bin/python3", "debian/lock.py"],
    what: "lock, extend, release by its holder alone",
  },
  {
    name: "ruby-redis",
    from: { debian: "ruby-redis" },
    command: ["/usr/bin/ruby", "debian/cache.rb"],
    what: "as Rails: values, pipeline, transaction, watch, walk",
  },
  {
    name: "php-redis",
    from: { debian: "php-redis" },
    command: ["/usr/bin/php", "debian/cache.php"],
    what: "as Symfony and Laravel: items, tags, sessions",
  },
  {
    name: "php-redis (session locks)",
    from: { debian: "php-redis" },
    command: ["/usr/bin/php", "debian/session-lock.php"],
    what: "a session's lock taken and released",
  },
  {
    name: "nginx",
    from: { debian: "nginx" },
    command: ["bun", "proxies/nginx.mjs"],
    what: "proxy_cache in front: kept, asked again, ETag",
  },
  {
    name: "HAProxy",
    from: { debian: "haproxy" },
    command: ["bun", "proxies/haproxy.mjs"],
    what: "its cache in front, and RESP through it",
  },
  {
    name: "Varnish",
    from: { debian: "varnish" },
    command: ["bun", "proxies/varnish.mjs"],
    what: "in front: kept, asked again",
  },
];
