// Finds the prefixes, out of thousands, that a key begins with: by one binary search, then along the chain of them. Pure.
//
// In a sorted list everything between a prefix of a key and that key begins with the prefix. So all prefixes of a key
// that are in the list are prefixes of the greatest text not above the key, too: each node knows its longest.

interface Node<T> {
  readonly text: string;
  value: T;
  /** The longest other text of the list that this one begins with. */
  parent: Node<T> | undefined;
}

export class PrefixIndex<T> {
  /** By text, in the order of UTF-16 code units. */
  readonly #nodes: Node<T>[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  get(prefix: string): T | undefined {
    const node = this.#nodes[this.#upTo(prefix) - 1];
    return node?.text === prefix ? node.value : undefined;
  }

  set(prefix: string, value: T): void {
    const nodes = this.#nodes;
    const at = this.#upTo(prefix);
    const before = nodes[at - 1];
    if (before?.text === prefix) {
      before.value = value;
      return;
    }
    const node: Node<T> = { text: prefix, value, parent: nearest(before, prefix) };
    for (let i = at; i < nodes.length && nodes[i]!.text.startsWith(prefix); i++) {
      if (nodes[i]!.parent === node.parent) nodes[i]!.parent = node;
    }
    nodes.splice(at, 0, node);
  }

  delete(prefix: string): void {
    const nodes = this.#nodes;
    const at = this.#upTo(prefix) - 1;
    const node = nodes[at];
    if (node?.text !== prefix) return;
    nodes.splice(at, 1);
    for (let i = at; i < nodes.length && nodes[i]!.text.startsWith(prefix); i++) {
      if (nodes[i]!.parent === node) nodes[i]!.parent = node.parent;
    }
  }

  /** The value of the longest prefix of `key` that `test` says yes to. */
  find(key: string, test: (value: T) => boolean): T | undefined {
    if (this.#nodes.length === 0) return undefined;
    let node = nearest(this.#nodes[this.#upTo(key) - 1], key);
    while (node !== undefined && !test(node.value)) node = node.parent;
    return node?.value;
  }

  values(): T[] {
    return this.#nodes.map(({ value }) => value);
  }

  /** How many texts are not above `text`. */
  #upTo(text: string): number {
    let low = 0;
    let high = this.#nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#nodes[middle]!.text <= text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** `node`, or the first along its chain, that `key` begins with. */
function nearest<T>(node: Node<T> | undefined, key: string): Node<T> | undefined {
  let at = node;
  while (at !== undefined && !key.startsWith(at.text)) at = at.parent;
  return at;
}
