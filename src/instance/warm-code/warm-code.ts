// Has the runtime compile what answers before the first client comes: a process begins by interpreting. Cold.

import { systemClock } from "../../base/clock.ts";
import { WARM_CODE_MS_MAX, WARM_CODE_ROUNDS } from "../../base/limits.ts";
import type { Settings } from "../../base/settings/settings.ts";
import { firstReads } from "./first-reads.ts";
import { httpRequests, throwawayApp, WARM_KEY } from "./http-requests.ts";
import { hitsOverSocket } from "./http-socket.ts";
import { respCommands } from "./resp-commands.ts";
import { websocketFrames } from "./websocket-frames.ts";
import { throwaway } from "./throwaway.ts";

/**
 * Sends requests of every common kind through lanes like the instance's own, over a store and figures that are thrown
 * away, then hits over a socket. Gives the event loop back after each round; each part ends after WARM_CODE_MS_MAX at the
 * latest.
 */
export async function warmCode(settings: Settings): Promise<void> {
  const parts = throwaway(settings);
  const resp = settings.respPort === undefined ? [] : respCommands(parts);
  const app = throwawayApp(parts, settings);
  const sends = [...(await httpRequests(app)), firstReads(app, parts), ...resp, ...websocketFrames(parts)];
  const endMs = systemClock.nowMs() + WARM_CODE_MS_MAX;
  for (let i = 0; i < WARM_CODE_ROUNDS && systemClock.nowMs() < endMs; i++) {
    for (const send of sends) await send();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The garbage of these rounds would be collected amid the first clients' requests, which takes a millisecond.
  Bun.gc(true);
  // Where loopback has no port for this, the instance's own first requests are slower, and nothing else.
  await hitsOverSocket(app, WARM_KEY).catch(() => undefined);
}
