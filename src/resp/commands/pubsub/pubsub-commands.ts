// PUBLISH, SUBSCRIBE, PSUBSCRIBE, UNSUBSCRIBE, PUNSUBSCRIBE and PUBSUB.

import type { ChannelBus } from "../../../store/channel-bus.ts";
import { RESP_KEYS_MAX, RESP_PATTERN_CHARS_MAX, SUBSCRIPTIONS_MAX } from "../../../base/limits.ts";
import { after, type MaybePromise } from "../../../base/maybe-promise.ts";
import { Slices } from "../../../base/loop/slices.ts";
import { NOT_AVAILABLE, NOT_PUBLISHED, OVERLOADED } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { compileGlob, PATTERN_TOO_LONG } from "../keys/glob.ts";
import { takeRate } from "../rate.ts";
import { matchesChannel, type Audience } from "./channels.ts";
import { audiencesOf, deliver, receiversIn } from "./deliver.ts";
import { container, row } from "../rows.ts";

const NO_PERM_CHANNEL = "NOPERM this user has no permissions to access one of the channels used as arguments";
const TOO_LONG = `ERR a channel or pattern is longer than ${RESP_PATTERN_CHARS_MAX} bytes`;
const TOO_MANY = `ERR more than ${SUBSCRIPTIONS_MAX} channels and patterns, or more than the server has room for`;

/** What every channel that the client may name begins with, a character for each byte. */
function prefixOf(call: Call): string {
  return Buffer.from(call.session.apiKey!.prefix, "utf8").toString("latin1");
}

function runPublish(call: Call): MaybePromise<void> {
  const { args, services } = call;
  const channel = args.latin1(1);
  if (channel.length > RESP_PATTERN_CHARS_MAX) return call.fail(TOO_LONG);
  if (args.size(2) > services.options.valueBytesMax) {
    return call.fail(`ERR the message is larger than ${services.options.valueBytesMax} bytes`);
  }
  if (!channel.startsWith(prefixOf(call))) return call.fail(NO_PERM_CHANNEL);
  if (!takeRate(call, 1)) return undefined;
  const { channels, inFlight, clock } = services.options;
  const { owner } = call.connection;
  return after(audiencesOf(channels, channel, clock), (audiences) => {
    if (channels.bus !== undefined) return publishByBus(call, channels.bus, channel, audiences);
    const delivered = deliver(audiences, channel, args.bytes(2), { inFlight, clock, owner });
    return after(delivered, (receivers) =>
      receivers === undefined ? call.fail(OVERLOADED) : call.out.integer(receivers),
    );
  });
}

/** The message comes back by the bus, to its receivers in this process too: so all of the fleet hear one order. */
async function publishByBus(
  call: Call,
  bus: ChannelBus,
  channel: string,
  audiences: readonly Audience[],
): Promise<void> {
  const { inFlight } = call.services.options;
  const { owner } = call.connection;
  const bytes = call.args.size(2);
  if (!inFlight.take("resp_output", owner, bytes)) return call.fail(OVERLOADED);
  try {
    const isSent = await bus.publish(channel, Uint8Array.from(call.args.bytes(2)));
    if (isSent) call.out.integer(receiversIn(audiences));
    else call.fail(NOT_PUBLISHED);
  } finally {
    inFlight.give("resp_output", owner, bytes);
  }
}

type Kind = "channel" | "pattern";

/** What the client may not subscribe to, if anything. */
function refuseNames(call: Call, kind: Kind, names: ReadonlySet<string>): string | undefined {
  const prefix = prefixOf(call);
  for (const name of names) {
    if (name.length > RESP_PATTERN_CHARS_MAX) return TOO_LONG;
    if (prefix === "") continue;
    // What a pattern matches begins with its literal beginning: `a*` of a prefix `a*b/` is no such thing.
    const begins = kind === "channel" ? name : compileGlob(name)!.prefix;
    if (!begins.startsWith(prefix)) return NO_PERM_CHANNEL;
  }
  return undefined;
}

/** The names that were given, in order, or that they are too many. */
function namesOf(call: Call): string[] | undefined {
  const { args } = call;
  if (args.count - 1 > SUBSCRIPTIONS_MAX) return undefined;
  const names: string[] = [];
  for (let i = 1; i < args.count; i++) names.push(args.latin1(i));
  return names;
}

/** Tells of one change, as Redis does: an array in RESP2, a push in RESP3. */
function tell(call: Call, verb: string, name: string | undefined): void {
  call.push(() => writeTold(call, verb, name));
}

function writeTold(call: Call, verb: string, name: string | undefined): void {
  const { out } = call;
  if (out.protocol === 3) out.push(3);
  else out.array(3);
  out.bulkText(verb);
  if (name === undefined) out.nil();
  else out.bulk(Buffer.from(name, "latin1"), 0, name.length);
  out.integer(call.connection.subscriptions.count);
}

function runSubscribe(call: Call, kind: Kind, verb: string): MaybePromise<void> {
  const { subscriptions, owner } = call.connection;
  const names = namesOf(call);
  if (names === undefined) return call.fail(TOO_MANY);
  const once = new Set(names);
  const refused = refuseNames(call, kind, once);
  if (refused !== undefined) return call.fail(refused);
  if (!subscriptions.reserve(kind, once, owner)) return call.fail(TOO_MANY);
  return after(call.services.options.channels.bus?.join() ?? true, (isJoined) => {
    // A connection that closed meanwhile would subscribe for good.
    if (call.connection.isOver) return subscriptions.end();
    if (!isJoined) return call.fail(NOT_AVAILABLE.text);
    for (const name of names) {
      subscriptions.add(kind, name);
      tell(call, verb, name);
    }
  });
}

function runUnsubscribe(call: Call, kind: Kind, verb: string): void {
  const { subscriptions } = call.connection;
  const given = namesOf(call);
  if (given === undefined) return call.fail(TOO_MANY);
  const names = given.length === 0 ? subscriptions.names(kind) : given;
  if (names.length === 0) return tell(call, verb, undefined);
  for (const name of names) {
    subscriptions.remove(kind, name);
    tell(call, verb, name);
  }
}

async function runChannels(call: Call): Promise<void> {
  const { args, services } = call;
  if (args.count > 3) return call.fail(wrongPubsub("CHANNELS"));
  const prefix = prefixOf(call);
  const pattern = args.count === 3 ? args.latin1(2) : undefined;
  const glob = compileGlob(pattern ?? "");
  if (glob === undefined) return call.fail(PATTERN_TOO_LONG);
  const slices = new Slices(services.options.clock.nowMs);
  const names: string[] = [];
  for (const name of services.options.channels.names) {
    const isNamed = pattern === undefined || matchesChannel({ pattern, glob }, name);
    if (isNamed && name.startsWith(prefix)) names.push(name);
    if (names.length > RESP_KEYS_MAX) return call.fail(`ERR more than ${RESP_KEYS_MAX} channels match`);
    if (!(await call.pause(slices))) return undefined;
  }
  call.out.array(names.length);
  for (const name of names) call.out.bulk(Buffer.from(name, "latin1"), 0, name.length);
}

function wrongPubsub(word: string): string {
  return `ERR unknown subcommand or wrong number of arguments for '${word}'. Try PUBSUB HELP.`;
}

async function runNumSub(call: Call): Promise<void> {
  const { args, services, out } = call;
  const prefix = prefixOf(call);
  for (let i = 2; i < args.count; i++) {
    if (!args.latin1(i).startsWith(prefix)) return call.fail(NO_PERM_CHANNEL);
  }
  const slices = new Slices(services.options.clock.nowMs);
  out.array(2 * (args.count - 2));
  for (let i = 2; i < args.count; i++) {
    call.out.bulk(args.buffer, args.start(i), args.size(i));
    call.out.integer(services.options.channels.audienceOf(args.latin1(i))?.subscribers.size ?? 0);
    if (!(await call.pause(slices))) return undefined;
  }
}

/** How many patterns have subscribers, of those that the client may name. */
function runNumPat(call: Call): void {
  const { patterns } = call.services.options.channels;
  const prefix = prefixOf(call);
  if (prefix === "") return call.out.integer(patterns.size);
  let count = 0;
  for (const { glob } of patterns.values()) if (glob.prefix.startsWith(prefix)) count += 1;
  call.out.integer(count);
}

const ofPubsub = (command: Command): Command => ({ ...command, isPubsub: true });

const ROWS = [
  row("publish", 3, "write", "Sends a message to a channel's subscribers.", runPublish),
  row("subscribe", -2, "read", "Subscribes to channels.", (call) =>
    runSubscribe(call, "channel", "subscribe"),
  ),
  row("psubscribe", -2, "read", "Subscribes to the channels that match patterns.", (call) =>
    runSubscribe(call, "pattern", "psubscribe"),
  ),
  row("unsubscribe", -1, "key", "Ends subscriptions to channels.", (call) =>
    runUnsubscribe(call, "channel", "unsubscribe"),
  ),
  row("punsubscribe", -1, "key", "Ends subscriptions to patterns.", (call) =>
    runUnsubscribe(call, "pattern", "punsubscribe"),
  ),
];

const SUBCOMMANDS = [
  row("pubsub|channels", -2, "read", "Names the channels that have subscribers.", runChannels),
  row("pubsub|numsub", -2, "read", "Counts the subscribers of channels.", runNumSub),
  row("pubsub|numpat", 2, "read", "Counts the patterns that have subscribers.", runNumPat),
];

export const PUBSUB_COMMANDS: readonly Command[] = [
  ...ROWS,
  container("pubsub", "Tells of channels and subscribers.", SUBCOMMANDS.map(ofPubsub)),
].map(ofPubsub);
