// Whether clients read at present what they are to be told of: those who change it elsewhere have to know before. Hot.

export class Attention {
  isAwake = false;
  /** Called whenever somebody begins: before anything is read. */
  begins: () => void = () => {};
  #count = 0;

  /** A client may read at any time until `end` what it is to be told of. */
  begin(): void {
    this.#count += 1;
    this.once();
  }

  end(): void {
    this.#count -= 1;
  }

  /** A client is about to read such an entry, in this turn of the event loop. */
  once(): void {
    this.isAwake = true;
    this.begins();
  }

  /** What was read in earlier turns is remembered by now. */
  rest(): void {
    if (this.#count === 0) this.isAwake = false;
  }
}
