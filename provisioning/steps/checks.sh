# shellcheck shell=bash
# `test`: everything that CI runs, each with its name and time. All of them run; the failures are named at the end.

failed_checks=()
# far above what all tests take (8 minutes on two cores): one that hangs must not take the whole day
longest_s=1800

# run_checks [PYTEST_ARGUMENT...]
run_checks() {
  local began=$SECONDS
  if (($# > 0)); then
    check_aloud pytest -m "not long" "$@"
  else
    check_quietly "ruff check" .venv/bin/ruff check .
    check_quietly "ruff format" .venv/bin/ruff format --check .
    check_quietly mypy .venv/bin/mypy
    check_quietly lint-imports .venv/bin/lint-imports
    check_quietly shellcheck shellcheck_all
    # three at once on two cores: most tests wait for a process or a clock; a file stays on one worker
    check_aloud pytest -m "not long" -n 3 --dist loadfile --no-loadscope-reorder
  fi
  if ((${#failed_checks[@]} > 0)); then
    say "FAILED after $((SECONDS - began)) s: ${failed_checks[*]}"
    return 1
  fi
  say "All of it passed in $((SECONDS - began)) s."
}

# check_quietly NAME COMMAND...: its output is shown only when it fails
check_quietly() {
  local name=$1 began=$SECONDS output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    say "ok      $name, $((SECONDS - began)) s"
  else
    say "$output"
    say "FAILED  $name, $((SECONDS - began)) s"
    failed_checks+=("$name")
  fi
}

# check_aloud MODULE ARGUMENT...: its output is shown as it comes
check_aloud() {
  local name=$1 began=$SECONDS
  shift
  if timeout --foreground --kill-after=20 "$longest_s" .venv/bin/python -m "$name" "$@" </dev/null; then
    say "ok      $name, $((SECONDS - began)) s"
  else
    say "FAILED  $name, $((SECONDS - began)) s"
    failed_checks+=("$name")
  fi
}

# Every script of the project; -x follows what they source.
shellcheck_all() {
  local scripts
  readarray -d '' -t scripts < <(find .ci provisioning -type f \( -name '*.sh' -o -path .ci/run -o -name build-release -o \
    -name kiosk-update -o -name lay-release \) -print0)
  shellcheck -x "${scripts[@]}"
}
