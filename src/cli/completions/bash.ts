// The completions as a script for bash.

import type { OptionWords, ProgramWords, Value } from "./words.ts";

export function bashScript({ name, options, commands }: ProgramWords): string {
  const all = [...options, ...commands.flatMap((command) => command.options)];
  const taking = [...new Set(options.filter(takesValue).map((option) => option.name))];
  const cases = commands.map((command) => {
    const words = [...command.options, ...options].map((option) => option.name);
    return `    ${command.name}) options="${words.join(" ")}"; ${argumentCase(command.argument)} ;;`;
  });
  return `# bash completion for ${name}
_${name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command="" options="" values="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${taking.join("|")}) ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
  case $previous in
${valueCases(all).join("\n")}
  esac
  case $command in
    "") options="${options.map((option) => option.name).join(" ")}"; values="${commands.map((command) => command.name).join(" ")}" ;;
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ $values == @path ]]; then compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))
  else COMPREPLY=($(compgen -W "$values" -- "$word")); fi
}
complete -F _${name} ${name}`;
}

function takesValue({ value }: OptionWords): boolean {
  return value !== "none";
}

/** What is completed behind an option that takes a value: one row for each kind. */
function valueCases(options: readonly OptionWords[]): string[] {
  const byAction = new Map<string, Set<string>>();
  for (const { name, value } of options.filter(takesValue)) {
    const action = actionOf(value);
    byAction.set(action, (byAction.get(action) ?? new Set()).add(name));
  }
  return [...byAction].map(([action, names]) => `    ${[...names].join("|")}) ${action}return ;;`);
}

function actionOf(value: Value): string {
  if (value === "path") return 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); ';
  if (typeof value === "string") return "";
  return `COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$word")); `;
}

function argumentCase(value: Value): string {
  if (value === "path") return "values=@path";
  return typeof value === "string" ? 'values=""' : `values="${value.join(" ")}"`;
}
