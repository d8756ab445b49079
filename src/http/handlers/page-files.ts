// Files of pages that lie in the program: public, validated by ETag, compressed, under a strict policy. Cold.

import { CacheeError } from "../../base/errors.ts";
import type { PageFile } from "../../dashboard/files.ts";
import { CODINGS, CODING_INDEXES, IDENTITY, type CodingIndex } from "../../record/coding.ts";
import { compressAside, type Variants } from "../../record/compressor.ts";
import { etagOf, hashOf } from "../../record/etag.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import { matchesWeakly, parseEntityTags } from "../request/entity-tag.ts";

/** Nothing but this server's own files; no inline script or style, no markup made from text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** A file with its compressed variants, ready to be sent. */
interface Asset {
  readonly contentType: string;
  readonly variants: Variants;
  /** The codings there are, from the smallest variant to the largest. */
  readonly bySize: readonly CodingIndex[];
  readonly hash: bigint;
}

/** Files by name. They are made and compressed at the first request, off the event loop, and kept. */
export class PageFiles {
  readonly #load: () => Promise<ReadonlyMap<string, PageFile>>;
  readonly #preferences: Preferences;
  #assets: Promise<ReadonlyMap<string, Asset>> | undefined;

  constructor(load: () => Promise<ReadonlyMap<string, PageFile>>, preferences: Preferences) {
    this.#load = load;
    this.#preferences = preferences;
  }

  /** The answer with the file of that name. Throws `path_not_found`. */
  async reply(name: string, asked: Headers): Promise<Response> {
    this.#assets ??= this.#make().catch((thrown: unknown) => {
      this.#assets = undefined;
      throw thrown;
    });
    const asset = (await this.#assets).get(name);
    if (asset === undefined) throw new CacheeError("path_not_found", "There is no such file.");
    return replyOf(asset, asked, this.#preferences);
  }

  async #make(): Promise<ReadonlyMap<string, Asset>> {
    const files = [...(await this.#load())];
    return new Map(
      await Promise.all(files.map(async ([name, file]) => [name, await assetOf(file)] as const)),
    );
  }
}

async function assetOf({ contentType, text }: PageFile): Promise<Asset> {
  const body = Buffer.from(text);
  const variants = await compressAside(body);
  const bytes = (coding: CodingIndex) => variants[coding]!.length;
  const bySize = CODING_INDEXES.filter((coding) => variants[coding] !== undefined);
  bySize.sort((a, b) => bytes(a) - bytes(b));
  return { contentType, variants, bySize, hash: hashOf(body, contentType) };
}

function replyOf(asset: Asset, asked: Headers, preferences: Preferences): Response {
  const available = asset.bySize.reduce((mask: number, coding) => mask | (1 << coding), 0);
  const chosen = chooseCoding(preferences.of(asked.get("accept-encoding")), available, asset.bySize);
  const coding = chosen === -1 ? IDENTITY : chosen;
  const etag = etagOf(asset.hash, coding);
  const headers = new Headers({
    ETag: etag,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    Vary: "Accept-Encoding",
  });
  const known = asked.get("if-none-match");
  if (known !== null && matchesWeakly(parseEntityTags(known, "If-None-Match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  headers.set("Content-Type", asset.contentType);
  if (coding !== IDENTITY) headers.set("Content-Encoding", CODINGS[coding]);
  return new Response(asset.variants[coding], { headers });
}
