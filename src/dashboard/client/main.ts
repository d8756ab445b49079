// The dashboard's entry: asks for the key, then keeps the page up to date, and says when it cannot.

import { renderDecisions, renderFleet, renderFleetHead, type Fleet } from "./fleet.ts";
import { timeOfDay } from "./format.ts";
import { Panels } from "./panels.ts";
import { startPolling } from "./poll.ts";
import type { Stats } from "../../observe/stats.ts";
import { Sampler } from "./sample.ts";
import { forgetKey, isSendable, keepKey, storedKey } from "./session.ts";

type Mood = "good" | "bad" | "idle";

function byId<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

const gate = byId("gate", HTMLElement);
const form = byId("key-form", HTMLFormElement);
const input = byId("key", HTMLInputElement);
const open = byId("open", HTMLButtonElement);
const problem = byId("key-problem", HTMLElement);
const board = byId("board", HTMLElement);
const session = byId("session", HTMLElement);
const status = byId("status", HTMLElement);
const notice = byId("notice", HTMLElement);
const fleetBody = byId("fleet-body", HTMLElement);
const fleetNote = byId("fleet-note", HTMLElement);
const decisionList = byId("decisions", HTMLElement);
const decisionNote = byId("decisions-note", HTMLElement);

let stopPolling = () => {};
let panels: Panels | undefined;
let lastAt: number | undefined;

/** Both are read aloud when they change: they change with the state, not with the figures. */
function say(mood: Mood, word: string, sentence = ""): void {
  status.dataset["mood"] = mood;
  if (status.textContent !== word) status.textContent = word;
  if (notice.textContent !== sentence) notice.textContent = sentence;
  notice.hidden = sentence === "";
  board.toggleAttribute("data-old", sentence !== "");
}

function askForKey(sentence: string): void {
  stopPolling();
  forgetKey();
  panels?.clear();
  lastAt = undefined;
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

function showBoard(key: string): void {
  keepKey(key);
  gate.hidden = true;
  board.hidden = false;
  session.hidden = false;
  input.value = "";
  panels ??= new Panels(document.body);
}

function showFleet(fleet: Fleet | undefined, stats: Stats): void {
  if (fleet === undefined) {
    fleetNote.textContent = "The registry gives no answer; this is what it said last.";
    return;
  }
  const { instances, decisions } = fleet;
  fleetNote.textContent = instances.length === 1 ? "1 instance" : `${instances.length} instances`;
  renderFleet(fleetBody, fleet, stats.instance, Date.now());
  renderDecisions(decisionList, decisions);
  decisionNote.textContent = decisions.length === 0 ? "None so far." : "";
}

function start(key: string): void {
  const sampler = new Sampler();
  let seen = false;
  stopPolling();
  open.disabled = true;
  problem.textContent = "";
  say("idle", "Connecting");
  stopPolling = startPolling(key, {
    data(stats, fleet) {
      if (!seen) showBoard(key);
      seen = true;
      lastAt = Date.now() / 1_000;
      panels?.add(sampler.sample(stats, lastAt));
      showFleet(fleet, stats);
      say("good", "Live");
    },
    refused() {
      askForKey(
        seen
          ? "The server no longer accepts this key. Enter another one."
          : "The server does not know this key. Check it, and try again.",
      );
    },
    lost(reason, retryMs) {
      const since = lastAt === undefined ? "" : ` The figures are from ${timeOfDay(lastAt)}.`;
      const sentence = `Connection lost (${reason}).${since} Trying again by itself.`;
      say("bad", "Connection lost", sentence);
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
byId("forget", HTMLButtonElement).addEventListener("click", () => askForKey(""));
document.addEventListener("visibilitychange", () => {
  if (document.hidden && !board.hidden) say("idle", "Paused");
});

renderFleetHead(byId("fleet-head", HTMLElement));
const key = storedKey();
if (key === undefined) askForKey("");
else start(key);
