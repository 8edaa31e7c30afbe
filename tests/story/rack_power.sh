#!/bin/bash
# Power by the real programs: ipmitool with ipmi_sim, powerman with vpcd, curl with a Redfish service
# (a fake: Debian has none), and a program of the site that misbehaves in every way.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"

rack_needs ipmi_sim ipmitool powermand powerman vpcd curl python3
read -r ipmi_port powerman_port redfish_port dead_port <<<"$(free_ports 4)"
printf '[marvin]\nlease = 2m\nguard = 5s\n' >"$MARVIN_CONFIG/marvin.ini"
mkdir "$STORY/ipmi" "$STORY/powerman" "$STORY/redfish"
echo wrong >"$STORY/redfish/wrong"
chmod 600 "$STORY/redfish/wrong"

# exercise MACHINE: all actions, each read back
exercise() {
    local step
    inventory 0 power "$1" status
    expect "$1 at first" "$1 is off" "$(cat "$STORY/out")"
    for step in on:on cycle:on reset:on off:off off:off cycle:on off:off; do
        inventory 0 power "$1" "${step%:*}"
        expect "$1 after ${step%:*}" "$1 is ${step#*:}" "$(cat "$STORY/out")"
        inventory 0 power "$1" status --json
        expect "$1 after ${step%:*}, as JSON" "$1 ${step#*:}" \
            "$(python3 -c 'import json, sys; [r] = json.load(sys.stdin); print(r["machine"], r["power"])' <"$STORY/out")"
    done
}

chassis_script "$STORY/ipmi"
ipmi_start "$STORY/ipmi" "$ipmi_port" "  chassis_control \"$STORY/ipmi/chassis 0x20\""
machine ivor "power = ipmi 127.0.0.1 port=$ipmi_port user=admin password-file=$STORY/ipmi/password"
until_true 20 marvin-inventory power ivor status || fail "ipmi_sim does not answer: $(cat "$STORY/ipmi/sim.log")"
exercise ivor
expect_says '0x20 set reset 1' "$STORY/ipmi/log"
inventory 5 power ivor nmi
expect_says "ivor.*'ipmitool' ended with status 1: .*Invalid data field" "$STORY/err"
# The password is in nobody's arguments.
marvin-inventory power ivor status >/dev/null &
asking=$!
for _ in $(seq 40); do
    ! grep -aqs 's3cr:et' /proc/[0-9]*/cmdline || fail "a password is in an argument list"
    sleep 0.01
done
wait "$asking"
chmod 644 "$STORY/ipmi/password"
inventory 3 power ivor status
expect_says 'may be read by others: chmod 600' "$STORY/err"
chmod 600 "$STORY/ipmi/password"
echo wrong >"$STORY/ipmi/password"
inventory 5 power ivor status --within 20s
expect_says "ivor: ipmi 127.0.0.1:$ipmi_port: the state of its power is unknown: 'ipmitool' ended" "$STORY/err"
expect "what is not known" "ivor is unknown" "$(cat "$STORY/out")"

cat >"$STORY/powerman/conf" <<CONF
include "/etc/powerman/vpc.dev"
listen "127.0.0.1:$powerman_port"
device "d" "vpc" "$(command -v vpcd) |&"
node "p[1-4]" "d"
CONF
rack_start "$STORY/powerman/log" powermand -f -c "$STORY/powerman/conf"
until_true 20 listens "$powerman_port" || fail "powermand does not start: $(cat "$STORY/powerman/log")"
machine p1 "power = powerman p1 server=127.0.0.1:$powerman_port"
machine p9 "power = powerman p9 server=127.0.0.1:$powerman_port"
until_true 20 marvin-inventory power p1 status || fail "powerman does not answer: $(cat "$STORY/powerman/log")"
exercise p1
inventory 5 power p9 status
expect_says "p9: .*the state of its power is unknown" "$STORY/err"
machine p1 "power = powerman p[1-4] server=127.0.0.1:$powerman_port"
inventory 3 power p1 status
expect_says 'expected the name of one node' "$STORY/err"

rack_start "$STORY/redfish/out" python3 "$(dirname "$0")/redfish_fake.py" "$redfish_port" "$STORY/redfish"
until_true 20 listens "$redfish_port" || fail "the fake does not start: $(cat "$STORY/redfish/out")"
rosa="power = redfish http://127.0.0.1:$redfish_port user=admin password-file=$STORY/redfish/password"
machine rosa "$rosa"
exercise rosa
inventory 0 power rosa nmi
expect "reset types" "ForceOff ForceRestart Nmi On" "$(sed -n 's/^reset //p' "$STORY/redfish/log" | sort -u | xargs)"
# refused MODE PATTERN [VERB]: how the controller misbehaves, and what is said of it
refused() {
    local begun=$SECONDS
    echo "$1" >"$STORY/redfish/mode"
    inventory 5 power rosa "${3:-status}" --within 2s
    expect_says "$2" "$STORY/err"
    [ $((SECONDS - begun)) -le 7 ] || fail "mode $1 took $((SECONDS - begun)) s"
}
refused hang "the state of its power is unknown: 'curl' was ended at its deadline of"
refused rubbish 'cannot read the answer of the controller: "<html>\\x1b\[2J nothing that you know"'
refused two 'the controller has 2 systems: name one'
refused lie 'took the command on, and its power still reads off' on
echo old >"$STORY/redfish/mode"
inventory 0 power rosa on
inventory 0 power rosa off
echo ok >"$STORY/redfish/mode"
machine rosa "${rosa%password}wrong"
inventory 5 power rosa status
expect_says "'curl' ended with status 22: .*401" "$STORY/err"
machine rosa "power = redfish http://rosa-bmc user=admin password-file=$STORY/redfish/password"
inventory 3 power rosa status
expect_says 'expected https://NAME' "$STORY/err"

# A program of the site.
cat >"$STORY/switch" <<'SH'
#!/bin/sh
# switch FOLDER on|off|status; FOLDER/mode says how it misbehaves
mode=$(cat "$1/mode" 2>/dev/null)
case $mode in
hang) setsid sleep 86391 & sleep 86391 ;;
rubbish) printf '\033[31mon\nor off' ; exit 0 ;;
much) yes on ;;
slow) sleep 1 ;;
gone) kill -KILL $$ ;;
lie) [ "$2" = status ] || exit 0 ;;
esac
case $2 in
on | off) echo "$2" >"$1/power" ;;
status) cat "$1/power" ;;
*) echo "no $2 here" >&2 && exit 3 ;;
esac
SH
chmod +x "$STORY/switch"
mkdir "$STORY/site"
echo off >"$STORY/site/power"
machine sid "power = command $STORY/switch $STORY/site"
exercise sid
inventory 5 power sid nmi
expect_says "'switch' ended with status 3: no nmi here" "$STORY/err"
# trouble MODE VERB PATTERN: within 3 s and a little; nothing of the program is left
trouble() {
    local begun=$SECONDS
    echo "$1" >"$STORY/site/mode"
    inventory 5 power sid "$2" --within 2s
    expect_says "$3" "$STORY/err"
    [ $((SECONDS - begun)) -le 7 ] || fail "mode $1 took $((SECONDS - begun)) s"
    ! pgrep -f 'sleep 86391' >/dev/null || fail "what hung still runs"
}
trouble hang status "sid: .*the state of its power is unknown: .*was ended at its deadline of"
expect "a state that is not guessed" "sid is unknown" "$(cat "$STORY/out")"
trouble hang on "power on was not sent: the question for its state took all the time that there was: .*was ended at its deadline of"
trouble rubbish status 'cannot read the answer of .*: "\\x1b\[31mon"'
trouble much status "unknown: .*wrote more than its limit"
trouble gone status "the state of its power is unknown: .*was ended by signal 9"
trouble lie on 'took the command on, and its power still reads off'
echo hang >"$STORY/site/mode"
inventory 5 power sid on --within 2s --json
expect "what a script is told" "sid unknown" \
    "$(python3 -c 'import json, sys; [r] = json.load(sys.stdin); print(r["machine"], r["power"])' <"$STORY/out")"
echo slow >"$STORY/site/mode"
inventory 0 power sid on --within 10s
rm "$STORY/switch"
inventory 3 power sid status
expect_says "switch" "$STORY/err"

# Nobody there.
machine away "power = ipmi 127.0.0.1 port=$dead_port user=admin password-file=$STORY/ipmi/password"
inventory 5 power away status --within 2s
expect_says "away: ipmi 127.0.0.1:$dead_port: the state of its power is unknown" "$STORY/err"
machine none ""
inventory 5 power none on
expect_says 'the machine none has no power driver' "$STORY/err"

# Another's machine: refused, and with --force and a reason done and kept.
machine rosa "$rosa"
sql "SELECT lease_take('rosa', 'ann on desk7', 'k', 'her work', 600, 10)" >/dev/null
inventory 5 power rosa on
expect_says 'rosa is held by ann on desk7 \(her work\)' "$STORY/err"
inventory 2 power rosa on --force
inventory 0 power rosa on --force --why "smoke"
expect "the record" "machine rosa|1" "$(sql "SELECT source, count(*) FROM notice WHERE message LIKE '%did power on while ann on desk7 held it (her work): smoke' GROUP BY 1")"
expect "leases left" 1 "$(sql "SELECT count(*) FROM lease WHERE released_at IS NULL")"
echo ok
