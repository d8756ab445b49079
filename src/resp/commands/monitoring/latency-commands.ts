// LATENCY: what took longer than latency-monitor-threshold, and how long each command takes.

import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import type { CommandCounts } from "../command-shape.ts";

function runLatest({ services, out }: Call): void {
  const events = [...services.monitoring.latency.latest()];
  out.array(events.length);
  for (const { name, last, longestMs } of events) {
    out.array(4);
    out.bulkText(name);
    out.integer(last.atSeconds);
    out.integer(last.ms);
    out.integer(longestMs);
  }
}

function runHistory({ args, services, out }: Call): void {
  const samples = services.monitoring.latency.history(args.lower(2));
  out.array(samples.length);
  for (const { atSeconds, ms } of samples) {
    out.array(2);
    out.integer(atSeconds);
    out.integer(ms);
  }
}

function runReset({ args, services, out }: Call): void {
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.lower(i + 2));
  out.integer(services.monitoring.latency.reset(names));
}

function runDoctor({ services, out }: Call): void {
  const { latency } = services.monitoring;
  const lines = [...latency.latest()].map(
    ({ name, last, longestMs }) =>
      `${name}: ${latency.history(name).length} spikes, the last of ${last.ms} ms, the longest of ${longestMs} ms.\n`,
  );
  if (latency.thresholdMs === 0) {
    out.verbatim(
      "Nothing is noted: set a threshold in milliseconds with CONFIG SET latency-monitor-threshold.\n",
    );
  } else out.verbatim(lines.length === 0 ? "No latency spike was seen.\n" : lines.join(""));
}

/** Commands that are asked for, or all; of a container its subcommands. Those never measured have no figures. */
function measured({ args, services }: Call): CommandCounts[] {
  const all = [...services.commands.values()].filter(({ times }) => times !== undefined);
  if (args.count === 2) return all;
  const names = Array.from({ length: args.count - 2 }, (_, i) => args.lower(i + 2));
  return all.filter(({ command }) =>
    names.some((name) => command.name === name || command.name.startsWith(`${name}|`)),
  );
}

function runHistogram(call: Call): void {
  const { out } = call;
  const found = measured(call);
  out.map(found.length);
  for (const { command, times } of found) {
    const buckets = [...times!.cumulated()];
    out.bulkText(command.name);
    out.map(2);
    out.bulkText("calls");
    out.integer(times!.count);
    out.bulkText("histogram_usec");
    out.map(buckets.length);
    for (const [us, calls] of buckets) {
      out.integer(us);
      out.integer(calls);
    }
  }
}

const row = (
  name: string,
  arity: number,
  right: Command["right"],
  summary: string,
  run: Command["run"],
): Command => ({ name: `latency|${name}`, arity, right, summary, run });

export const LATENCY_COMMAND: Command = {
  name: "latency",
  arity: -2,
  right: "key",
  summary: "Tells of what took long.",
  run: () => undefined,
  subcommands: [
    row("latest", 2, "key", "Returns the last sample of every event.", runLatest),
    row("history", 3, "key", "Returns the samples of an event.", runHistory),
    row("reset", -2, "admin", "Forgets events.", runReset),
    row("doctor", 2, "key", "Says in words what was seen.", runDoctor),
    row("histogram", -2, "key", "Returns how long commands took.", runHistogram),
  ],
};
