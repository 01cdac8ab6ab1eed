#!/usr/bin/env bash
# Plan every cluster and review its plan: Markdown on stdout. Fails if a plan fails, or is refused.
set -uo pipefail
shopt -s nullglob
status=0
for stack in cdktf.out/stacks/*/; do
  printf '\n### %s\n\n' "$(basename "$stack")"
  # A new cluster has no lock file before somebody has initialised it.
  lock=()
  [[ -e ${stack}.terraform.lock.hcl ]] && lock=(-lockfile=readonly)
  if terraform -chdir="$stack" init -input=false ${lock[@]+"${lock[@]}"} >&2 &&
    terraform -chdir="$stack" plan -input=false -out=plan >&2; then
    tpa-tf review "${stack}plan" --format markdown || status=1
  else
    echo "The plan failed."
    status=1
  fi
done
exit "$status"
