// A value that is here already or is promised: what stores give, synchronous without L2.

export type MaybePromise<T> = T | Promise<T>;

/** Goes on with `value` by `step`: at once where it can, so that nothing is put off that need not be. */
export function after<T, U>(value: MaybePromise<T>, step: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(step) : step(value);
}
