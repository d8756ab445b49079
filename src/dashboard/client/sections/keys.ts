// Keys: what is known of one, which are read most and which are largest, and how to be rid of some. For operators.

import { ask, pathOfKey, Refused, reasonOf } from "../ask.ts";
import { confirmed } from "../confirm.ts";
import { byId, element, setText, within } from "../element.ts";
import { bytes, count, span } from "../format.ts";

/** GET /admin/entry/KEY, and with less an item of /admin/hot and /admin/big. */
interface Entry {
  readonly key: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly variants: Readonly<Record<string, number>>;
  readonly tags: readonly string[];
  readonly ttl: number | null;
  readonly version?: string;
  readonly tier?: string;
  readonly preview?: { readonly encoding: "utf8" | "base64"; readonly value: string };
}

const RANKED = 20;

const form = byId("lookup", HTMLFormElement);
const input = byId("lookup-key", HTMLInputElement);
const said = byId("keys-said", HTMLElement);
const found = byId("entry", HTMLElement);
const facts = byId("entry-facts", HTMLElement);
const preview = byId("entry-preview", HTMLElement);
const remove = byId("entry-delete", HTMLButtonElement);
const ranking = byId("ranking", HTMLElement);
const purge = byId("purge", HTMLFormElement);
const purgeKind = byId("purge-kind", HTMLSelectElement);
const purgeName = byId("purge-name", HTMLInputElement);

let apiKey = "";
let shown: string | undefined;

/** From now on requests carry `key`; what was shown for another is gone. */
export function useKey(key: string): void {
  apiKey = key;
  shown = undefined;
  found.hidden = true;
  ranking.replaceChildren();
  setText(said, "");
  input.value = "";
  purgeName.value = "";
}

/** Does `work`, and says what came of it. */
async function attempt(work: () => Promise<string>): Promise<void> {
  setText(said, "…");
  try {
    setText(said, await work());
  } catch (thrown) {
    const isRight = thrown instanceof Refused && thrown.status === 403;
    setText(said, isRight ? "This API key has no right to that." : `It failed: ${reasonOf(thrown)}`);
  }
}

function fact(name: string, text: string): HTMLElement {
  return within(element("div"), element("dt", name), element("dd", text));
}

function show(entry: Entry): void {
  shown = entry.key;
  const variants = Object.entries(entry.variants).map(([coding, size]) => `${coding} ${bytes(size)}`);
  facts.replaceChildren(
    fact("Type", entry.contentType),
    fact("Size", bytes(entry.bytes)),
    fact("Stored as", variants.join(", ")),
    fact("Expires", entry.ttl === null ? "never" : `in ${span(entry.ttl)}`),
    fact("Tags", entry.tags.length === 0 ? "none" : entry.tags.join(", ")),
    fact("Version", entry.version ?? "–"),
    fact("Answered by", entry.tier === "l2" ? "L2" : "L1"),
  );
  setText(preview, entry.preview?.value ?? "");
  preview.dataset["encoding"] = entry.preview?.encoding ?? "utf8";
  found.hidden = false;
}

function lookUp(key: string): Promise<void> {
  input.value = key;
  found.hidden = true;
  return attempt(async () => {
    const entry = await ask<Entry>(`admin/entry/${pathOfKey(key)}`, apiKey);
    show(entry);
    return `This is the entry of ${key}.`;
  });
}

async function rank(path: "hot" | "big"): Promise<void> {
  await attempt(async () => {
    const { entries } = await ask<{ entries: readonly Entry[] }>(`admin/${path}?count=${RANKED}`, apiKey);
    ranking.replaceChildren(
      ...entries.map((entry) => {
        const button = element("button", entry.key, { type: "button", class: "key" });
        button.addEventListener("click", () => void lookUp(entry.key));
        return within(element("li"), button, element("span", bytes(entry.bytes)));
      }),
    );
    const what = path === "hot" ? "read most" : "that are largest";
    return entries.length === 0 ? "L1 holds no entries." : `The ${entries.length} keys of this L1 ${what}.`;
  });
}

async function removeShown(): Promise<void> {
  const key = shown;
  if (key === undefined) return;
  if (!(await confirmed(`Delete the key “${key}”? It is gone for every instance.`, "Delete"))) return;
  await attempt(async () => {
    await ask(`cache/${pathOfKey(key)}`, apiKey, { method: "DELETE" });
    found.hidden = true;
    shown = undefined;
    return `${key} is deleted.`;
  });
}

/** What /invalidate is to remove, and in words. */
function targetOf(kind: string, name: string): readonly [object, string] {
  if (kind === "all") return [{ all: true }, "every entry of the whole cache"];
  if (kind === "tag") return [{ tags: [name] }, `all entries with the tag “${name}”`];
  return [{ prefix: name }, `all entries whose keys begin with “${name}”`];
}

async function removeMany(): Promise<void> {
  const name = purgeName.value;
  if (purgeKind.value !== "all" && name === "") return setText(said, "Enter the tag or the prefix.");
  const [target, words] = targetOf(purgeKind.value, name);
  if (!(await confirmed(`Invalidate ${words}? They are gone for every instance.`, "Invalidate"))) return;
  await attempt(async () => {
    const body = JSON.stringify(target);
    const { invalidated } = await ask<{ invalidated: number }>("invalidate", apiKey, {
      method: "POST",
      body,
    });
    found.hidden = true;
    return `${count(invalidated)} ${invalidated === 1 ? "entry is" : "entries are"} gone.`;
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.value === "") setText(said, "Enter a key.");
  else void lookUp(input.value);
});
purge.addEventListener("submit", (event) => {
  event.preventDefault();
  void removeMany();
});
purgeKind.addEventListener("change", () => {
  purgeName.disabled = purgeKind.value === "all";
});
remove.addEventListener("click", () => void removeShown());
byId("show-hot", HTMLButtonElement).addEventListener("click", () => void rank("hot"));
byId("show-big", HTMLButtonElement).addEventListener("click", () => void rank("big"));
