#!/usr/bin/env bash
# make bench: how long people wait for the store of a busy firm, as a table for each database that is here.
#   STORED=1000000 CONTACTS=50000 make bench
set -euo pipefail
cd "$(dirname "$0")/../.."
stored=${STORED:-200000}
contacts=${CONTACTS:-50000}
cargo build --release --locked --quiet -p store --example bulk
bulk=${CARGO_TARGET_DIR:-target}/release/examples/bulk

printf '\nThe embedded database, encrypted\n\n'
"$bulk" "$stored" "$contacts"

for bin in /usr/lib/postgresql/*/bin; do
    [ -d "$bin" ] && PATH="$PATH:$bin"
done
command -v initdb >/dev/null || { printf '\nPostgreSQL is not here.\n'; exit 0; }
printf '\nPostgreSQL, as it comes\n\n'
# It stops by itself when its input closes, however this script ends.
coproc server { exec bash server/store/tests/it/postgres.sh; }
read -r socket <&"${server[0]}"
"$bulk" "$stored" "$contacts" "postgres://spindle@${socket//\//%2F}/postgres"
