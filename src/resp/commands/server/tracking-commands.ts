// CLIENT TRACKING and CLIENT CACHING: which reads a client wants to be told the changes of.

import { KEY_BYTES_MAX, TRACKED_PREFIXES_MAX } from "../../../base/limits.ts";
import type { Arguments } from "../../wire/arguments.ts";
import { Refusal, SYNTAX } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { TrackingOptions } from "../tracking-port.ts";

const TOO_MANY_PREFIXES = `ERR more than ${TRACKED_PREFIXES_MAX} prefixes, or more than the server has room for`;
const PREFIX_TOO_LONG = `ERR a prefix is longer than ${KEY_BYTES_MAX} bytes`;

export function runTracking(call: Call): void {
  const word = call.args.lower(2);
  const asked = parseTracking(call.args);
  if (asked instanceof Refusal) return call.fail(asked.text);
  if (word === "off") {
    call.tracking.stop();
    return call.out.ok();
  }
  if (word !== "on") return call.fail(SYNTAX);
  const refused = refuseTracking(call, asked);
  if (refused !== undefined) return call.fail(refused);
  if (call.tracking.start({ ...asked, mode: modeOf(asked) })) return call.out.ok();
  call.tracking.stop();
  return call.fail(TOO_MANY_PREFIXES);
}

/** What was asked for; OPTIN and OPTOUT exclude each other, which is looked at later. */
interface Asked extends Omit<TrackingOptions, "mode"> {
  readonly optIn: boolean;
  readonly optOut: boolean;
}

function parseTracking(args: Arguments): Asked | Refusal {
  const prefixes: string[] = [];
  let broadcast = false;
  let noLoop = false;
  let optIn = false;
  let optOut = false;
  for (let i = 3; i < args.count; i++) {
    const option = args.lower(i);
    const hasMore = i + 1 < args.count;
    if (option === "bcast") broadcast = true;
    else if (option === "noloop") noLoop = true;
    else if (option === "optin") optIn = true;
    else if (option === "optout") optOut = true;
    else if (option === "prefix" && hasMore) {
      if (prefixes.length >= TRACKED_PREFIXES_MAX) return new Refusal(TOO_MANY_PREFIXES);
      if (args.size(i + 1) > KEY_BYTES_MAX) return new Refusal(PREFIX_TOO_LONG);
      prefixes.push(args.text(++i));
    } else if (option === "redirect" && hasMore) {
      return new Refusal("ERR REDIRECT is not supported here: invalidations are pushed over RESP3");
    } else return new Refusal(SYNTAX);
  }
  return { broadcast, prefixes, noLoop, optIn, optOut };
}

function modeOf({ optIn, optOut }: Asked): TrackingOptions["mode"] {
  if (optIn) return "optin";
  return optOut ? "optout" : "all";
}

/** Redis's complaints about options that do not go together, and ours about rights. */
function refuseTracking(call: Call, asked: Asked): string | undefined {
  const { broadcast, prefixes, optIn, optOut } = asked;
  const mode = modeOf(asked);
  const { tracking, session } = call;
  if (!broadcast && prefixes.length > 0) return "ERR PREFIX option requires BCAST mode to be enabled";
  if (tracking.isOn && tracking.options.broadcast !== broadcast) {
    return (
      "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  if (broadcast && mode !== "all") return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  if (optIn && optOut) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if (tracking.isOn && mode !== "all" && tracking.options.mode !== "all" && tracking.options.mode !== mode) {
    return (
      "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it " +
      "with a different mode."
    );
  }
  const collision = broadcast ? collisionOf(prefixes, tracking.prefixes) : undefined;
  if (collision !== undefined) return collision;
  if (tracking.prefixes.size + prefixes.length > TRACKED_PREFIXES_MAX) return TOO_MANY_PREFIXES;
  const { prefix, read } = session.apiKey!;
  const within = prefixes.length > 0 && prefixes.every((wanted) => wanted.startsWith(prefix));
  if (!read || (broadcast && prefix !== "" && !within)) {
    return "NOPERM this user has no permissions to be told of these keys";
  }
  return undefined;
}

/** What Redis says of `prefixes` that overlap one another, or one of those that there are. */
function collisionOf(prefixes: readonly string[], existing: ReadonlySet<string>): string | undefined {
  const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);
  const tail = "Prefixes for a single client must not overlap.";
  // Redis looks at them in the order of their bytes.
  const inOrder = [...existing].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [i, prefix] of prefixes.entries()) {
    for (const other of inOrder) {
      if (overlap(prefix, other))
        return `ERR Prefix '${prefix}' overlaps with an existing prefix '${other}'. ${tail}`;
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlap(prefix, other))
        return `ERR Prefix '${prefix}' overlaps with another provided prefix '${other}'. ${tail}`;
    }
  }
  return undefined;
}

export function runTrackingInfo({ tracking, out }: Call): void {
  const { isOn, options, caching } = tracking;
  const flags = isOn ? ["on"] : ["off"];
  if (options.broadcast) flags.push("bcast");
  if (options.mode !== "all") flags.push(options.mode);
  if (caching !== undefined) flags.push(caching ? "caching-yes" : "caching-no");
  if (options.noLoop) flags.push("noloop");
  const prefixes = [...tracking.prefixes].sort();
  out.map(3);
  out.bulkText("flags");
  out.set(flags.length);
  for (const flag of flags) out.bulkText(flag);
  out.bulkText("redirect");
  out.integer(isOn ? 0 : -1);
  out.bulkText("prefixes");
  out.array(prefixes.length);
  for (const prefix of prefixes) out.bulkText(prefix);
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
