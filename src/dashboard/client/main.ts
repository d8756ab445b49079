// The dashboard's entry: asks for the key, then keeps the page up to date, and says when it cannot.

import type { Stats } from "../../observe/stats.ts";
import { byId, element, setText } from "./element.ts";
import { marksOf, renderEvents } from "./sections/events.ts";
import type { Fleet } from "./fleet-answer.ts";
import { renderDecisions, renderFleet, renderFleetHead } from "./sections/fleet.ts";
import { span, timeOfDay } from "./format.ts";
import { healthSince, type HealthState } from "./health.ts";
import { useKey } from "./sections/keys.ts";
import { showRequests } from "./sections/requests.ts";
import { Panels } from "./cards/panels.ts";
import { startPolling } from "./poll.ts";
import { Sampler } from "./sample.ts";
import { forgetKey, isSendable, keepKey, storedKey } from "./session.ts";

const gate = byId("gate", HTMLElement);
const form = byId("key-form", HTMLFormElement);
const input = byId("key", HTMLInputElement);
const open = byId("open", HTMLButtonElement);
const problem = byId("key-problem", HTMLElement);
const board = byId("board", HTMLElement);
const session = byId("session", HTMLElement);
const strip = byId("strip", HTMLElement);
const status = byId("status", HTMLElement);
const since = byId("since", HTMLElement);
const reasonList = byId("reasons", HTMLElement);
const fleetBody = byId("fleet-body", HTMLElement);
const fleetNote = byId("fleet-note", HTMLElement);
const decisionList = byId("decisions", HTMLElement);
const decisionNote = byId("decisions-note", HTMLElement);
const eventList = byId("events", HTMLElement);
const eventNote = byId("events-note", HTMLElement);
const spans = byId("span", HTMLSelectElement);

const WORDS: Readonly<Record<HealthState, readonly [word: string, mood: string]>> = {
  healthy: ["Healthy", "good"],
  degraded: ["Degraded", "bad"],
  starting: ["Starting", "warn"],
  draining: ["Draining", "warn"],
};

let stopPolling = () => {};
let panels: Panels | undefined;
let lastAt: number | undefined;

/** Both words and reasons are read aloud when they change: they change with the state, not with the figures. */
function say(mood: string, word: string, reasons: readonly string[], when: string): void {
  strip.dataset["mood"] = mood;
  setText(status, word);
  setText(since, when);
  const sentence = reasons.join("\n");
  if (reasonList.dataset["said"] !== sentence) {
    reasonList.dataset["said"] = sentence;
    reasonList.replaceChildren(...reasons.map((reason) => element("li", reason)));
  }
  document.title = word === "Healthy" ? "Cachee" : `${word} – Cachee`;
}

function askForKey(sentence: string): void {
  stopPolling();
  forgetKey();
  useKey("");
  showRequests("");
  panels?.clear();
  lastAt = undefined;
  document.title = "Cachee";
  board.hidden = true;
  session.hidden = true;
  gate.hidden = false;
  open.disabled = false;
  problem.textContent = sentence;
  input.value = "";
  input.toggleAttribute("aria-invalid", false);
  if (sentence !== "") input.setAttribute("aria-invalid", "true");
  input.focus();
}

function showBoard(key: string): Panels {
  keepKey(key);
  useKey(key);
  showRequests(key);
  gate.hidden = true;
  board.hidden = false;
  session.hidden = false;
  input.value = "";
  return (panels ??= new Panels(byId("cards", HTMLElement), Number(spans.value)));
}

function showHealth(): void {
  const health = healthSince(panels?.samples ?? []);
  if (health === null) return;
  const [word, mood] = WORDS[health.state];
  const seconds = (lastAt ?? health.since) - health.since;
  const when = `${health.isOlder ? "for at least" : "for"} ${span(seconds)}, since ${timeOfDay(health.since)}`;
  board.toggleAttribute("data-old", false);
  say(mood, word, health.reasons, when);
}

function showStats(stats: Stats): void {
  setText(byId("instance", HTMLElement), stats.instance);
  setText(byId("uptime", HTMLElement), span(stats.uptimeSeconds));
}

function showFleet(fleet: Fleet | undefined, stats: Stats): void {
  if (fleet === undefined) {
    setText(fleetNote, "No answer; this is what was said last.");
    return;
  }
  const { instances, decisions } = fleet;
  const number = instances.length === 1 ? "1 instance" : `${instances.length} instances`;
  const isLost = fleet.registry === "unreachable";
  setText(fleetNote, isLost ? "The registry in Redis does not answer: only this instance is shown." : number);
  fleetNote.toggleAttribute("data-bad", isLost);
  renderFleet(fleetBody, fleet, stats.instance, Date.now());
  renderDecisions(decisionList, decisions);
  setText(decisionNote, decisions.length === 0 ? "None so far." : "");
}

function start(key: string): void {
  const sampler = new Sampler();
  let seen = false;
  stopPolling();
  open.disabled = true;
  problem.textContent = "";
  stopPolling = startPolling(key, {
    data(stats, fleet) {
      if (!seen) showBoard(key);
      seen = true;
      lastAt = Date.now() / 1_000;
      showStats(stats);
      panels?.add(sampler.sample(stats, lastAt));
      showHealth();
      showFleet(fleet, stats);
    },
    history(points) {
      panels?.begin(points.map((point) => ({ ...point, stats: null })));
      showHealth();
    },
    events(events) {
      setText(eventNote, events === undefined ? "An API key with the scope admin sees them." : "");
      if (events === undefined) return;
      if (events.length === 0) setText(eventNote, "None so far.");
      renderEvents(eventList, events);
      panels?.mark(marksOf(events));
    },
    refused() {
      askForKey(
        seen
          ? "The server no longer accepts this key. Enter another one."
          : "The server does not know this key. Check it, and try again.",
      );
    },
    lost(reason, retryMs) {
      const last = lastAt === undefined ? "" : ` The figures are from ${timeOfDay(lastAt)}.`;
      board.toggleAttribute("data-old", true);
      say(
        "bad",
        "Connection lost",
        [`The server gives no answer: ${reason}.${last}`],
        "trying again by itself",
      );
      if (gate.hidden) return;
      problem.textContent = `No connection to the server (${reason}). Trying again in ${retryMs / 1_000} s.`;
      open.disabled = false;
    },
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = input.value.trim();
  if (key === "") problem.textContent = "Enter an API key.";
  else if (isSendable(key)) start(key);
  else problem.textContent = "An API key has no spaces and no such characters.";
});
byId("sign-out", HTMLButtonElement).addEventListener("click", () => askForKey(""));
spans.addEventListener("change", () => panels?.span(Number(spans.value)));
document.addEventListener("visibilitychange", () => {
  if (document.hidden && !board.hidden) say("idle", "Paused", [], "while the page is not seen");
});

renderFleetHead(byId("fleet-head", HTMLElement));
const key = storedKey();
if (key === undefined) askForKey("");
else start(key);
