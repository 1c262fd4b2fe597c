# Runs in the guest: the second serial port becomes a Bluetooth controller; then the check.
btattach -B /dev/ttyS1 -P h4 -S 3000000 >/run/btattach.log 2>&1 &
(sleep 600 | bluetoothctl --agent NoInputNoOutput) >/run/agent.log 2>&1 & # pairing asks an agent, or times out
echo "GUEST kernel $(uname -r), $(bluetoothctl --version), Python $(python3 -c 'import platform; print(platform.python_version())')"
python3 -u /host/check.py
status=$?
[ $status = 0 ] || tail -n 20 /run/btattach.log /run/bluetoothd.log
exit $status
