// CLIENT TRACKING and CLIENT CACHING: which reads a client wants to be told the changes of.

import { SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { TrackingOptions } from "../tracking-port.ts";

export function runTracking(call: Call): void {
  const { args } = call;
  const word = args.lower(2);
  const options = {
    broadcast: false,
    prefixes: [] as string[],
    noLoop: false,
    mode: "all" as TrackingOptions["mode"],
  };
  for (let i = 3; i < args.count; i++) {
    const option = args.lower(i);
    if (option === "bcast") options.broadcast = true;
    else if (option === "noloop") options.noLoop = true;
    else if (option === "optin" || option === "optout") {
      if (options.mode !== "all" && options.mode !== option) {
        return call.fail("ERR You can't specify both OPTIN mode and OPTOUT mode");
      }
      options.mode = option;
    } else if (option === "prefix" && i + 1 < args.count) options.prefixes.push(args.text(++i));
    else if (option === "redirect" && i + 1 < args.count) {
      return call.fail("ERR REDIRECT is not supported here: invalidations are pushed over RESP3");
    } else return call.fail(SYNTAX);
  }
  if (word === "off") {
    call.tracking.stop();
    return call.out.ok();
  }
  if (word !== "on") return call.fail(SYNTAX);
  const refused = refuseTracking(call, options);
  if (refused !== undefined) return call.fail(refused);
  call.tracking.stop();
  if (call.tracking.start(options)) return call.out.ok();
  call.tracking.stop();
  return call.fail("ERR too many prefixes");
}

/** Redis's complaints about options that do not go together, and ours about rights. */
function refuseTracking(call: Call, options: TrackingOptions): string | undefined {
  const { broadcast, prefixes, mode } = options;
  const { tracking, session } = call;
  if (!broadcast && prefixes.length > 0) return "ERR PREFIX option requires BCAST mode to be enabled";
  if (tracking.isOn && tracking.options.broadcast !== broadcast) {
    return (
      "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  if (broadcast && mode !== "all") return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  if (tracking.isOn && mode !== "all" && tracking.options.mode !== "all" && tracking.options.mode !== mode) {
    return (
      "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  const { prefix, read } = session.apiKey!;
  const within = prefixes.length > 0 && prefixes.every((wanted) => wanted.startsWith(prefix));
  if (!read || (broadcast && prefix !== "" && !within)) {
    return "NOPERM this user has no permissions to be told of these keys";
  }
  return undefined;
}

export function runCaching(call: Call): void {
  const { args } = call;
  const { tracking } = call;
  const word = args.lower(2);
  if (!tracking.isOn) {
    return call.fail(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    );
  }
  const { mode } = tracking.options;
  if (word !== "yes" && word !== "no") return call.fail(SYNTAX);
  if (word === "yes" && mode !== "optin") {
    return call.fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (word === "no" && mode !== "optout") {
    return call.fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  tracking.caching = word === "yes";
  call.out.ok();
}
