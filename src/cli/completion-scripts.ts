export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Small, and asks the command itself: it never falls behind. */
export function scriptFor(shell: Shell, name: string): string {
  const fn = `_${name.replaceAll('-', '_')}`;
  return { bash, zsh, fish }[shell](name, fn);
}

/** Without compopt (bash 3 of macOS) names of files are offered wherever nothing else is. */
const bash = (name: string, fn: string): string => `${fn}() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} word glue= answer=:4 line
  local -a words=()
  # Readline makes words of their own of = and :
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( -n $glue || $word == = || $word == : ) ]]; then
      words[\${#words[@]}-1]+=$word
      if [[ $word == = || $word == : ]]; then glue=1; else glue=; fi
    else words+=("$word"); fi
  done
  if [[ $current == = ]]; then current=; fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :[04] ]]; then answer=$line
    elif [[ \${line%%$'\\t'*} == "$current"* ]]; then COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <(${name} __complete "\${words[@]}" 2>/dev/null)
  if [[ $answer == :4 ]]; then compopt +o default 2>/dev/null; fi
  return 0
}
complete -o default -F ${fn} ${name}
`;

const zsh = (name: string, fn: string): string => `#compdef ${name}
${fn}() {
  local -a lines found
  local line
  lines=("\${(@f)$(${name} __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)lines[1,-2]}"; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${\${line#*$'\\t'}#\${line}}")
  done
  if [[ $PREFIX == -*=* ]]; then compset -P '*='; fi
  if (( \${#found} )); then _describe '${name}' found
  elif [[ \${lines[-1]} == :0 ]]; then _files
  fi
}
if [[ \${funcstack[1]} == ${fn} ]]; then ${fn} "$@"; else compdef ${fn} ${name}; fi
`;

const fish = (name: string, fn: string): string => `function _${fn}
  set -l words (commandline -opc)
  set -e words[1]
  set -l current (commandline -ct)
  set -l lines (${name} __complete $words "$current" 2>/dev/null)
  set -l before (string match -r -- '^-[^=]*=' "$current")
  if test (count $lines) -gt 1
    printf "$before%s\\n" $lines[1..-2]
  else if test "$lines[-1]" = :0
    for path in (__fish_complete_path (string replace -r -- '^-[^=]*=' '' "$current"))
      echo "$before$path"
    end
  end
end
complete -c ${name} -f -a '(_${fn})'
`;
