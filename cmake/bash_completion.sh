#!/bin/sh
# bash_completion.sh PROGRAM FILE: writes bash completions for PROGRAM to FILE, based on its --help.
set -eu
name=$(basename "$1")
# Takes flags only from the lines that define them: other text mentions them with and without values.
flags=$("$1" --help | sed -nE 's/^  (-[a-z],)?(--[a-z][a-z0-9_]*=?).*/\2/p' | sort -u | tr '\n' ' ')
# Takes subcommands from the usage lines: the word right after the program's name.
words=$("$1" --help | sed -nE "s|^.*\./$name ([a-z]+) .*|\1|p" | sort -u | tr '\n' ' ')
mkdir -p "$(dirname "$2")"
cat >"$2" <<END
# Made from \`$name --help\`.
_$name() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  case \$word in
    --*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "\$word"); compopt -o nospace ;;
    *)
      local words=""
      [ "\$COMP_CWORD" = 1 ] && words="$words"
      mapfile -t COMPREPLY < <(compgen -W "\$words" -- "\$word"; compgen -f -- "\$word")
      compopt -o filenames
      ;;
  esac
}
complete -F _$name $name
END
