// The completions as a script for zsh.

import type { OptionWords, ProgramWords, Value } from "./words.ts";

export function zshScript({ name, options, commands }: ProgramWords): string {
  const cases = commands.map((command) => {
    const specs = ["$shared", ...command.options.map(specOf)];
    const rest = command.argument === "none" ? [] : [`'*:argument:${actionOf(command.argument)}'`];
    return `        ${command.name}) _arguments -s ${[...specs, ...rest].join(" ")} ;;`;
  });
  return `#compdef ${name}
_${name}() {
  local context state state_descr line
  typeset -A opt_args
  local -a shared=(${options.map(specOf).join(" ")})
  _arguments -s -C $shared '1: :->command' '*:: :->arguments'
  case $state in
    command)
      local -a commands
      commands=(${commands.map((command) => quoted(`${command.name}:${escaped(command.description)}`)).join(" ")})
      _describe command commands ;;
    arguments)
      case $words[1] in
${cases.join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi`;
}

/** One option as _arguments takes it; one that may come again is no harm. */
function specOf({ name, description, value }: OptionWords): string {
  const taken = value === "none" ? "" : `:value:${actionOf(value)}`;
  return quoted(`*${name}[${escaped(description)}]${taken}`);
}

/** What describes something, where brackets and colons end it. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function actionOf(value: Value): string {
  if (value === "path") return "_files";
  return typeof value === "string" ? " " : `(${value.join(" ")})`;
}
