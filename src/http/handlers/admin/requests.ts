// GET /admin/requests: the last requests of all lanes, at once or, as server-sent events, as they come.

import type { ApiKey } from "../../../auth/api-key.ts";
import type { Keyring } from "../../../auth/keyring.ts";
import type { Clock } from "../../../base/clock.ts";
import { CacheeError } from "../../../base/errors.ts";
import type { Lifecycle } from "../../../base/lifecycle.ts";
import { REQUEST_FOLLOWER_BYTES, REQUEST_FOLLOWERS_MAX } from "../../../base/limits/operators.ts";
import type { Overview } from "../../../dashboard/overview.ts";
import { credentialsOf, keyOf } from "../../../gate/credentials.ts";
import type { Context, Handler } from "../../context.ts";
import { jsonReply } from "../../reply/json-reply.ts";
import { countOf, parametersOf } from "./query.ts";
import { FILTER_PARAMETERS, requestFilterOf, type RequestFilter } from "./request-filter.ts";
import { requestStream, type Following } from "./request-stream.ts";

const COUNT_MAX = 1_000;
const EVENT_STREAM = "text/event-stream";

export interface LastRequestsOptions {
  readonly overview: Overview;
  readonly keyring: Keyring;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
}

/** `{"requests":[…],"last"}`, the newest first; with `Accept: text/event-stream` those that come from now on. */
export function lastRequestsHandler(options: LastRequestsOptions): Handler {
  const { overview } = options;
  let followers = 0;
  return async (context) => {
    const parameters = parametersOf(context, [...FILTER_PARAMETERS, "count", "after"]);
    const filter = requestFilterOf(parameters, context.apiKey!);
    const count = countOf(parameters, COUNT_MAX);
    const after = numberOf(parameters.get("after") ?? context.request.headers.get("last-event-id"));
    // The answer to HEAD has no body that would be read to its end.
    const isStream = context.request.method === "GET" && wantsEvents(context.request.headers);
    const { requests, last } = await overview.requests(after ?? 0);
    if (!isStream) {
      const wanted = requests.filter(filter);
      return jsonReply({ requests: wanted.slice(-count).toReversed(), last });
    }
    const release = charge(context, followers);
    followers += 1;
    const following = followingOf(options, context, parameters, () => {
      followers -= 1;
      release();
    });
    return new Response(requestStream(following, after ?? last), {
      headers: { "Content-Type": EVENT_STREAM, "Cache-Control": "no-store" },
    });
  };
}

function wantsEvents(headers: Headers): boolean {
  return headers.get("accept")?.includes(EVENT_STREAM) === true;
}

function numberOf(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new CacheeError("bad_query", "after is not the number of a request.");
  return Number(text);
}

/** Takes the room for one more; gives what gives it back. */
function charge({ inFlight, apiKey }: Context, followers: number): () => void {
  const owner = apiKey!.name;
  const isFull = followers >= REQUEST_FOLLOWERS_MAX;
  if (isFull || !inFlight.take("answer", owner, REQUEST_FOLLOWER_BYTES)) {
    throw new CacheeError("overloaded", "There is no room for one more who follows requests.");
  }
  return () => inFlight.give("answer", owner, REQUEST_FOLLOWER_BYTES);
}

/** The client's rights are looked at before each answer: keys may be exchanged meanwhile. */
function followingOf(
  { overview, keyring, lifecycle, clock }: LastRequestsOptions,
  { request }: Context,
  parameters: URLSearchParams,
  ended: () => void,
): Following {
  const { headers } = request;
  let generation = -1;
  let filter: RequestFilter | undefined;
  return {
    requests: (after) => overview.requests(after),
    nowMs: clock.nowMs,
    ended,
    filter() {
      if (lifecycle.state === "draining") return undefined;
      if (generation !== keyring.generation) {
        generation = keyring.generation;
        const credentials = credentialsOf(headers);
        const apiKey = credentials === undefined ? undefined : keyOf(credentials, keyring);
        filter = apiKey?.admin === true ? filterWithin(parameters, apiKey) : undefined;
      }
      return filter;
    },
  };
}

function filterWithin(parameters: URLSearchParams, apiKey: ApiKey): RequestFilter | undefined {
  try {
    return requestFilterOf(parameters, apiKey);
  } catch {
    // It is confined to another prefix now.
    return undefined;
  }
}
