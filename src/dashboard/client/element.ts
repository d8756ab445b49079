// Makes elements of the page from plain text: no markup is ever parsed.

export function element(
  tag: string,
  text = "",
  attributes: Readonly<Record<string, string>> = {},
): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function within(parent: HTMLElement, ...children: readonly Node[]): HTMLElement {
  parent.append(...children);
  return parent;
}

/** The element `id` of the page. */
export function byId<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

/** Leaves the text alone where nothing changes: a selection survives, and nothing is read aloud again. */
export function setText(holder: HTMLElement, text: string): void {
  if (holder.textContent !== text) holder.textContent = text;
}

let terms = 0;

/** A word with its meaning, which is shown while it is pointed at or has the keyboard. */
export function term(word: string, meaning: string): HTMLElement {
  const id = `term-${++terms}`;
  const holder = element("span", "", { class: "term" });
  return within(
    holder,
    element("button", word, { type: "button", "aria-describedby": id }),
    element("span", meaning, { id, role: "tooltip" }),
  );
}
