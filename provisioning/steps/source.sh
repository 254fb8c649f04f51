# shellcheck shell=bash
# What a release of this checkout is called: version, and a hash over everything that is in it.

source_name() {
  local version sum
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
  sum=$(find kiosk hardware collector provisioning/new-card provisioning/lay-release pyproject.toml requirements/runtime.txt \
    -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  printf '%s-%s' "$version" "${sum:0:12}"
}
