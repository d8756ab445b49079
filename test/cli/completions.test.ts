// The completions, in each shell that this machine has: bash, and zsh and fish where they are installed.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../src/cli/program.ts";
import { BUN_COMMAND } from "../support/bun-command.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "cachee-completions-"));
const scriptOf = (shell: string) => join(folder, `cachee.${shell}`);
const SHELLS = ["bash", "zsh", "fish"] as const;

beforeAll(async () => {
  for (const shell of SHELLS) {
    const child = Bun.spawn([...BUN_COMMAND, MAIN, "completions", shell], { stdout: "pipe" });
    writeFileSync(scriptOf(shell), await child.stdout.text());
    expect(await child.exited).toBe(0);
  }
  writeFileSync(join(folder, "a-file"), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...command: string[]): Promise<string[]> {
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { ...process.env, HOME: folder },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [out] = await Promise.all([child.stdout.text(), child.exited]);
  return out.split("\n").filter((line) => line !== "");
}

/** What each shell offers for the last of `words`; with descriptions cut off. */
const OFFERED: Readonly<Record<(typeof SHELLS)[number], (words: readonly string[]) => Promise<string[]>>> = {
  bash: (words) =>
    run(
      "bash",
      "--norc",
      "-c",
      'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cachee; printf "%s\\n" "${COMPREPLY[@]}"',
      scriptOf("bash"),
      ...words,
    ),
  fish: async (words) => {
    const lines = await run(
      "fish",
      "-N",
      "-c",
      `source ${scriptOf("fish")}; complete -C "${words.join(" ")}"`,
    );
    return lines.map((line) => line.split("\t")[0]!);
  },
  // zsh completes only at a prompt: it is given one on a pseudo-terminal, and keeps what is offered in a list.
  zsh: (words) =>
    run(
      "zsh",
      "-f",
      "-c",
      `zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'PS1=; autoload -U compinit; compinit -u -D; source ${scriptOf("zsh")}'
      zpty -w shell 'compadd() { builtin compadd -O found "$@"; print -rl -- "<<\${found[@]}>>" | tr "\\n" "|" >> ${folder}/zsh.out; builtin compadd "$@" }'
      zpty -w shell 'finish() { : > ${folder}/zsh.done }; comppostfuncs=(finish)'
      zpty -w -n shell "${words.join(" ")}"$'\\t'
      until [[ -e ${folder}/zsh.done ]]; do sleep 0.05; done
      zpty -d shell
      tr "|<>" "\\n\\n\\n" < ${folder}/zsh.out; rm ${folder}/zsh.*`,
    ),
};

for (const shell of SHELLS) {
  describe.skipIf(Bun.which(shell) === null)(shell, () => {
    const offered = async (...words: string[]) => [...new Set(await OFFERED[shell](words))].sort();

    test("commands by their beginning, all that there are", async () => {
      expect(await offered("cachee", "ke")).toEqual(["keygen", "keys"]);
      const names = program().commands.map((command) => command.name());
      expect(await offered("cachee", "")).toEqual(names.sort());
    });

    test("a command's own options beside those of all, behind others that take a value", async () => {
      expect(await offered("cachee", "put", "--t")).toEqual(["--tag", "--ttl", "--type"]);
      expect(await offered("cachee", "--url", "get", "put", "--if")).toEqual(["--if-absent"]);
      expect(await offered("cachee", "hot", "--j")).toEqual(["--json"]);
    });

    test("the choices of an argument, and files where a path is wanted", async () => {
      expect(await offered("cachee", "completions", "")).toEqual([...SHELLS].sort());
      expect(await offered("cachee", "put", "k", "--file", "a-")).toEqual(["a-file"]);
    });
  });
}
