#!/bin/bash
# Consoles by the real programs: conmand, ipmi_sim's serial over LAN, a program of the site; what they
# print is kept with time stamps while nobody looks, and shown escaped to who does.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/story/rack_lib.sh
. "$(dirname "$0")/rack_lib.sh"

rack_needs ipmi_sim ipmitool conmand conman python3
read -r conman_port ipmi_port serial_port dead_port <<<"$(free_ports 4)"
printf '[marvin]\nlease = 2m\nguard = 5s\n' >"$MARVIN_CONFIG/marvin.ini"
mkdir "$STORY/conman" "$STORY/ipmi"

# The serial port of a machine: for each connection a line every 0.2 s, with colours and a bell, and
# what is typed goes to a file. $1: unix:PATH or a port.
cat >"$STORY/serial.py" <<'PY'
import os, socket, sys, threading, time
where, typed = sys.argv[1:]
if where.startswith("unix:"):
    s = socket.socket(socket.AF_UNIX)
    s.bind(where[5:])
else:
    s = socket.create_server(("127.0.0.1", int(where)))
s.listen()
def serve(c):
    threading.Thread(target=lambda: [open(typed, "ab").write(b) for b in iter(lambda: c.recv(100), b"")], daemon=True).start()
    for i in range(10**6):
        c.sendall(b"[%5d.000000] \x1b[31mline\x07 %d of the kernel\r\n" % (i, i))
        time.sleep(0.2)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
PY

# watched MACHINE: live, escaped; kept, stamped, also after the one who looked has gone
watched() {
    inventory 0 console "$1" --for 3s
    expect_says '^\[ +[0-9]+\.000000\] \\x1b\[31mline\\x07 [0-9]+ of the kernel$' "$STORY/out"
    ! grep -q $'\x1b' "$STORY/out" || fail "a console moves the terminal's cursor"
    marvin-inventory console "$1" --keep "$STORY/$1.log" --for 4s || fail "console --keep: $?"
    expect_says '^20[0-9-]+T[0-9:.]+Z \[ +[0-9]+\.000000\] .*line.* of the kernel' "$STORY/$1.log"
    [ "$(grep -c 'of the kernel' "$STORY/$1.log")" -ge 5 ] || fail "few lines: $(cat "$STORY/$1.log")"
}

rack_start "$STORY/conman/serial.log" python3 "$STORY/serial.py" "unix:$STORY/conman/tty" "$STORY/conman/typed"
until_true 20 test -S "$STORY/conman/tty"
cat >"$STORY/conman/conf" <<CONF
server port=$conman_port
server loopback=on
server pidfile="$STORY/conman/pid"
server logdir="$STORY/conman"
console name="ivor" dev="unix:$STORY/conman/tty" log="ivor.log"
CONF
rack_start "$STORY/conman/log" conmand -F -c "$STORY/conman/conf"
until_true 20 listens "$conman_port" || fail "conmand does not start: $(cat "$STORY/conman/log")"
machine ivor "console = conman ivor server=127.0.0.1:$conman_port"
machine ghost "console = conman ghost server=127.0.0.1:$conman_port"
watched ivor
# Two look at once: ConMan's consoles are joined.
marvin-inventory console ivor --for 4s >"$STORY/first" &
first=$!
inventory 0 console ivor --for 2s
expect_says 'of the kernel' "$STORY/out"
wait "$first"
expect_says 'of the kernel' "$STORY/first"
inventory 0 console ivor --sysrq w
until_true 5 grep -q w "$STORY/conman/typed" || fail "the key was not sent: $(cat -A "$STORY/conman/typed")"
inventory 5 console ghost --for 3s
expect_says 'ghost: console conman ghost .*: no connection' "$STORY/err"
machine ivor "console = conman ivor server=127.0.0.1:$dead_port"
inventory 5 console ivor --for 3s
expect_says 'ivor: console conman.*no connection: ERROR: Unable to connect' "$STORY/err"

rack_start "$STORY/ipmi/serial.log" python3 "$STORY/serial.py" "$serial_port" "$STORY/ipmi/typed"
until_true 20 listens "$serial_port"
chassis_script "$STORY/ipmi"
ipmi_start "$STORY/ipmi" "$ipmi_port" "  chassis_control \"$STORY/ipmi/chassis 0x20\"
  sol \"tcp:127.0.0.1:$serial_port\" 115200"
options="port=$ipmi_port user=admin password-file=$STORY/ipmi/password"
machine rosa "power = ipmi 127.0.0.1 $options
console = ipmi-sol 127.0.0.1 $options"
until_true 20 marvin-inventory power rosa status || fail "ipmi_sim does not answer: $(cat "$STORY/ipmi/sim.log")"
watched rosa
# A session that a killed process left behind is no obstacle.
marvin-inventory console rosa --keep "$STORY/killed.log" &
killed=$!
until_true 20 grep -q kernel "$STORY/killed.log"
kill -KILL "$killed"
wait "$killed" 2>/dev/null || true
inventory 0 console rosa --for 3s
expect_says 'of the kernel' "$STORY/out"
machine rosa "console = ipmi-sol 127.0.0.1 port=$dead_port user=admin password-file=$STORY/ipmi/password"
begun=$SECONDS
inventory 5 console rosa --for 3s
expect_says 'rosa: console ipmi-sol .*no connection' "$STORY/err"
[ $((SECONDS - begun)) -le 45 ] || fail "a dead controller took $((SECONDS - begun)) s"

printf '#!/bin/sh\nprintf "\\033[2Jof the kernel\\n"; exec sleep 86392\n' >"$STORY/tail"
printf '#!/bin/sh\necho first; echo "no such line" >&2; exit 3\n' >"$STORY/ends"
chmod +x "$STORY/tail" "$STORY/ends"
machine sid "console = command $STORY/tail"
machine end "console = command $STORY/ends"
machine gone "console = command $STORY/nosuch"
machine none ""
inventory 0 console sid --for 1s
expect "what a program prints" "\\x1b[2Jof the kernel" "$(cat "$STORY/out")"
! pgrep -f 'sleep 86392' >/dev/null || fail "the console's program still runs"
inventory 5 console end --for 5s
expect_says '^first$' "$STORY/out"
expect_says "end: console command .*: 'command' ended with status 3" "$STORY/err"
inventory 3 console gone --for 1s
inventory 5 console none
expect_says 'the machine none has no console driver' "$STORY/err"
echo ok
