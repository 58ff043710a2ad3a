# shellcheck shell=bash
# What the shell scripts share. Sourced by them after `set -euo pipefail`; it changes to the
# project's folder, so that every script can be called from anywhere.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

bold='' red='' green='' plain=''
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
fi

# heading <text>: what happens next.
heading() { printf '%s== %s%s\n' "$bold" "$*" "$plain"; }

# good <text>, bad <text>: how a step ended.
good() { printf '%s%s%s\n' "$green" "$*" "$plain"; }
bad() { printf '%s%s%s\n' "$red" "$*" "$plain"; }

# die <text>: one line on standard error, exit code 2. For what keeps a script from doing its work;
# 1 means that it did it and found something.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 2
}

# usage: the comment at the head of the calling script, without its marks.
usage() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[-1]}"; }
