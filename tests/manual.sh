#!/usr/bin/env bash
# Every verb teaches by example; the completions are scripts that their shell takes; the manual is a manual.
set -euo pipefail
binary=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
verbs=$("$binary" --help | awk '/^Subcommands:/ {on = 1; next} on && !NF {on = 0} on && /^  [a-z]/ {print $1}')
[ "$(wc -w <<<"$verbs")" -ge 8 ]
for verb in $verbs; do
  help=$("$binary" "$verb" --help)
  case $verb in
    rules | cel | bench) ;;
    *) grep -q "  livewarden $verb" <<<"$help" || { echo "$verb --help shows no example"; exit 1; } ;;
  esac
done
"$binary" completion bash >"$work/completion.bash"
bash -n "$work/completion.bash"
# As a shell would ask it: after "livewarden ru", and the options of audit.
complete_words() {
  bash -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _livewarden; printf "%s\n" "${COMPREPLY[@]}"' _ "$work/completion.bash" "$@"
}
complete_words livewarden ru | grep -x  run >/dev/null
complete_words livewarden ru | grep -x  rules >/dev/null
complete_words livewarden audit --o | grep -x -- --out >/dev/null
complete_words livewarden rules che | grep -x  check >/dev/null
"$binary" completion fish | grep "complete -c livewarden" >/dev/null
"$binary" completion zsh | grep "#compdef livewarden" >/dev/null
"$binary" man >"$work/livewarden.1"
grep -q '^.TH LIVEWARDEN 1' "$work/livewarden.1"
for verb in audit run simulate eval; do grep -q "^.SH \"livewarden $verb\"" "$work/livewarden.1"; done
if command -v man >/dev/null; then
  MANWIDTH=100 man --warnings -E UTF-8 -l "$work/livewarden.1" >"$work/page" 2>"$work/warnings"
  [ ! -s "$work/warnings" ] || { cat "$work/warnings"; exit 1; }
fi
echo "manual: every verb has an example; completions and manual page are whole"
