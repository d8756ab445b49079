// LATENCY: what took longer than latency-monitor-threshold, and how long each command takes.

import type { Call } from "../call.ts";
import type { CommandCounts } from "../command-shape.ts";
import { cumulated } from "./command-times.ts";
import { container, row } from "../rows.ts";

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
    const buckets = [...cumulated(times!)];
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

export const LATENCY_COMMAND = container("latency", "Tells of what took long.", [
  row("latency|latest", 2, "key", "Returns the last sample of every event.", runLatest),
  row("latency|history", 3, "key", "Returns the samples of an event.", runHistory),
  row("latency|reset", -2, "admin", "Forgets events.", runReset),
  row("latency|doctor", 2, "key", "Says in words what was seen.", runDoctor),
  row("latency|histogram", -2, "key", "Returns how long commands took.", runHistogram),
]);
