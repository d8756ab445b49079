// A value that is here already or is promised: what stores give, synchronous without L2.

export type Later<T> = T | Promise<T>;

/** Goes on with `value` by `step`: at once where it can, so that nothing is put off that need not be. */
export function after<T, U>(value: Later<T>, step: (value: T) => Later<U>): Later<U> {
  return value instanceof Promise ? value.then(step) : step(value);
}
