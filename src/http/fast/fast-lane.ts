// The fast lane: answers a GET from L1 before any middleware, synchronously, or leaves it to the cold lane. Hot.
//
// Whatever it answers, the cold lane would have answered the same; whatever is doubtful it does not answer.

import type { Keyring } from "../../auth/keyring.ts";
import type { Traffic } from "../../observe/traffic.ts";
import { etagIn } from "../../record/in-place.ts";
import type { Entry } from "../../cache/engine.ts";
import type { Store } from "../../store/store.ts";
import type { Turns } from "../../gate/turns.ts";
import { fastKeyOf } from "../../gate/credentials.ts";
import { chooseCoding, type Preferences } from "../request/accept-encoding.ts";
import type { HostCheck } from "../request/host.ts";
import { setAge } from "../reply/age.ts";
import { L1_HIT, STRICT_TRANSPORT } from "../reply/fields.ts";
import { Answers } from "./answers.ts";
import type { Ready } from "./ready.ts";
import { responseOf } from "./response-parts.ts";

export interface FastLaneOptions {
  readonly store: Store<Ready>;
  readonly keyring: Keyring;
  readonly preferences: Preferences;
  readonly hosts: HostCheck;
  readonly traffic: Traffic;
  /** Large answers wait for one, in the cold lane. */
  readonly turns: Turns;
  /** CORS is on: answers vary by Origin, and a request with one needs fields that only the cold lane adds. */
  readonly cors: boolean;
  /** Requests come over TLS alone. */
  readonly isSecure: boolean;
  /** Told of entries that have become hot. */
  readonly readOften: (entry: Entry<Ready>) => void;
}

/** `startNs` is the handler's entry on the monotonic clock; `undefined` means: not here. */
export type FastLane = (headers: Headers, key: string, startNs: number) => Response | undefined;

export function createFastLane(options: FastLaneOptions): FastLane {
  const { store, keyring, preferences, hosts, traffic, turns, cors } = options;
  const { engine } = store;
  const vary = ["Vary", cors ? "Accept-Encoding, Origin" : "Accept-Encoding"] as const;
  const fixed = options.isSecure ? ([vary, STRICT_TRANSPORT] as const) : [vary];
  const answers = new Answers(store, fixed, options.readOften);

  return (headers, key, startNs) => {
    if (!hosts.isKnown(headers.get("host"))) return undefined;
    const apiKey = fastKeyOf(headers, keyring);
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
      const response =
        ifNoneMatch === null ? answers.once(entry, preference, nowMs, apiKey.admin) : undefined;
      if (response !== undefined) traffic.fastOk(startNs, key, apiKey);
      return response;
    }
    const ready = entry.memo ?? answers.ready(entry);
    if (preference === ready.preference && ifNoneMatch === null) {
      if (nowMs >= ready.agedUntilMs) ready.renewAge(entry.expiresAtMs - nowMs, nowMs);
      const fields = apiKey.admin ? ready.headersWithTags : ready.headers;
      const response = new Response(ready.body, { headers: fields! });
      traffic.fastOk(startNs, key, apiKey);
      return response;
    }
    if (!ready.direct) return undefined;
    const coding = chooseCoding(preference, ready.available, ready.bySize);
    if (coding === -1) return undefined;
    if (ifNoneMatch !== null) {
      const { bytes, start } = engine.spanOf(entry);
      if (ifNoneMatch !== etagIn(bytes, start, coding)) return undefined;
      const parts = ready.notModified(coding);
      const response = parts === undefined ? answers.notModified(entry, ready, coding) : responseOf(parts);
      setAgeOf(response, ready, entry.expiresAtMs - nowMs);
      traffic.fastNotModified(startNs, key, apiKey);
      return response;
    }
    if (ready.isLarge) {
      if (turns.isOver) return undefined;
      turns.spent(answers.sendNs(entry, coding), apiKey.name);
    }
    const parts = ready.ok(coding);
    const response = parts === undefined ? answers.ok(entry, ready, coding, preference) : responseOf(parts);
    if (response === undefined) return undefined;
    setAgeOf(response, ready, entry.expiresAtMs - nowMs);
    if (ready.tagField !== undefined && apiKey.admin) response.headers.set("Cache-Tag", ready.tagField);
    traffic.fastOk(startNs, key, apiKey);
    return response;
  };
}

function setAgeOf(response: Response, { lifetimeSeconds }: Ready, remainingMs: number): void {
  if (lifetimeSeconds !== undefined) setAge(response.headers, L1_HIT, lifetimeSeconds, remainingMs);
}
