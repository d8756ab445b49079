// The command that tests start servers with: this Bun, unless TEST_BUN names another one, such as an emulated one.

/** An emulated server is slow to start, and cannot start workers. */
export const IS_EMULATED = process.env["TEST_BUN"] !== undefined;
export const BUN_COMMAND: readonly string[] = process.env["TEST_BUN"]?.split(" ") ?? [process.execPath];
