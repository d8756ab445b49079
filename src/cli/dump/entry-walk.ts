// A walk over the entries of a whole store, with their values, a page at a time.

import { HttpTransport } from "../../client/http-transport.ts";
import { keyPath } from "../../client/key-path.ts";
import type { Connection } from "../connection.ts";
import type { DumpedEntry } from "./dumped-entry.ts";

interface PageEntry {
  readonly key: string;
  readonly contentType: string;
  readonly cacheControl: string | null;
  readonly tags: readonly string[];
  readonly expiresAt: number | null;
  readonly version: string;
  /** Absent where it is too large for a page. */
  readonly value?: string;
  readonly encoding?: "utf8" | "base64";
}

interface Page {
  readonly cursor: string;
  readonly entries: readonly PageEntry[];
}

export interface WalkedPage {
  /** Where the walk goes on; `0` at its end. */
  readonly cursor: string;
  readonly entries: readonly DumpedEntry[];
}

const TIMEOUT_MS = 60_000;
const RETRIES = 8;
const COUNT = 100;

/** How the dump and its way back ask a server: patiently, and again where it is busy. */
export function patientTransport({ url, key }: Connection): HttpTransport {
  return new HttpTransport({
    urls: [url],
    apiKey: key,
    timeoutMs: TIMEOUT_MS,
    retries: RETRIES,
    fetch: (address, init) => fetch(address, init),
  });
}

export class EntryWalk {
  readonly #transport: HttpTransport;
  readonly #prefix: string;

  constructor(connection: Connection, prefix: string) {
    this.#transport = patientTransport(connection);
    this.#prefix = prefix;
  }

  /** How many entries the store has; nothing where the server does not say, or only some are walked. */
  async total(): Promise<number | undefined> {
    if (this.#prefix !== "") return undefined;
    try {
      const count = { method: "POST", path: "/", body: '["DBSIZE"]', isRepeatable: true } as const;
      const { bytes } = await this.#transport.send(count);
      const { result } = JSON.parse(new TextDecoder().decode(bytes)) as { result?: unknown };
      return typeof result === "number" ? result : undefined;
    } catch {
      return undefined;
    }
  }

  async page(cursor: string): Promise<WalkedPage> {
    const query = new URLSearchParams({ cursor, count: String(COUNT), prefix: this.#prefix, with: "value" });
    const path = `/admin/entries?${query.toString()}`;
    const { bytes } = await this.#transport.send({ method: "GET", path, isRepeatable: true });
    const page = JSON.parse(new TextDecoder().decode(bytes)) as Page;
    const entries: DumpedEntry[] = [];
    for (const entry of page.entries) {
      const value = await this.#valueOf(entry);
      if (value !== undefined) entries.push({ ...knownOf(entry), value });
    }
    return { cursor: page.cursor, entries };
  }

  /** Nothing where the entry is gone by now. */
  async #valueOf({ key, value, encoding }: PageEntry): Promise<Uint8Array | undefined> {
    if (value !== undefined) return Buffer.from(value, encoding);
    const response = await this.#transport.send({
      method: "GET",
      path: keyPath(key),
      headers: { "accept-encoding": "identity" },
      isRepeatable: true,
      expected: [404],
    });
    return response.status === 404 ? undefined : response.bytes;
  }
}

function knownOf(entry: PageEntry): Omit<DumpedEntry, "value"> {
  const { key, contentType, cacheControl, tags, expiresAt, version } = entry;
  return {
    key,
    contentType,
    cacheControl: cacheControl ?? undefined,
    tags,
    expiresAtMs: expiresAt ?? undefined,
    version,
  };
}
