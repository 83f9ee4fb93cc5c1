#!/usr/bin/env bash
# Ends a VCS Control with kill -9 at random moments of saves, and looks into its database from outside: it is sound each
# time, and the value read back is the last acknowledged one or the one that was in flight.
#
#   lab/self-test/kill-9-saves.sh [rounds, default 100]
#
# Needs curl, sqlite3 and port 443 of 127.77.9.10: as an ordinary user it runs in a network namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-100}
address=127.77.9.10

if [ "$(id -u)" -ne 0 ]; then
  exec unshare --user --map-root-user --net bash -c 'ip link set lo up && exec "$0" "$@"' "$0" "$rounds"
fi

node=$(ls -d node_modules/node-linux-*/bin/node | head -1)
folder=$(mktemp -d)
vcs=
trap '[ -z "$vcs" ] || kill -9 "$vcs" 2>/dev/null || true; rm -rf "$folder"' EXIT

password=$("$node" -p 'crypto.randomBytes(12).toString("hex")')
hash=$("$node" -p 'const salt = crypto.randomBytes(16); `scrypt:${salt.toString("hex")}:${crypto.scryptSync(process.argv[1], salt, 32, { N: 1024 }).toString("hex")}:1024`' "$password")
cat >"$folder/vcs.json" <<JSON
{ "host": { "name": "vcs", "fqdn": "vcs", "addresses": ["$address"], "dns": { "servers": [], "domain": "" }, "trust": [],
    "data": "$folder/data", "traceLevel": "off", "seed": 1 },
  "configuration": { "administrator": { "username": "admin", "passwordHash": "$hash" } } }
JSON

save() {
  curl --silent --insecure --max-time 5 --user "admin:$password" --request PUT --output /dev/null --write-out '%{http_code}' \
    --header 'Content-Type: application/json' --data "{\"System name\": \"$1\"}" \
    "https://$address/api/provisioning/common/adminsettings" 2>/dev/null || true
}

stored() {
  sqlite3 "$folder/data/configuration.db" \
    "select json_extract(value, '\$') from state where page = 'common/adminsettings' and field = 'systemName'"
}

value=0
acknowledged=
inflight=
passed=0
for round in $(seq "$rounds"); do
  mkfifo "$folder/ready.$round"
  # Its standard input stays open: a host ends with whoever started it.
  sleep infinity | "$node" --no-warnings reference-edge/control/main.ts "$folder/vcs.json" >"$folder/ready.$round" 2>>"$folder/errors" &
  pipeline=$!
  read -r -t 20 line <"$folder/ready.$round" || { echo "round $round: the VCS did not start"; tail -5 "$folder/errors"; exit 1; }
  vcs=$(pgrep -f "$folder/vcs.json" | head -1)
  # Milliseconds until it is killed, in the middle of whatever it does then.
  moment=$((RANDOM % 250))
  (sleep "0.$(printf '%03d' "$moment")"; kill -9 "$vcs" 2>/dev/null) &
  killer=$!
  while kill -0 "$vcs" 2>/dev/null; do
    value=$((value + 1))
    inflight="save-$value"
    if [ "$(save "$inflight")" = 200 ]; then acknowledged=$inflight; fi
  done
  { wait "$killer" || true; } 2>/dev/null
  pkill -P $$ -x sleep 2>/dev/null || true
  { wait "$pipeline" || true; } 2>/dev/null
  vcs=
  rm -f "$folder/ready.$round"
  integrity=$(sqlite3 "$folder/data/configuration.db" 'pragma integrity_check')
  found=$(stored)
  if [ "$integrity" != ok ] || { [ "$found" != "$acknowledged" ] && [ "$found" != "$inflight" ]; }; then
    echo "round $round: integrity $integrity, stored '$found', acknowledged '$acknowledged', in flight '$inflight'"
    exit 1
  fi
  # What was in flight and stored is what the next round begins with.
  acknowledged=$found
  passed=$((passed + 1))
  [ $((round % 10)) -ne 0 ] || echo "$passed of $rounds rounds: $value saves, database sound, last value $found"
done
echo "ok: killed $passed times during $value saves; the database was sound and no acknowledged save was lost"
