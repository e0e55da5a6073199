#!/bin/sh
# The image's entry point. `install` and `uninstall` are of the image's own program. Every other command is done by the
# program that is installed on the node, where its folders are mounted: an agent has to be of the release that the node's
# calls are of. Where they are not, the image's own does it.
installed="${CNIDARIA_BIN_DIR:-/opt/cni/bin}/cnidaria"
case "${1-}" in
  '' | install | uninstall) ;;
  *) [ -x "$installed" ] && exec "$installed" "$@" ;;
esac
export DENO_DIR="${DENO_DIR:-/tmp/deno}" DENO_NO_UPDATE_CHECK=1
exec /cnidaria/bin/deno run --allow-all --no-prompt --no-config --no-lock --no-npm --no-remote \
  /cnidaria/lib/cnidaria/cnidaria.js "$@"
