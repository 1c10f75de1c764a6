# Starts PostgreSQL in a temporary folder, prints the folder of its socket, and stops when its input ends.
set -euo pipefail
trap '' INT
for bin in /usr/lib/postgresql/*/bin; do
    [ -d "$bin" ] && PATH="$PATH:$bin"
done
temp=$(mktemp -d)
as_postgres=()
if [ "$(id -u)" = 0 ]; then
    # The server refuses to run as root.
    user=$(id -un postgres 2>/dev/null || id -un nobody)
    chown "$user" "$temp"
    as_postgres=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env "HOME=$temp")
fi
cd "$temp"
stop() {
    "${as_postgres[@]}" pg_ctl -D "$temp/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$temp"
}
trap stop EXIT
"${as_postgres[@]}" initdb -D "$temp/data" -U spindle --auth=trust --no-sync -E UTF8 >"$temp/log" 2>&1 || { cat "$temp/log" >&2; exit 1; }
"${as_postgres[@]}" pg_ctl -D "$temp/data" -w -l "$temp/server.log" -o "-c listen_addresses='' -c fsync=off -c max_connections=200 -k $temp" start >>"$temp/log" 2>&1 </dev/null ||
    { cat "$temp/log" >&2; exit 1; }
echo "$temp"
read -r _ || true
