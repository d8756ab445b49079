// Command `completions`: prints the script by which a shell completes this command line.

import { Argument, type Command } from "commander";
import { bashScript } from "../completions/bash.ts";
import { fishScript } from "../completions/fish.ts";
import { wordsOf, type ProgramWords } from "../completions/words.ts";
import { zshScript } from "../completions/zsh.ts";
import { printLine } from "../output.ts";

type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: Readonly<Record<Shell, (words: ProgramWords) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const HOW_TO = `
To have them in every new shell:
  bash  cachee completions bash > ~/.local/share/bash-completion/completions/cachee
  zsh   cachee completions zsh > "\${fpath[1]}/_cachee"
  fish  cachee completions fish > ~/.config/fish/completions/cachee.fish`;

export function addCompletionsCommand(cachee: Command): void {
  cachee
    .command("completions")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(SCRIPTS)))
    .description("print the script that completes cachee's commands in a shell")
    .addHelpText("after", HOW_TO)
    .action((shell: Shell) => printLine(SCRIPTS[shell](wordsOf(cachee))));
}
