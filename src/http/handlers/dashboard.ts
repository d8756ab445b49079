// GET /dashboard and its files: the page, public; its data is asked for with a key.

import type { DashboardFile } from "../../dashboard/files.ts";
import { CacheeError } from "../../base/errors.ts";
import { CODINGS, CODING_INDEXES, IDENTITY, type CodingIndex } from "../../record/coding.ts";
import { compressAside, type Variants } from "../../record/compressor.ts";
import { etagOf, hashOf } from "../../record/etag.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import type { Handler } from "../context.ts";
import { matchesWeakly, parseEntityTags } from "../request/entity-tag.ts";
/** The page; its files lie below. */
export const DASHBOARD_PATH = "/dashboard";

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

/** Leads to the page from `/` and from its own address with a slash too many, by a path that holds behind a proxy as well. */
export const toDashboard: Handler = ({ path }) =>
  new Response(null, { status: 302, headers: { Location: path === "/" ? "dashboard" : "../dashboard" } });

/** The files are read, transpiled and compressed at the first request, off the event loop, and kept. */
export function dashboardHandler(preferences: Preferences): Handler {
  let loading: Promise<ReadonlyMap<string, Asset>> | undefined;
  return async (context) => {
    const { request, path } = context;
    if (path === `${DASHBOARD_PATH}/`) return toDashboard(context);
    loading ??= loadAssets().catch((thrown: unknown) => {
      loading = undefined;
      throw thrown;
    });
    const assets = await loading;
    const asset = assets.get(path === DASHBOARD_PATH ? "" : path.slice(DASHBOARD_PATH.length + 1));
    if (asset === undefined) throw new CacheeError("path_not_found", "The dashboard has no such file.");
    return assetReply(asset, request.headers, preferences);
  };
}

async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const { dashboardFiles } = await import("../../dashboard/files.ts");
  const assets = [...(await dashboardFiles())].map(
    async ([name, file]) => [name, await assetOf(file)] as const,
  );
  return new Map(await Promise.all(assets));
}

async function assetOf({ contentType, text }: DashboardFile): Promise<Asset> {
  const body = Buffer.from(text);
  const variants = await compressAside(body);
  const bytes = (coding: CodingIndex) => variants[coding]!.length;
  const bySize = CODING_INDEXES.filter((coding) => variants[coding] !== undefined);
  bySize.sort((a, b) => bytes(a) - bytes(b));
  return { contentType, variants, bySize, hash: hashOf(body, contentType) };
}

function assetReply(asset: Asset, asked: Headers, preferences: Preferences): Response {
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
