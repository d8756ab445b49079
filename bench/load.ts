// The command `bench:load`: this server beside bare references on the same core, in turns, as ratios. See README.md.

import { parseArgs } from "node:util";
import { machine } from "./load/machine.ts";
import { ownSummary, summary } from "./load/summary.ts";
import type { Target } from "./load/target.ts";
import { startTarget, TARGET_NAMES, type TargetName } from "./load/targets.ts";
import { takeTurn, type Turn } from "./load/turn.ts";
import { hasWrk } from "./load/wrk.ts";

const HELP = `bun run bench:load [options]
  --targets LIST      of ${TARGET_NAMES.join(", ")}; all by default
  --seconds N         of one turn (3)
  --rounds N          turns of each target (5)
  --connections N     (16)
  --keys N            of 1 KiB values, drawn uniformly (10000)
  --rate N            requests a second by think time; 0 as many as go (0)
  --fields api|browser  fields of a request: Host, x-api-key, Accept-Encoding; or a browser's dozen too (api)
  --server-cpu N      the servers' core (1); --load-cpu N the generator's (0)
  --other DIR         another checkout of Cachee, measured as "other"
  --json FILE         write every turn's figures there
`;
const WARM_UP_SECONDS = 2;
const BROWSER_FIELDS = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-GB,en;q=0.7,fr;q=0.3",
  "Connection: keep-alive",
  "Referer: http://localhost/app/index.html",
  "Sec-Fetch-Dest: empty",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Site: same-origin",
  "Cookie: session=0123456789abcdef; theme=dark",
];

const { values } = parseArgs({
  options: {
    targets: { type: "string", default: TARGET_NAMES.join(",") },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    connections: { type: "string", default: "16" },
    keys: { type: "string", default: "10000" },
    rate: { type: "string", default: "0" },
    fields: { type: "string", default: "api" },
    "server-cpu": { type: "string", default: "1" },
    "load-cpu": { type: "string", default: "0" },
    other: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (!hasWrk()) process.stderr.write("wrk is not installed (apt-get install wrk): autocannon stands in\n");
const options = {
  serverCpu: Number(values["server-cpu"]),
  loadCpu: Number(values["load-cpu"]),
  connections: Number(values.connections),
  keys: Number(values.keys),
  rate: Number(values.rate),
  extraFields: values.fields === "browser" ? BROWSER_FIELDS : [],
  other: values.other,
};
const names = values.targets.split(",") as TargetName[];
const targets: Target[] = [];
const turns: Turn[] = [];
try {
  for (const name of [...names, ...(values.other === undefined ? [] : ["other" as const])]) {
    const target = await startTarget(name, options);
    if (target === undefined) process.stderr.write(`${name}: not installed, left out\n`);
    else targets.push(target);
  }
  for (const target of targets) await target.drive(WARM_UP_SECONDS, 0);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const target of targets) turns.push(await takeTurn(target, round, Number(values.seconds)));
  }
} finally {
  for (const target of targets) await target.stop();
}
const about = machine();
process.stdout.write(
  `${about.cpu}, ${about.cores} cores, Bun ${about.bun}, ${about.commit}; ${values.connections} connections, ${values.keys} keys, ` +
    `${values.fields} fields, ${values.rounds} x ${values.seconds} s, medians\n\n` +
    `${summary(turns, "clone")}\n\n${ownSummary(turns)}\n`,
);
if (values.json !== undefined)
  await Bun.write(values.json, JSON.stringify({ machine: about, options: values, turns }, null, 2));
