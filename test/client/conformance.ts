// What a client has to do on every runtime, over every transport: cases that know no test runner, and what came of each.
//
// It is handed the client's module, so that it runs with the sources as with what the package publishes.

type ClientModule = typeof import("../../src/client/client.ts");
type Client = InstanceType<ClientModule["CacheeClient"]>;
type Options = ConstructorParameters<ClientModule["CacheeClient"]>[0];

export interface ConformanceOptions {
  readonly url: string;
  /** May read, write, and all else. */
  readonly apiKey: string;
  /** May only read. */
  readonly readerKey: string;
  /** Where it is given, all clients keep copies. */
  readonly nearCache?: Options["nearCache"];
}

export interface CaseResult {
  readonly name: string;
  /** Why it failed; empty: it did not. */
  readonly fault: string;
}

interface Context {
  readonly cache: Client;
  make(options?: Partial<Options>): Promise<Client>;
  readonly readerKey: string;
  readonly nearCache: Options["nearCache"];
}

/** Runs all cases, one after another; no key of one is another's. */
export async function conformance(
  { CacheeClient }: ClientModule,
  { url, apiKey, readerKey, nearCache }: ConformanceOptions,
): Promise<CaseResult[]> {
  const clients: Client[] = [];
  const make = async (options: Partial<Options> = {}) => {
    const near = nearCache === undefined ? {} : { nearCache };
    const client = new CacheeClient({ url, apiKey, timeoutMs: 10_000, ...near, ...options });
    clients.push(client);
    if (nearCache !== undefined && options.url === undefined && options.apiKey === undefined)
      await until(() => client.nearCache?.isConnected === true);
    return client;
  };
  const context = { cache: await make(), make, readerKey, nearCache };
  const results: CaseResult[] = [];
  const near = nearCache === undefined ? {} : NEAR_CASES;
  for (const [name, run] of Object.entries({ ...CASES, ...near })) {
    const fault = await run(context).then(
      () => "",
      (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)),
    );
    results.push({ name, fault });
  }
  for (const client of clients) client.close();
  return results;
}

/** Waits until `condition` holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries >= 1_000) throw new Error("it did not come to hold");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function same(actual: unknown, expected: unknown): void {
  const [a, e] = [textOf(actual), textOf(expected)];
  if (a !== e) throw new Error(`${a} instead of ${e}`);
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? `bytes ${[...value].join()}` : (JSON.stringify(value) ?? "nothing");
}

/** The code of the error that `work` ends with. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
}

const CASES: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  async "values come back in the form they were set in"({ cache }) {
    const values = [
      "ünï",
      "",
      new Uint8Array([0, 255, 128]),
      { a: [1, { b: null }] },
      [1, 2],
      42,
      true,
      null,
    ];
    for (const [i, value] of values.entries()) {
      same(await cache.set(`form/${i}`, value), true);
      same(await cache.get(`form/${i}`), value);
      same((await cache.entry(`form/${i}`))?.value, value);
    }
  },

  async "any key that a URL can carry is one key for every method"({ cache }) {
    for (const key of ["a b", "a/b//c", "ä/ö", "%41", "a?b#c", "a&b=c", "☃", "x%2Fy", "..a"]) {
      same(await cache.set(key, key), true);
      same(await cache.get(key), key);
      same((await cache.getMany([key])).get(key), key);
      same(await cache.getOrSet(key, () => "made"), key);
      same(await cache.delete(key), true);
      same(await cache.get(key), undefined);
      same(await cache.delete(key), false);
    }
    for (const key of ["", ".", "a/../b", "\ud83d"]) {
      same(await codeOf(cache.get(key)), "bad_key");
      same(await codeOf(cache.set(key, 1)), "bad_key");
      same(await codeOf(cache.getOrSet(key, () => 1)), "bad_key");
    }
  },

  async "conditions are held to"({ cache }) {
    same(await cache.set("conditions", 1, { ifAbsent: true }), true);
    same(await cache.set("conditions", 2, { ifAbsent: true }), false);
    const { etag, version } = (await cache.entry("conditions"))!;
    if (!/^[0-9a-f-]+\.\d+$/.test(version)) throw new Error(`no version: ${version}`);
    same(await cache.set("conditions", 3, { ifMatch: '"other"' }), false);
    same(await cache.set("conditions", 3, { ifMatch: etag }), true);
    same(await cache.get("conditions"), 3);
  },

  async "values expire"({ cache }) {
    await cache.set("expiring", 1, { ttl: 0.2 });
    await until(async () => (await cache.get("expiring")) === undefined);
    same(await codeOf(cache.set("expiring", 1, { ttl: -1 })), "bad_ttl");
  },

  async "many are read, stored and removed at once"({ cache }) {
    const keys = Array.from({ length: 1_100 }, (_, i) => `many/${i}`);
    const set = keys.map((key) => ({ key, value: { key }, tags: ["mäny"] }));
    same((await cache.batch({ set, delete: keys.slice(1_000) })).deleted, 100);
    same((await cache.getMany(keys)).size, 1_000);
    same((await cache.getMany(keys)).get("many/7"), { key: "many/7" });
    const result = await cache.batch({ get: ["many/1", "many/x"], delete: ["many/1", "many/x"] });
    same([result.get.size, result.deleted], [1, 1]);
    same((await cache.getMany(["many/1", "many/2"])).size, 1);
    await cache.batch({ set: [{ key: "many/2", value: new Uint8Array([1, 255]) }] });
    same(await cache.get("many/2"), new Uint8Array([1, 255]));
    same(await cache.invalidate({ tags: ["mäny"] }), 998);
    same(await cache.get("many/3"), undefined);
    same(await cache.invalidate({ prefix: "many/" }), 1);
    same(await cache.get("many/2"), undefined);
  },

  async "errors carry codes"({ cache, make, readerKey }) {
    const reader = await make({ apiKey: readerKey });
    same(await codeOf(reader.set("k", 1)), "forbidden");
    same(await codeOf((await make({ apiKey: "wrong" })).get("k")), "unauthorized");
    same(await codeOf(cache.set("k", "x".repeat(200_000))), "value_too_large");
    same(await codeOf(cache.get("k", { signal: AbortSignal.abort() })), "aborted");
    const nobody = await make({ url: "http://127.0.0.1:1", retries: 0 });
    same(await codeOf(nobody.get("k")), "unreachable");
    same(await nobody.getOrSet("k", () => "made"), "made");
  },

  async "a session reads what another has written"({ cache, make }) {
    await cache.set("session/ä", "mine");
    const other = await make({ session: cache.session });
    same(await other.get("session/ä"), "mine");
    same(await other.get("session/ä"), "mine");
  },

  async "getOrSet has one maker, and stores with its tags"({ cache, make }) {
    const other = await make();
    let fills = 0;
    const fill = async () => {
      fills += 1;
      // By then each has asked for the key, since it was asked for that before.
      await Promise.all([cache.get("none"), other.get("none")]);
      return { made: fills };
    };
    const options = { ttl: 60, tags: ["once"], staleWhileRevalidate: 60 };
    const calls = Array.from({ length: 50 }, (_, i) =>
      (i % 2 ? cache : other).getOrSet("once", fill, options),
    );
    same(new Set((await Promise.all(calls)).map(({ made }) => made)).size, 1);
    same(fills, 1);
    same(await cache.getOrSet("once", fill), { made: 1 });
    same(await cache.invalidate({ tags: ["once"] }), 1);
    same(await cache.getOrSet("once", fill), { made: 2 });
  },

  async "a fill that fails gives its turn back"({ cache }) {
    same(await codeOf(cache.getOrSet("fails", () => Promise.reject(new Error("no")))), "no");
    same(await cache.getOrSet("fails", () => "made"), "made");
    same(await cache.get("fails"), "made");
  },
};

/** Of clients with copies alone. */
const NEAR_CASES: Readonly<Record<string, (context: Context) => Promise<void>>> = {
  async "what was read is read again without a request"({ make }) {
    const cache = await make();
    await cache.set("near", { n: 1 });
    await cache.get("near");
    await until(async () => {
      const before = cache.nearCache!.hits;
      const value = await cache.get<{ n: number }>("near");
      same(value, { n: 1 });
      // What the caller does to its value is no change of the copy.
      value!.n = 2;
      return cache.nearCache!.hits > before;
    });
    same(await cache.getOrSet("near", () => "made"), { n: 1 });
  },

  async "own changes, by whichever way, are seen at once"({ make }) {
    const cache = await make();
    const read = async () => [await cache.get("own"), await cache.get("own")];
    for (let round = 0; round < 5; round++) {
      await cache.set("own", "plain");
      same(await read(), ["plain", "plain"]);
      await cache.set("own", "tagged", { tags: ["own"] });
      same(await read(), ["tagged", "tagged"]);
      await cache.batch({ set: [{ key: "own", value: "batch", tags: ["own"] }] });
      same(await read(), ["batch", "batch"]);
      await cache.invalidate({ tags: ["own"] });
      same(await cache.get("own"), undefined);
      await cache.set("own", "again");
      await cache.delete("own");
      same(await cache.get("own"), undefined);
    }
  },

  async "the changes of others come in"({ cache, make }) {
    const other = await make();
    await cache.set("theirs", 0);
    for (let n = 1; n <= 5; n++) {
      await cache.get("theirs");
      await other.set("theirs", n);
      await until(async () => (await cache.get("theirs")) === n);
    }
    await other.invalidate({ prefix: "theirs" });
    await until(async () => (await cache.get("theirs")) === undefined);
  },

  async "copies are bounded in bytes"({ make, nearCache }) {
    const bytesMax = 10_000;
    const small = await make({ nearCache: { ...nearCache, bytesMax } });
    await until(() => small.nearCache!.isConnected);
    for (let i = 0; i < 50; i++) {
      await small.set(`bounded/${i}`, "x".repeat(1_000));
      await small.get(`bounded/${i}`);
      if (small.nearCache!.bytes > bytesMax) throw new Error(`${small.nearCache!.bytes} bytes of copies`);
    }
    await until(async () => (await small.get("bounded/0")) !== undefined && small.nearCache!.bytes > 1_000);
    same((await small.getMany(Array.from({ length: 50 }, (_, i) => `bounded/${i}`))).size, 50);
    await small.set("bounded/large", "x".repeat(20_000));
    same(await small.get("bounded/large"), "x".repeat(20_000));
    if (small.nearCache!.bytes > bytesMax) throw new Error(`${small.nearCache!.bytes} bytes of copies`);
  },
};

/** How many cases there are. */
export const CASE_COUNTS = {
  fetch: Object.keys(CASES).length,
  websocket: Object.keys(CASES).length + Object.keys(NEAR_CASES).length,
} as const;
