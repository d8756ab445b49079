// The fast lane: answers a GET from L1 before any middleware, synchronously, or leaves it to the cold lane. Hot.
//
// Whatever it answers, the cold lane would have answered the same; whatever is doubtful it does not answer.

import type { Keyring } from "../auth/keyring.ts";
import type { Entry } from "../cache/engine.ts";
import type { Traffic } from "../observe/traffic.ts";
import { etagIn, maskIn } from "../record/in-place.ts";
import { RecordView } from "../record/record.ts";
import type { CodingIndex } from "../record/coding.ts";
import type { Store } from "../store/store.ts";
import { formatVersion } from "../record/version.ts";
import { bearerToken } from "../gate/bearer.ts";
import { chooseCoding, type Preference, type Preferences } from "./accept-encoding.ts";
import type { HostCheck } from "./host.ts";
import { isSpeltAmbiguously } from "../gate/key.ts";
import { codingsIn, OneOff, variantIn } from "./one-off.ts";
import { again, notModifiedMakings, NOT_MODIFIED_BYTES, okBytes, okMakings, Ready } from "./reply.ts";

export interface FastLaneOptions {
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  readonly preferences: Preferences;
  readonly hosts: HostCheck;
  readonly traffic: Traffic;
  /** With CORS on, a request with an Origin needs fields that only the cold lane adds. */
  readonly cors: boolean;
}

/** `startNs` is the handler's entry on the monotonic clock; `undefined` means: not here. */
export type FastLane = (headers: Headers, key: string, startNs: number) => Response | undefined;

export function createFastLane(options: FastLaneOptions): FastLane {
  const { store, keyring, preferences, hosts, traffic, cors } = options;
  const engine = store.engine;
  const oneOff = new OneOff("cachee; hit; detail=l1");

  return (headers, key, startNs) => {
    if (!hosts.isKnown(headers.get("host"))) return undefined;
    let presented = headers.get("x-api-key");
    if (presented === null) {
      presented = bearerToken(headers.get("authorization"));
      if (presented === null) return undefined;
    }
    const apiKey = keyring.find(presented);
    if (apiKey === undefined || !apiKey.read) return undefined;
    if (apiKey.prefix !== "" && !key.startsWith(apiKey.prefix)) return undefined;
    if (headers.get("x-min-version") !== null || headers.get("if-match") !== null) return undefined;
    if (cors && headers.get("origin") !== null) return undefined;
    const nowMs = startNs / 1e6;
    if (!store.isFresh(nowMs)) return undefined;
    const entry = engine.get(key, nowMs);
    if (entry === undefined) return undefined;
    const preference = preferences.of(headers.get("accept-encoding"));
    const ifNoneMatch = headers.get("if-none-match");
    if (entry.memo === undefined && !engine.isHot(entry)) {
      return ifNoneMatch === null ? answerOnce(entry, preference, startNs) : undefined;
    }
    const ready = entry.memo ?? firstReady(entry);
    if (preference === ready.preference && ifNoneMatch === null) {
      const response = new Response(ready.body, { headers: ready.headers! });
      traffic.fastOk(startNs);
      return response;
    }
    if (!ready.direct) return undefined;
    const coding = chooseCoding(preference, ready.available, ready.bySize);
    if (coding === -1) return undefined;
    if (ifNoneMatch !== null) {
      const { bytes, start } = engine.spanOf(entry);
      if (ifNoneMatch !== etagIn(bytes, start, coding)) return undefined;
      const makings = ready.notModified(coding);
      const response = makings === undefined ? makeNotModified(entry, ready, coding) : again(makings);
      traffic.fastNotModified(startNs);
      return response;
    }
    const makings = ready.ok(coding);
    const response = makings === undefined ? makeOk(entry, ready, coding, preference) : again(makings);
    traffic.fastOk(startNs);
    return response;
  };

  /** The answer for an entry that is not hot, of which nothing is kept. */
  function answerOnce(entry: Entry<Ready>, preference: Preference, startNs: number): Response | undefined {
    if (isSpeltAmbiguously(entry.key)) return undefined;
    const response = oneOff.reply(engine.spanOf(entry), formatVersion(store.versionOf(entry)), preference);
    if (response !== undefined) traffic.fastOk(startNs);
    return response;
  }

  function firstReady(entry: Entry<Ready>): Ready {
    const place = engine.spanOf(entry);
    return new Ready(entry.key, maskIn(place.bytes, place.start), codingsIn(place));
  }

  /** Makes what is kept for the next reader if the engine deems the entry hot, and a Response of it. */
  function makeOk(entry: Entry<Ready>, ready: Ready, coding: CodingIndex, preference: Preference): Response {
    const place = engine.spanOf(entry);
    const body = variantIn(place, coding);
    const fields = oneOff.headers(place, formatVersion(store.versionOf(entry)), coding);
    const makings = okMakings(fields, body);
    if (engine.keep(entry, ready, ready.bytes + okBytes(body.length))) {
      ready.addOk(coding, makings, preference, body.length);
    }
    return again(makings);
  }

  function makeNotModified(entry: Entry<Ready>, ready: Ready, coding: CodingIndex): Response {
    const record = new RecordView(entry.record);
    const makings = notModifiedMakings(
      record,
      formatVersion(store.versionOf(entry)),
      "cachee; hit; detail=l1",
      coding,
    );
    if (engine.keep(entry, ready, ready.bytes + NOT_MODIFIED_BYTES)) ready.addNotModified(coding, makings);
    return again(makings);
  }
}
