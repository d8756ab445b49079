// What a command was given is wrong: said in one line, with the exit code that shells know for it.

/** sysexits.h, EX_USAGE. */
export const EXIT_USAGE = 64;

export class UsageError extends Error {}
