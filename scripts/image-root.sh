#!/bin/sh
# What the image holds beside the service: Node, the libraries that it is linked with, and the name of its user. No
# shell, no package manager. Run in the stage that has them: image-root.sh <folder>
set -eu
root=$1
user=1000

mkdir -p "$root/etc" "$root/usr/local/bin" "$root/var/lib/dpkg/status.d"
mkdir -m 1777 "$root/tmp"
cp --dereference /etc/os-release "$root/etc/os-release"
echo "fairlead:x:$user:$user::/home/fairlead:/sbin/nologin" > "$root/etc/passwd"
echo "fairlead:x:$user:" > "$root/etc/group"

node=$(command -v node)
cp --dereference "$node" "$root/usr/local/bin/node"
for library in $(ldd "$node" | grep -o '/[^ ]*'); do
  mkdir -p "$root${library%/*}"
  cp --dereference "$library" "$root$library"
  # Debian's records of where it comes from, where scanners look for them in images without dpkg, and its licence.
  package=$(dpkg-query --search "*$library" | cut -d: -f1)
  dpkg-query --status "$package" > "$root/var/lib/dpkg/status.d/$package"
  cp --dereference --parents "/usr/share/doc/$package/copyright" "$root"
done
