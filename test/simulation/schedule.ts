// Simulated time: a queue of events, each run with all the microtasks that it causes before the next one.

import { drainMicrotasks } from "bun:jsc";

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly task: () => void;
}

export class Schedule {
  nowMs = 0;
  readonly #heap: Event[] = [];
  #count = 0;

  at(atMs: number, task: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#count++, task };
    const heap = this.#heap;
    let i = heap.push(event) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  after(ms: number, task: () => void): void {
    this.at(this.nowMs + ms, task);
  }

  /** Runs every event up to `untilMs`. */
  run(untilMs: number): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs) {
      const event = this.#pop();
      this.nowMs = event.atMs;
      event.task();
      drainMicrotasks();
    }
    this.nowMs = untilMs;
  }

  #pop(): Event {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(last, heap[child]!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
