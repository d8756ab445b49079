// Asks once more before anything is removed: a modal dialog, closed by Escape, with the safe answer first.

import { byId, setText } from "./element.ts";

const dialog = byId("confirm", HTMLDialogElement);
const sentence = byId("confirm-sentence", HTMLElement);
const yes = byId("confirm-yes", HTMLButtonElement);
const no = byId("confirm-no", HTMLButtonElement);

let answer = false;
no.addEventListener("click", () => dialog.close());
yes.addEventListener("click", () => {
  answer = true;
  dialog.close();
});

/** Whether the reader wants what `question` says; `action` is the word on the button that says so. */
export function confirmed(question: string, action: string): Promise<boolean> {
  setText(sentence, question);
  setText(yes, action);
  answer = false;
  dialog.showModal();
  no.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(answer), { once: true });
  });
}
