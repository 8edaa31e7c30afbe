# Sourced by the stories of racks, behind lib.sh: power, console and reservation by the real programs,
# each on loopback, each started here and stopped at the end.
# shellcheck shell=bash
PATH=$PATH:/usr/sbin:/sbin
RACK_PIDS=()

rack_end() {
    local status=${1:-$?} pid
    for pid in "${RACK_PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in "${RACK_PIDS[@]}"; do
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
    story_end "$status"
}
trap rack_end EXIT

# rack_start LOG COMMAND..: beside us, in a folder of its own; its process id is in $!.
rack_start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    RACK_PIDS+=($!)
}

# rack_needs PROGRAM..: what the packages install; its absence is a failure, not a skip.
rack_needs() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || fail "$program is not installed: see the file packages"
    done
}

# free_ports N: ports of loopback that nobody listens on now
free_ports() {
    python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])
PY
}

# until_true SECONDS COMMAND..: polls until it succeeds
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# inventory STATUS ARGUMENTS..: runs it and wants that status; output in $STORY/out, errors in err.
inventory() {
    local status=0 wanted=$1
    shift
    marvin-inventory "$@" >"$STORY/out" 2>"$STORY/err" || status=$?
    [ "$status" = "$wanted" ] || { cat "$STORY/out" "$STORY/err" >&2 && fail "marvin-inventory $*: $status, not $wanted"; }
}

# machine NAME LINES: machines.d/NAME.ini
machine() {
    printf '[machine %s]\ntransport = local\n%s\n' "$1" "$2" >"$MARVIN_CONFIG/machines.d/$1.ini"
}

# chassis_script FOLDER: what ipmi_sim runs to switch; FOLDER/power is the machine, 0 or 1.
chassis_script() {
    cat >"$1/chassis" <<SH
#!/bin/sh
echo "\$@" >>"$1/log"
shift
while [ \$# -gt 0 ]; do
    case "\$1 \$2" in
    "get power") echo "power:\$(cat "$1/power" 2>/dev/null || echo 0)"; shift 2 ;;
    "get boot") echo "boot:default"; shift 2 ;;
    "set power") echo "\$3" >"$1/power"; shift 3 ;;
    set*) shift 3 ;;
    check*) shift 2 ;;
    *) exit 1 ;;
    esac
done
SH
    chmod +x "$1/chassis"
}

# ipmi_start FOLDER PORT LINES: ipmi_sim with these lines of its configuration; user admin, password
# in FOLDER/password.
ipmi_start() {
    mkdir -p "$1/state"
    echo 's3cr:et' >"$1/password"
    chmod 600 "$1/password"
    cat >"$1/lan.conf" <<CONF
name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 $2
    priv_limit admin
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
$3
  user 2 true "admin" "s3cr:et" admin 10 none md2 md5 straight
CONF
    cat >"$1/emu" <<'EMU'
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
EMU
    rack_start "$1/sim.log" ipmi_sim -c "$1/lan.conf" -f "$1/emu" -s "$1/state" -n
}
