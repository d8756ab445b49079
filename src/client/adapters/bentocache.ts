// `cachee/bentocache`: a Cachee as the second layer of Bentocache.

import { CacheeClient, type ClientOptions } from "../client.ts";

export interface BentocacheOptions extends ClientOptions {
  /** All keys begin with this, `bentocache/` unless given, before Bentocache's own prefix. */
  readonly keyspace?: string;
}

/** What Bentocache gives a driver beside its options. */
interface DriverConfig {
  /** `NAME:…`; none: the driver has all keys of the keyspace. */
  readonly prefix?: string | undefined;
}

/** What Bentocache's `bentostore().useL2Layer(…)` takes. */
export function cacheeDriver(options: BentocacheOptions) {
  return {
    options,
    factory: (config: DriverConfig) =>
      new BentocacheDriver(new CacheeClient(options), options, config.prefix),
  };
}

export class BentocacheDriver {
  readonly type = "l2" as const;
  readonly #client: CacheeClient;
  readonly #options: BentocacheOptions;
  readonly #prefix: string;

  constructor(client: CacheeClient, options: BentocacheOptions, prefix = "") {
    this.#client = client;
    this.#options = options;
    this.#prefix = prefix.replace(/:+$/, "");
  }

  /** The same store below another name. */
  namespace(namespace: string): BentocacheDriver {
    const prefix = this.#prefix === "" ? namespace : `${this.#prefix}:${namespace}`;
    return new BentocacheDriver(this.#client, this.#options, prefix);
  }

  get(key: string): Promise<string | undefined> {
    return this.#client.get<string>(this.#keyOf(key));
  }

  /** Reads and removes: of several callers one has the value. */
  async pull(key: string): Promise<string | undefined> {
    const name = this.#keyOf(key);
    const { get, deleted } = await this.#client.batch({ get: [name], delete: [name] });
    return deleted === 1 ? (get.get(name) as string | undefined) : undefined;
  }

  /** `ttl` in ms; none: no expiry but the server's default. */
  set(key: string, value: string, ttl?: number): Promise<boolean> {
    return this.#client.set(this.#keyOf(key), value, ttl === undefined ? {} : { ttl: ttl / 1_000 });
  }

  async clear(): Promise<void> {
    await this.#client.invalidate({ prefix: this.#keyOf("") });
  }

  delete(key: string): Promise<boolean> {
    return this.#client.delete(this.#keyOf(key));
  }

  async deleteMany(keys: readonly string[]): Promise<boolean> {
    if (keys.length > 0) await this.#client.batch({ delete: keys.map((key) => this.#keyOf(key)) });
    return true;
  }

  async disconnect(): Promise<void> {
    this.#client.close();
  }

  #keyOf(key: string): string {
    const { keyspace = "bentocache/" } = this.#options;
    return keyspace + (this.#prefix === "" ? key : `${this.#prefix}:${key}`);
  }
}
