#!/usr/bin/env bash
# Plan every cluster and review its plan: Markdown on stdout. Fails if a plan fails, or is refused.
set -uo pipefail
status=0
for stack in cdktf.out/stacks/*/; do
  printf '\n### %s\n\n' "$(basename "$stack")"
  if terraform -chdir="$stack" init -input=false -lockfile=readonly >&2 &&
    terraform -chdir="$stack" plan -input=false -out=plan >&2; then
    tpa-tf review "${stack}plan" --format markdown || status=1
  else
    echo "The plan failed."
    status=1
  fi
done
exit "$status"
