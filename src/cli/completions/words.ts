// What a shell may complete, read from the tree of commands: their names, options, and the values that those take.

import type { Argument, Command, Option } from "commander";

/** What follows an option or stands for an argument: nothing, a path, one of these words, or anything. */
export type Value = "none" | "path" | "any" | readonly string[];

export interface OptionWords {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  readonly value: Value;
}

export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** Of the first argument; `none` where there is none. */
  readonly argument: Value;
}

export interface ProgramWords {
  readonly name: string;
  /** Those that every command has. */
  readonly options: readonly OptionWords[];
  readonly commands: readonly CommandWords[];
}

/** Names of placeholders, as in `--file <path>`, that stand for a path. */
const PATH_NAMES: ReadonlySet<string> = new Set(["file", "path"]);

export function wordsOf(program: Command): ProgramWords {
  return {
    name: program.name(),
    // With --help and --version, which are no options of any command's own.
    options: optionsOf(program.createHelp().visibleOptions(program)),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: optionsOf(command.options),
      argument: argumentOf(command.registeredArguments[0]),
    })),
  };
}

function optionsOf(options: readonly Option[]): OptionWords[] {
  return options
    .filter(({ long }) => long !== undefined && long !== null)
    .map((option) => ({
      name: option.long!,
      description: option.description,
      value: valueOf(option),
    }));
}

function valueOf({ required, optional, argChoices, flags }: Option): Value {
  if (!required && !optional) return "none";
  if (argChoices !== undefined) return argChoices;
  return isPath(/[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? "") ? "path" : "any";
}

function argumentOf(argument: Argument | undefined): Value {
  if (argument === undefined) return "none";
  if (argument.argChoices !== undefined) return argument.argChoices;
  return isPath(argument.name()) ? "path" : "any";
}

function isPath(placeholder: string): boolean {
  return PATH_NAMES.has(placeholder);
}
