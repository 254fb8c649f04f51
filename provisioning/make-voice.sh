#!/usr/bin/env bash
# Makes the prompts that the kiosk speaks: one WAV file a prompt and language, by espeak-ng.
#
#   ./provisioning/make-voice.sh [--out FOLDER] [--language vi|en]...
#       --out FOLDER     where `voice.folder` of the settings points (default: voice)
#       --language CODE  which languages (default: vi and en)
#
# Vietnamese is spoken by the voice of the South (vi-vn-x-south). There is no Khmer voice: record each line of
# `kiosk prompts --language km` and put the files into FOLDER/km (docs/operations.md). A file that is already there
# stays as it is, so that a recording by a person is never overwritten: delete it to have it made anew.
#
# espeak-ng is GPL. It is a tool used here while building, as a compiler is: the kiosk neither contains nor calls it,
# and no part of it is in the files it makes.
#
# Exit status: 0 done; 1 espeak-ng or this checkout's environment is missing, or a file could not be made; 2 called
# wrongly.
set -euo pipefail
umask 022
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# words a minute: slower than espeak-ng's own 175, for a noisy entrance
words_a_minute=150
out=voice
languages=()

fail() {
  printf 'make-voice.sh: %s\n' "$2" >&2
  exit "$1"
}

help() {
  sed -n '2,/^set -euo/{/^set -euo/!s/^# \{0,1\}//p}' provisioning/make-voice.sh
}

options() {
  while (($# > 0)); do
    case $1 in
      --help | -h)
        help
        exit 0
        ;;
      --out | --language)
        (($# > 1)) || fail 2 "$1 wants a value"
        if [[ $1 = --out ]]; then out=$2; else languages+=("$2"); fi
        shift 2
        ;;
      *)
        fail 2 "unknown option '$1': see --help"
        ;;
    esac
  done
  if ((${#languages[@]} == 0)); then languages=(vi en); fi
}

voice_of() {
  case $1 in
    vi) printf 'vi-vn-x-south' ;;
    en) printf 'en' ;;
    km) fail 2 "espeak-ng speaks no Khmer: record the lines of 'kiosk prompts --language km' (docs/operations.md)" ;;
    *) fail 2 "unknown language '$1': it is vi or en" ;;
  esac
}

# spoken VOICE FOLDER: one line of `kiosk prompts` after the other, from standard input
spoken() {
  local voice=$1 folder=$2 file words
  mkdir -p "$folder"
  while IFS=$'\t' read -r file words; do
    if [[ -e $folder/$file ]]; then
      printf 'kept  %s\n' "$folder/$file"
      continue
    fi
    espeak-ng -v "$voice" -s "$words_a_minute" -w "$folder/$file.new" -- "$words" ||
      fail 1 "espeak-ng could not speak $file in $voice"
    mv "$folder/$file.new" "$folder/$file"
    printf 'made  %s\n' "$folder/$file"
  done
}

main() {
  options "$@"
  command -v espeak-ng >/dev/null || fail 1 "espeak-ng is missing: apt-get install espeak-ng"
  [[ -x .venv/bin/kiosk ]] || fail 1 "no .venv here: run ./provisioning/setup.sh try or test once"
  local language voice words
  for language in "${languages[@]}"; do
    voice=$(voice_of "$language")
    words=$(.venv/bin/kiosk prompts --language "$language")
    spoken "$voice" "$out/$language" <<<"$words"
  done
}

main "$@"
