#!/bin/bash
umask 077; exec >>/var/log/tpa-firstboot.log 2>&1; umask 022
echo "$(date): start"
# shellcheck source=/dev/null
. /etc/os-release
tpa_os="$ID:${VERSION_ID%%.*}"
export DEBIAN_FRONTEND=noninteractive
# before everything
setenforce 0 || true
export http_proxy="http://proxy.example.com:3128"
export https_proxy="http://proxy.example.com:3128"
export no_proxy=".example.com"
tpa_direct="${no_proxy:+,$no_proxy}${NO_PROXY:+,$NO_PROXY}"
case "$tpa_direct," in
*",*,"*) tpa_direct="*" ;;
*) tpa_direct="169.254.169.254,fd00:ec2::254$tpa_direct" ;;
esac
export no_proxy="$tpa_direct" NO_PROXY="$tpa_direct"

(
set +Cfu +o pipefail
umask 022
os=$tpa_os
failed=
reasons=
updated=
changed=
unit=sshd
case $os in debian:* | ubuntu:*) unit=ssh ;; esac
IFS= read -r bucket <<'TPA_TF'
stand-in
TPA_TF

logfile=/var/log/tpa-firstboot.log
failures=/var/log/tpa-firstboot-failures.log
python=$(command -v /usr/libexec/platform-python python3 python2 python | head -n 1)

log() { echo "$(date): $*"; }

fail() {
  log "$1 failed"
  failed+=" $1"
}

fail_deploy() {
  fail "$1"
  reasons+="first boot: $1 failed, see $logfile"$'\n'
  { echo "first boot: $1 failed, see $logfile" >/dev/console; } 2>/dev/null
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

name_volumes() {
  local helper=/usr/local/bin/tpa-disk-name
  [ "$python" ] || { log "no Python to name the volumes with"; return 1; }
  { echo "#!$python"; cat <<'PYTHON'; } >"$helper" || return
import array, fcntl, glob, os, re, struct, sys

NAMES = {0: "sdb"}
volume = sys.argv[1]
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
    return sorted(store, key=lambda v: [int(n) for n in re.findall("[0-9]+", v)]).index(volume)


if volume.startswith("xvd"):
    name = "sd" + volume[3:]
else:
    fd = os.open("/dev/" + volume, os.O_RDONLY)
    controller = identify(0, 1)
    model = controller[24:64].strip()
    if model == "Amazon Elastic Block Store":
        name = text(identify(fcntl.ioctl(fd, 0x4E40), 0), 384) or text(controller, 3072)
    elif model == "Amazon EC2 NVMe Instance Storage":
        found = re.match("ephemeral([0-9]+):", text(controller, 3072))
        name = NAMES.get(int(found.group(1)) if found else order(), "")
found = re.match("(/dev/)?((sd|xvd|hd)[a-z]{1,2}[0-9]{0,3})$", name)
print(found.group(2) if found else sys.exit("no name for " + volume))
PYTHON
  chmod 755 "$helper"
  cat >/etc/udev/rules.d/70-tpa-disks.rules <<'UDEV' || return
SUBSYSTEM=="block", ACTION!="remove", KERNEL=="nvme*n?|nvme*n??|xvd*", PROGRAM="/usr/local/bin/tpa-disk-name %k", SYMLINK+="%c"
SUBSYSTEM=="block", ACTION!="remove", ATTRS{model}=="Amazon Elastic Block Store*", OPTIONS+="link_priority=10"
UDEV
  relabel "$helper" /etc/udev/rules.d
  udevadm control --reload && udevadm trigger --subsystem-match=block --action=add || return
  udevadm settle --timeout=20 || log udev is still at work
}

fetch_host_keys() {
  local key public
  "$python" - "$bucket" eu-west-1 first-boot "$1" <<'PYTHON' || return
import hashlib, hmac, json, os, re, ssl, sys, time

try:
    from urllib.request import Request, urlopen
except ImportError:
    from urllib2 import Request, urlopen

bucket, region, cluster, directory = sys.argv[1:]
suffix = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}.get(region.split("-")[0], "amazonaws.com")
host = "s3.%s.%s" % (region, suffix)
folder = "/%s/hostkeys/" % cluster
if re.match("[a-z0-9-]+$", bucket):
    host = "%s.%s" % (bucket, host)
else:
    folder = "/" + bucket + folder
metadata = "http://169.254.169.254/latest/"
nothing = hashlib.sha256(b"").hexdigest()
context = ssl.create_default_context()


def fetch(url, headers, method="GET"):
    request = Request(url, headers=headers)
    request.get_method = lambda: method
    return urlopen(request, timeout=5, context=context).read()


def signed(path, role):
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {"host": host, "x-amz-content-sha256": nothing, "x-amz-date": now, "x-amz-security-token": role["Token"]}
    names = sorted(headers)
    lines = ["GET", path, ""] + [n + ":" + headers[n] for n in names] + ["", ";".join(names), nothing]
    scope = "%s/%s/s3/aws4_request" % (now[:8], region)
    request = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    key = ("AWS4" + role["SecretAccessKey"]).encode()
    for part in scope.split("/") + ["\n".join(["AWS4-HMAC-SHA256", now, scope, request])]:
        mac = hmac.new(key, part.encode(), hashlib.sha256)
        key = mac.digest()
    fields = role["AccessKeyId"], scope, ";".join(names), mac.hexdigest()
    headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % fields
    return headers


def fetch_all():
    token = fetch(metadata + "api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"}, "PUT").decode()
    headers = {"X-aws-ec2-metadata-token": token}
    roles = metadata + "meta-data/iam/security-credentials/"
    role = json.loads(fetch(roles + fetch(roles, headers).decode().split()[0], headers).decode())
    for name in ("rsa", "rsa.pub", "ecdsa", "ecdsa.pub"):
        path = folder + name + ".txt"
        with open(os.path.join(directory, name), "wb") as file:
            file.write(fetch("https://" + host + path, signed(path, role)))


end, pause = os.times()[4] + 120, 1
while True:
    try:
        sys.exit(fetch_all())
    except Exception as error:
        print("%r %s %s" % (error, getattr(error, "url", host), getattr(error, "read", str)()[:400]))
        sys.stdout.flush()
    if os.times()[4] > end:
        sys.exit(1)
    time.sleep(pause)
    pause = min(2 * pause, 15)
PYTHON
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

put_first() {
  local content
  content=$(cat "$2" 2>/dev/null)
  grep -qxF -- "$1" <<<"$content" || printf '%s\n' "$1" ${content:+"$content"} >"$2"
}

sshd_says() {
  sshd -T -C user=root,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22 2>/dev/null | grep -ixE "$1" >/dev/null
}

add_port() {
  sshd_says "port $1" && return
  put_first "Port $1" /etc/ssh/sshd_config && changed=1
}

set_up_sshd() {
  mkdir -p /run/sshd
  add_port 22 || return
  sshd -t || return
  [ -z "$changed" ] || systemctl restart "$unit.service"
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

[ ! -s "$failures" ] || changed=1
echo "the first boot was cut off: see $logfile" >"$failures"
log names of volumes; name_volumes || fail_deploy names-of-volumes
log host keys; add_host_keys || fail_deploy host-keys
log sshd; set_up_sshd || fail_deploy sshd
printf %s "$reasons" >"$failures"
log locale; add_locale || fail locale
[ -z "$failed" ] || { log "failed:$failed"; exit 1; }
) || tpa_failed=1

# after everything
dnf config-manager --set-enabled crb
echo "$(date): end"
exit "${tpa_failed:-0}"
