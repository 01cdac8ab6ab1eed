#!/bin/bash
umask 077; exec >>/var/log/tpa-firstboot.log 2>&1; umask 022
echo "$(date): start"
# shellcheck source=/dev/null
. /etc/os-release
tpa_os="$ID:${VERSION_ID%%.*}"
export DEBIAN_FRONTEND=noninteractive

(
set +Cfu +o pipefail
umask 022
os=$tpa_os
failed=
updated=
changed=
IFS= read -r bucket <<'TPA_TF'
stand-in
TPA_TF

log() { echo "$(date): $*"; }

fail() {
  log "$1 failed"
  failed+=" $1"
}

retry() {
  local try
  for try in 1 2 3 4; do
    "$@" && return
    log "attempt $try failed: $*"
    [ "$try" = 4 ] || sleep 10
  done
  return 1
}

install_packages() {
  case $os in
  debian:* | ubuntu:*)
    [ "$updated" ] || retry apt-get -qy update || return
    updated=1
    retry apt-get -qy -o DPkg::Lock::Timeout=300 --no-install-recommends install "$@"
    ;;
  sles*) retry zypper -n install "$@" ;;
  rhel:* | centos:* | rocky:* | almalinux:* | ol:* | amzn:*) retry yum -y install "$@" ;;
  *) log "no packages known for $os: $*"; return 1 ;;
  esac
}

relabel() {
  ! command -v restorecon >/dev/null || restorecon -R "$@"
}

has_locale() {
  locale -a | tr -d - | grep -ixF -- "${locale//-/}" >/dev/null
}

add_locale() {
  local line locale=en_US.UTF-8
  has_locale && return
  case $os in
  debian:* | ubuntu:*)
    [ -e /usr/share/i18n/SUPPORTED ] || install_packages locales || return
    line=$(awk -v name="$locale" '$1 == name { print; exit }' /usr/share/i18n/SUPPORTED)
    [ "$line" ] || { log "no such locale: $locale"; return 1; }
    grep -qxF -- "$line" /etc/locale.gen || echo "$line" >>/etc/locale.gen
    locale-gen
    ;;
  rhel:7 | centos:7 | ol:7) ;;
  sles*) install_packages glibc-locale ;;
  *) install_packages "glibc-langpack-${locale%%_*}" ;;
  esac
  has_locale || { log "no such locale: $locale"; return 1; }
}

add_nvme_cli() {
  command -v nvme >/dev/null || install_packages nvme-cli
}

add_aws_cli() {
  local venv=/usr/local/share/tpa/python-virtualenv
  local make=(python3 -m venv)
  case $os in
  amzn:*) command -v aws >/dev/null && return ;;
  esac
  if [ ! -x "$venv/bin/aws" ]; then
    case $os in
    ubuntu:16) install_packages python python-virtualenv virtualenv; make=(virtualenv) ;;
    rhel:7 | centos:7 | ol:7) install_packages python2 python2-virtualenv; make=(virtualenv-2) ;;
    debian:* | ubuntu:*) install_packages python3 python3-venv ;;
    *) install_packages python3 ;;
    esac
    "${make[@]}" --system-site-packages "$venv" || return
    case ${make[0]} in virtualenv*) retry "$venv/bin/pip" -q install 'pip<21' || return ;; esac
    retry "$venv/bin/pip" -q install awscli || return
  fi
  ln -sf "$venv/bin/aws" /usr/local/bin/aws
}

name_disks() {
  local python helper=/usr/local/bin/tpa-disk-name
  python=$(command -v /usr/libexec/platform-python python3 python2 python | head -n 1)
  [ "$python" ] || { log "no Python to name the disks with"; return 1; }
  { echo "#!$python"; cat <<'PYTHON'; } >"$helper" || return
import array, fcntl, glob, os, re, struct, sys

NAMES = {}
disk = sys.argv[1]
name = ""


def identify(nsid, cns):
    data = array.array("B", bytearray(4096))
    command = struct.pack("=2BHI3Q8IQ", 6, 0, 0, nsid, 0, 0, data.buffer_info()[0], 0, 4096, cns, 0, 0, 0, 0, 0, 0)
    fcntl.ioctl(fd, 0xC0484E41, command)
    return bytearray(data).decode("latin-1")


def text(data, start):
    return data[start : start + 32].split("\0")[0].strip()


def order():
    models = glob.glob("/sys/block/nvme*n*/device/model")
    store = [m.split("/")[-3] for m in models if "Instance Storage" in open(m).read()]
    return sorted(store, key=lambda d: [int(n) for n in re.findall("[0-9]+", d)]).index(disk)


if disk.startswith("xvd"):
    name = "sd" + disk[3:]
else:
    fd = os.open("/dev/" + disk, os.O_RDONLY)
    controller = identify(0, 1)
    model = controller[24:64].strip()
    if model == "Amazon Elastic Block Store":
        name = text(identify(fcntl.ioctl(fd, 0x4E40), 0), 384) or text(controller, 3072)
    elif model == "Amazon EC2 NVMe Instance Storage":
        found = re.match("ephemeral([0-9]+):", text(controller, 3072))
        n = int(found.group(1)) if found else order()
        name = "xvd%c" % (98 + n)
        name = NAMES.get(n) or (name not in NAMES.values() and name)
found = re.match("(/dev/)?((sd|xvd|hd)[a-z]{1,2}[0-9]{0,3})$", name or "")
print(found.group(2) if found else sys.exit("no name for " + disk))
PYTHON
  chmod 755 "$helper"
  cat >/etc/udev/rules.d/70-tpa-disks.rules <<'UDEV' || return
SUBSYSTEM=="block", ACTION!="remove", KERNEL=="nvme*n?|nvme*n??|xvd*", PROGRAM="/usr/local/bin/tpa-disk-name %k", SYMLINK+="%c"
SUBSYSTEM=="block", ACTION!="remove", ATTRS{model}=="Amazon Elastic Block Store*", OPTIONS+="link_priority=10"
UDEV
  relabel "$helper" /etc/udev/rules.d
  udevadm control --reload && udevadm trigger --subsystem-match=block --action=add && udevadm settle --timeout=60
}

fetch_host_keys() {
  local aws=/usr/local/bin/aws file key public
  [ -x "$aws" ] || aws=$(command -v aws) || { log "no aws command"; return 1; }
  for file in rsa rsa.pub ecdsa ecdsa.pub; do
    retry "$aws" --region eu-west-1 s3api get-object --bucket "$bucket" \
      --key first-boot"/hostkeys/$file.txt" "$1/$file" || return
  done
  chmod 600 "$1"/*
  for key in rsa ecdsa; do
    public=$(ssh-keygen -y -P '' -f "$1/$key" | cut -d' ' -f1,2)
    [ "$public" ] && [ "$public" = "$(cut -d' ' -f1,2 "$1/$key.pub")" ] || { log "$key: not a key pair"; return 1; }
  done
}

add_host_keys() {
  local dir key target sysconfig=/etc/sysconfig/sshd line="AUTOCREATE_SERVER_KEYS=''"
  dir=$(mktemp -d /etc/ssh/tpa.XXXXXX) || return
  fetch_host_keys "$dir" || { rm -rf "$dir"; return 1; }
  for key in rsa ecdsa; do
    target=/etc/ssh/ssh_host_${key}_key
    [ "$(cat "$target" 2>/dev/null)" = "$(cat "$dir/$key")" ] || changed=1
    chmod 644 "$dir/$key.pub"
    mv -f "$dir/$key" "$target" && mv -f "$dir/$key.pub" "$target.pub" || return
  done
  rm -rf "$dir"
  find /etc/ssh -name 'ssh_host_*_key*' ! -name 'ssh_host_rsa_key*' ! -name 'ssh_host_ecdsa_key*' -delete
  if [ -f "$sysconfig" ]; then
    grep -qx "$line" "$sysconfig" || echo "$line" >>"$sysconfig"
    systemctl mask sshd-keygen@ed25519.service
  fi
  relabel /etc/ssh
}

restart_sshd() {
  local unit=sshd
  [ "$changed" ] || return 0
  case $os in debian:* | ubuntu:*) unit=ssh ;; esac
  mkdir -p /run/sshd
  sshd -t || return
  systemctl restart "$unit.service"
}

log locale; add_locale || fail locale
log nvme-cli; add_nvme_cli || fail nvme-cli
log awscli; add_aws_cli || fail awscli
log disk names; name_disks || fail disk-names
log host keys; add_host_keys || fail host-keys
restart_sshd || fail sshd
[ -z "$failed" ] || { log "failed:$failed"; exit 1; }
) || tpa_failed=1

echo "$(date): end"
exit "${tpa_failed:-0}"
