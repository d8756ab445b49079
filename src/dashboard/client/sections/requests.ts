// The last requests of all lanes as a table, the newest first, as they come; those that were refused are kept apart.

import type { RequestRecord } from "../../../observe/requests/request-record.ts";
import { byId, element, setText } from "../element.ts";
import { followRequests } from "../follow.ts";
import { count, latency, timeOfDay, UNKNOWN } from "../format.ts";

/** Rows that are shown, and requests of each kind that are kept. */
const ROWS_MAX = 100;
const KEPT_MAX = 500;
/** Between two drawings of the table, ms: faster nobody reads. */
const DRAW_MS = 500;

const body = byId("requests-body", HTMLElement);
const note = byId("requests-note", HTMLElement);
const kinds = byId("requests-kind", HTMLSelectElement);
const lanes = byId("requests-lane", HTMLSelectElement);
const prefix = byId("requests-prefix", HTMLInputElement);
const hold = byId("requests-hold", HTMLButtonElement);
const frame = byId("requests-frame", HTMLElement);

const LANES: Readonly<Record<string, string>> = {
  fast: "Hit",
  cold: "Other HTTP",
  resp: "Redis",
  websocket: "WebSocket",
  redis_rest: "Redis REST",
};

/** What this page, Prometheus and load balancers ask for all the time. */
const ABOUT_FIGURES = /^\/(?:$|admin\/|dashboard|docs|favicon|health|instances|metrics|stats)/;

const isRefused = ({ code }: RequestRecord) => code !== null && code !== "key_not_found";
const isOfClients = ({ path }: RequestRecord) => path === null || !ABOUT_FIGURES.test(path);

const KINDS: Readonly<Record<string, (record: RequestRecord) => boolean>> = {
  clients: (record) => isRefused(record) || isOfClients(record),
  refused: isRefused,
  all: () => true,
};

/** The oldest first. */
let refused: RequestRecord[] = [];
let others: RequestRecord[] = [];
let missed = 0;
let trouble = "";
let isHeld = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let end = () => {};

type Column = readonly [name: string, cell: (record: RequestRecord) => string];

const COLUMNS: readonly Column[] = [
  ["Outcome", outcomeOf],
  ["Request", ({ method }) => method],
  ["Key or path", ({ key, path }) => key ?? path ?? UNKNOWN],
  ["Lane", ({ lane }) => LANES[lane] ?? lane],
  ["Took", ({ us }) => latency(us)],
  ["API key", ({ apiKey }) => apiKey ?? UNKNOWN],
  ["Sampled", ({ oneIn }) => (oneIn > 1 ? `1 in ${count(oneIn)}` : "all")],
];

function outcomeOf(record: RequestRecord): string {
  const { status, code } = record;
  if (isRefused(record)) return status === null ? code! : `${status} ${code}`;
  return status === null ? "ok" : String(status);
}

/** From now on those that an API key may see; "": none. */
export function showRequests(apiKey: string): void {
  end();
  end = () => {};
  [refused, others, missed, trouble] = [[], [], 0, ""];
  setHeld(false);
  if (apiKey === "") return;
  end = followRequests(apiKey, {
    requests(records) {
      refused = [...refused, ...records.filter(isRefused)].slice(-KEPT_MAX);
      others = [...others, ...records.filter((record) => !isRefused(record))].slice(-KEPT_MAX);
      trouble = "";
      drawSoon();
    },
    missed(more) {
      missed += more;
      drawSoon();
    },
    refused() {
      trouble = "An API key with the scope admin sees them.";
      draw();
    },
    lost(reason) {
      trouble = `The server gives no answer: ${reason}. Trying again by itself.`;
      draw();
    },
  });
}

function drawSoon(): void {
  if (!isHeld) timer ??= setTimeout(draw, DRAW_MS);
}

function draw(): void {
  clearTimeout(timer);
  timer = undefined;
  const shown = wanted();
  setText(note, noteOf(shown.length));
  frame.hidden = shown.length === 0;
  body.replaceChildren(...shown.map(rowOf));
}

function wanted(): RequestRecord[] {
  const isOfKind = KINDS[kinds.value]!;
  const lane = lanes.value;
  const isWanted = (record: RequestRecord) =>
    isOfKind(record) &&
    (lane === "" || record.lane === lane) &&
    (prefix.value === "" || record.key?.startsWith(prefix.value) === true);
  const kept = kinds.value === "refused" ? refused : [...refused, ...others];
  return kept
    .filter(isWanted)
    .sort((a, b) => b.n - a.n)
    .slice(0, ROWS_MAX);
}

function noteOf(shown: number): string {
  if (trouble !== "") return trouble;
  if (isHeld) return "Held: new ones are not shown.";
  if (shown === 0) return "None so far.";
  return missed === 0 ? "" : `${count(missed)} came too fast to be kept.`;
}

function rowOf(record: RequestRecord): HTMLElement {
  const { atMs, requestId, worker } = record;
  const row = element("tr", "", { role: "row" });
  if (isRefused(record)) row.dataset["level"] = (record.status ?? 400) >= 500 ? "error" : "warn";
  const details = [
    ...(requestId === null ? [] : [`request id ${requestId}`]),
    ...(worker === undefined ? [] : [`worker ${worker}`]),
  ];
  const when = element("th", timeOfDay(atMs / 1_000), { role: "rowheader", scope: "row" });
  if (details.length > 0) when.title = details.join(", ");
  row.append(when);
  for (const [name, cell] of COLUMNS) {
    const text = cell(record);
    const holder = element("td", "", { role: "cell", "data-label": name });
    holder.append(element("span", text, name === "Key or path" ? { title: text } : {}));
    row.append(holder);
  }
  return row;
}

function setHeld(held: boolean): void {
  isHeld = held;
  hold.setAttribute("aria-pressed", String(held));
  draw();
}

byId("requests-head", HTMLElement).replaceChildren(
  ...["Time", ...COLUMNS.map(([name]) => name)].map((name) =>
    element("th", name, { role: "columnheader", scope: "col" }),
  ),
);
kinds.addEventListener("change", draw);
lanes.append(...Object.entries(LANES).map(([value, word]) => element("option", word, { value })));
lanes.addEventListener("change", draw);
prefix.addEventListener("input", draw);
hold.addEventListener("click", () => setHeld(!isHeld));
