#!/bin/bash
# surefoot on the real Linux Bluetooth stack, without a radio: kernel, bluetoothd and D-Bus in a small virtual machine,
# the controller and the strap outside of it. Usage: run.sh FOLDER, where build.sh has put the guest.
# Needs the test extra in PYTHON's environment. Takes about three minutes; the last lines say what was checked.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd)
python=${PYTHON:-python3}
port=${PORT:-7411}
log=$folder/air.log
PYTHONPATH="$here/../../../src:$here/../.." "$python" "$here/air.py" "$port" 400 >"$log" 2>&1 &
air=$!
trap 'kill $air 2>/dev/null || true' EXIT
for _ in $(seq 300); do
  grep -q '"up"' "$log" && break
  kill -0 $air || { cat "$log"; exit 1; }
  sleep 0.1
done
"$here/boot.sh" "$folder" "$port" | tee "$folder/guest.log"
echo "--- the strap"
cat "$log"
grep -q "GUEST all checks passed" "$folder/guest.log"
grep -q '"hex": "0302"' "$log" # the strap was told to stop
