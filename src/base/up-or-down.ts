// Whether something works, for a log that has a line for each change and none for each attempt. Cold.

export class UpOrDown {
  #isUp: boolean | undefined;

  /** It works: calls `say` where it did not, or was not known to. */
  up(say: () => void): void {
    if (this.#isUp === true) return;
    this.#isUp = true;
    say();
  }

  /** It does not work: calls `say` where it did, or was not known not to. */
  down(say: () => void): void {
    if (this.#isUp === false) return;
    this.#isUp = false;
    say();
  }
}
