#!/bin/bash
# Makes the guest of run.sh: a kernel and an initrd holding a small Debian with bluetoothd, D-Bus, Python and surefoot.
# Usage, as root: build.sh FOLDER. About 1.5 GB and two minutes; delete FOLDER to start over.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
folder=$(mkdir -p "$1" && cd "$1" && pwd)
suite=${SUITE:-bookworm}
cd "$folder"

for tool in debootstrap cpio zstd depmod dpkg-deb qemu-system-x86_64; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install qemu-system-x86 debootstrap cpio zstd kmod"; exit 1; }
done

if [ ! -e root/usr/bin/btattach ]; then
  echo "userland"
  rm -rf root
  debootstrap --variant=minbase \
    --include=bluez,dbus,python3,python3-pip,python3-venv,kmod,busybox-static,iproute2 "$suite" root >userland.log
fi

if [ ! -d kernel/lib/modules ]; then
  echo "kernel"
  # the package that the metapackage stands for; only unpacked, never installed. Cloud kernels have no Bluetooth
  name=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -1)
  apt-get download -qq "$name"
  dpkg-deb -x "$name"_*.deb kernel
  rm -f "$name"_*.deb
fi
release=$(ls kernel/lib/modules)
cp "kernel/boot/vmlinuz-$release" vmlinuz

echo "guest"
rm -rf guest
cp -a root guest
rm -rf guest/var/cache/apt guest/var/lib/apt/lists guest/usr/share/{doc,man,locale,info} guest/usr/lib/modules
modules=guest/usr/lib/modules/$release
mkdir -p "$modules/kernel"
cp kernel/lib/modules/"$release"/modules.{order,builtin,builtin.modinfo} "$modules/"
for part in arch/x86/crypto crypto lib net/bluetooth net/rfkill net/9p fs/9p fs/netfs fs/fscache drivers/bluetooth \
  drivers/tty/serial drivers/tty/serdev drivers/virtio drivers/hid drivers/char/hw_random; do
  [ -d "kernel/lib/modules/$release/kernel/$part" ] || continue
  mkdir -p "$modules/kernel/$(dirname "$part")"
  cp -a "kernel/lib/modules/$release/kernel/$part" "$modules/kernel/$part"
done
depmod -b guest "$release"

# surefoot and what it needs, in the guest's own Python, compiled: under emulation compiling would take longer than running
version=$(chroot guest python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"${PYTHON:-python3}" -m pip install -q --disable-pip-version-check --target guest/opt/site --only-binary=:all: \
  --python-version "$version" "bleak>=3.1,<4" "numpy>=1.26,<3" "scipy>=1.13,<2" "platformdirs>=4.2" "textual>=8.2,<9"
cp -r "$project/src/surefoot" guest/opt/site/
chroot guest python3 -m compileall -q /opt/site /usr/lib/python3 "/usr/lib/python$version" >/dev/null 2>&1 || true

cp "$here/init" guest/init
chmod +x guest/init
(cd guest && find . -print0 | cpio --null --create --format=newc --quiet) | zstd -3 -T0 -q -f -o initrd
ls -l vmlinuz initrd
