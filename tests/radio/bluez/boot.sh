#!/bin/bash
# Boots the guest in software emulation and prints its console. Usage: boot.sh FOLDER PORT
# ttyS0 is the console; ttyS1 carries HCI over TCP to PORT on this computer, where air.py must listen already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec timeout "${LIMIT_S:-420}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 \
  -nodefaults -no-reboot -display none -monitor none \
  -serial stdio -chardev "socket,id=hci,host=127.0.0.1,port=$2" -serial chardev:hci \
  -kernel "$1/vmlinuz" -initrd "$1/initrd" -append "console=ttyS0 quiet loglevel=4 panic=-1 rdinit=/init" \
  -device virtio-rng-pci -virtfs "local,path=${SHARED:-$here},mount_tag=host,security_model=none,id=host"
