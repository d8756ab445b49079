// The steps of a hit, each on its own and all together, with real parts: what bench:hot-path times and a test asserts.

import { Keyring } from "../src/auth/keyring.ts";
import { systemClock } from "../src/base/clock.ts";
import { createEngine } from "../src/cache/l1.ts";
import { chooseCoding, Preferences } from "../src/http/request/accept-encoding.ts";
import { fastKeyOf } from "../src/gate/credentials.ts";
import { HostCheck } from "../src/http/request/host.ts";
import type { Ready } from "../src/http/fast/ready.ts";
import { okReply } from "../src/http/reply/entry-reply.ts";
import { codingsBySizeIn } from "../src/http/reply/stored-codings.ts";
import { Histogram } from "../src/observe/histogram.ts";
import { encodeRecord, RecordView } from "../src/record/record.ts";
import { hashOf } from "../src/record/etag.ts";
import { maskIn } from "../src/record/in-place.ts";
import { appOf } from "./load/app-of.ts";
import { API_KEY } from "./load/cachee.ts";
import { KEYS, noise, pathOf, VALUE_BYTES } from "./load/value.ts";

/** What a client of the API sends. */
const CLIENT_FIELDS = {
  host: "127.0.0.1:3000",
  "x-api-key": API_KEY,
  "accept-encoding": "gzip, deflate, br, zstd",
};
/** What a browser sends besides. */
const BROWSER_FIELDS = {
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "accept-language": "en-GB,en;q=0.7,fr;q=0.3",
  connection: "keep-alive",
  referer: "http://127.0.0.1:3000/app/index.html",
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "same-origin",
  cookie: "session=0123456789abcdef; theme=dark",
};
const HOUR_MS = 3_600_000;
/** Prime to the number of keys, so that a walk by this step meets all of them, far apart. */
const STRIDE = 7_919;

/** One step: its name, and a run of it that returns its answer. */
export interface Step {
  readonly name: string;
  readonly run: () => unknown;
}

/** The fields that the fast lane asks for, in its order. */
function readFields(headers: Headers): string | null {
  const key = headers.get("x-api-key");
  headers.get("host");
  headers.get("x-min-version");
  headers.get("if-match");
  headers.get("accept-encoding");
  headers.get("if-none-match");
  return key;
}

export async function createSteps(): Promise<Step[]> {
  const clientHeaders = new Headers(CLIENT_FIELDS);
  const browserHeaders = new Headers({ ...CLIENT_FIELDS, ...BROWSER_FIELDS });
  const key = { name: "bench", read: true, write: true, admin: true, prefix: "" };
  const keyring = new Keyring([{ key, secret: { kind: "clear", text: API_KEY } }]);
  const others = Array.from({ length: 15 }, (_, i) => ({
    key: { ...key, name: `other${i}` },
    secret: { kind: "clear", text: `other-${i}-${API_KEY}`.slice(0, API_KEY.length) } as const,
  }));
  const keyringOf16 = new Keyring([...others, { key, secret: { kind: "clear", text: API_KEY } }]);
  const wrong = `${API_KEY.slice(0, -1)}!`;
  const hosts = new HostCheck();
  hosts.isGood(CLIENT_FIELDS.host);
  const preferences = new Preferences();
  const record = recordOf(0);
  const view = new RecordView(record);
  const bySize = codingsBySizeIn(record, 0);
  const available = maskIn(record, 0);
  const engine = createEngine<Ready>({ policy: "s3fifo", bytesMax: 1 << 28 });
  const paths = Array.from({ length: KEYS }, (_, i) => pathOf(i));
  for (let i = 0; i < KEYS; i++) engine.set(paths[i]!, recordOf(i), i + 1, Number.POSITIVE_INFINITY, 0);
  const entry = engine.get(paths[0]!, 0)!;
  const ready = okReply(view, "epoch.1", "cachee; hit; detail=l1", 0);
  const histogram = new Histogram();
  const { app } = await appOf(`${import.meta.dir}/..`, KEYS);
  const request = new Request(`http://127.0.0.1:3000${pathOf(0)}`, { headers: CLIENT_FIELDS });
  const browserRequest = new Request(request.url, { headers: { ...CLIENT_FIELDS, ...BROWSER_FIELDS } });
  const keys = paths.map((path) => path.slice("/cache/".length));
  const nowMs = systemClock.nowMs();
  const bearer = new Headers({ authorization: `Bearer ${API_KEY}` });
  let at = 0;
  const next = () => (at = (at + STRIDE) % KEYS);
  return [
    { name: "clock", run: () => systemClock.nowNs() > 0 },
    { name: "fields, API client", run: () => readFields(clientHeaders) },
    { name: "fields, browser", run: () => readFields(browserHeaders) },
    { name: "host check", run: () => hosts.isKnown(CLIENT_FIELDS.host) },
    { name: "key by bearer token", run: () => fastKeyOf(bearer, keyring)?.name },
    { name: "key check", run: () => keyring.find(API_KEY)?.name },
    { name: "key check, wrong key", run: () => keyring.find(wrong)?.name },
    { name: "key check among 16", run: () => keyringOf16.find(API_KEY)?.name },
    { name: "look-up and expiry, one key", run: () => engine.get(paths[0]!, nowMs)?.version },
    { name: "look-up and expiry, 10,000 keys", run: () => engine.get(paths[next()]!, nowMs) !== undefined },
    { name: "preference", run: () => preferences.of(CLIENT_FIELDS["accept-encoding"]).length },
    {
      name: "choose coding",
      run: () => chooseCoding(preferences.of(CLIENT_FIELDS["accept-encoding"]), available, bySize),
    },
    { name: "conditional check", run: () => clientHeaders.get("if-none-match") === null },
    { name: "record read", run: () => new RecordView(entry.record).contentType },
    { name: "reply made anew", run: () => okReply(view, "epoch.1", "cachee; hit; detail=l1", 0) },
    { name: "reply cloned", run: () => ready.clone() },
    { name: "histogram", run: () => histogram.record(1_700) },
    { name: "whole hit, one key", run: () => app.get(request, keys[0]!) },
    { name: "whole hit, 10,000 keys", run: () => app.get(request, keys[next()]!) },
    { name: "whole hit, browser, one key", run: () => app.get(browserRequest, keys[0]!) },
    { name: "whole hit by fetch, one key", run: () => app.fetch(request) },
    { name: "cold lane, one key", run: () => app.cold(request) },
  ];
}

function recordOf(i: number): Uint8Array {
  const body = noise(VALUE_BYTES, i + 1);
  return encodeRecord({
    contentType: "application/octet-stream",
    cacheControl: undefined,
    tags: [],
    expiresAtWallMs: Date.now() + HOUR_MS,
    n: i + 1,
    hash: hashOf(body, "application/octet-stream"),
    variants: [body],
  });
}
