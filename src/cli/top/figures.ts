// What `top` shows at one moment: two answers of /stats compared, the hottest keys, the fleet. A part may be missing.

import { CacheeClientError } from "../../client/client.ts";
import type { FleetInstance } from "../../dashboard/client/fleet-answer.ts";
import { healthSince, type Health } from "../../dashboard/client/health.ts";
import { Sampler, type Sample } from "../../dashboard/client/sample.ts";
import type { Stats } from "../../observe/stats.ts";
import { askJson } from "../ask.ts";
import type { Connection } from "../connection.ts";

export interface HotKey {
  readonly key: string;
  readonly bytes: number;
  readonly ttl: number | null;
}

/** What the table of the fleet shows of an instance. */
export type FleetMember = Pick<FleetInstance, "id" | "role" | "ageMs" | "load">;

export interface Figures {
  readonly url: string;
  /** Without a change until there are two answers of one instance. */
  readonly sample: Sample | undefined;
  readonly health: (Health & { readonly since: number }) | null;
  /** Why a part is missing, as a sentence. */
  readonly hot: readonly HotKey[] | string;
  readonly fleet: readonly FleetMember[] | string;
  /** Why the server did not answer; none: it did. */
  readonly trouble: string | undefined;
}

const HOT_COUNT = 20;
/** Samples by which it is told since when the health is as it is. */
const SAMPLES_MAX = 600;

export class FiguresSource {
  readonly #connection: Connection;
  readonly #sampler = new Sampler();
  readonly #samples: Sample[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws where the server refuses the key; other trouble is a part of the figures. */
  async take(): Promise<Figures> {
    const { url } = this.#connection;
    const [trouble, hot, fleet] = await Promise.all([this.#sample(), this.#hot(), this.#fleet()]);
    return {
      url,
      sample: this.#samples.at(-1),
      health: healthSince(this.#samples),
      hot,
      fleet,
      trouble,
    };
  }

  async #sample(): Promise<string | undefined> {
    try {
      const stats = await askJson<Stats>(this.#connection, "/stats?buckets");
      this.#samples.push(this.#sampler.sample(stats, Date.now() / 1_000));
      if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof CacheeClientError) || !thrown.isUnavailable) throw thrown;
      return thrown.message;
    }
  }

  async #hot(): Promise<readonly HotKey[] | string> {
    return this.#part(async () => {
      const path = `/admin/hot?count=${HOT_COUNT}`;
      return (await askJson<{ entries: readonly HotKey[] }>(this.#connection, path)).entries;
    });
  }

  async #fleet(): Promise<readonly FleetMember[] | string> {
    return this.#part(
      async () =>
        (await askJson<{ instances: readonly FleetMember[] }>(this.#connection, "/instances")).instances,
    );
  }

  async #part<T>(ask: () => Promise<T>): Promise<T | string> {
    try {
      return await ask();
    } catch (thrown) {
      if (thrown instanceof CacheeClientError) return thrown.message;
      throw thrown;
    }
  }
}
