#!/bin/sh
# Makes a git tree of real kernels: what Debian's source packages hold, tagged as the releases they
# are, with small commits of our own behind them.
#
#   linuxtree.sh FOLDER.git [DOWNLOADS]
#
#   v6.1.N  v6.1.N+1  v6.1.N+2    linux-source-6.1; then two point releases of our own
#   v6.12.M v6.12.M+1             linux-source-6.12 on top of v6.1.N; one point release of our own
#   v6.13-rc1                     a pre-release behind it
#   v6.1.N-4 ..                   older package versions that the archive still has, where asked for
#                                 by LINUX_OLDER="6.1.176-1 ..", oldest first
#   slow-pipe                     branch: v6.1.N with pipe writes a few loop turns slower
#   no-op                         branch: v6.1.N with a change that changes nothing
#   sixteen                       branch: v6.1.N and 16 commits, the eleventh slows getppid; the tag
#                                 sixteen-culprit is that commit
#   broken                        branch: v6.1.N that does not compile
#
# The point releases of our own have names and Makefiles as a kernel's have; their texts say that
# they are ours. Every commit has a fixed date: the same packages make the same hashes.
set -eu

[ $# -ge 1 ] || { echo "usage: linuxtree.sh FOLDER.git [DOWNLOADS]" >&2; exit 2; }
case $1 in /*) tree=$1 ;; *) tree=$PWD/$1 ;; esac
downloads=${2:-$(dirname "$tree")/linuxtree-downloads}
turns=${SLOW_TURNS:-64}
[ ! -e "$tree" ] || { echo "linuxtree.sh: $tree is there already" >&2; exit 2; }

work=$tree.work
index=$tree.index
clock=1700000000
trap 'rm -rf "$work" "$index"' EXIT
mkdir -p "$downloads"

say() { printf '%s  %s\n' "$(date -u +%H:%M:%S)" "$*"; }
die() { echo "linuxtree.sh: $*" >&2; exit 1; }

# A folder of its own as index and work tree; every file goes straight into a pack, without deltas.
g() {
    GIT_DIR=$tree GIT_WORK_TREE=$work GIT_INDEX_FILE=$index git -c core.bigFileThreshold=1 \
        -c core.compression=1 -c core.looseCompression=1 -c gc.auto=0 -c core.autocrlf=false "$@"
}

# Commits what the work tree holds. $1: text. Each is an hour after the one before.
commit() {
    clock=$((clock + 3600))
    GIT_AUTHOR_NAME='Marvin Tests' GIT_AUTHOR_EMAIL=tests@example.org GIT_AUTHOR_DATE="$clock +0000" \
        GIT_COMMITTER_NAME='Marvin Tests' GIT_COMMITTER_EMAIL=tests@example.org \
        GIT_COMMITTER_DATE="$clock +0000" g commit --quiet --allow-empty-message -m "$1"
}

release() {
    GIT_COMMITTER_NAME='Marvin Tests' GIT_COMMITTER_EMAIL=tests@example.org \
        GIT_COMMITTER_DATE="$clock +0000" g tag -a -m "Linux ${1#v}" "$1"
}

# The newest downloaded package of that name, or of that version where one is given.
find_deb() {
    find "$downloads" -name "$1_${2:-*}_all.deb" -printf '%f\n' | sort -V | tail -n 1
}

# Puts a package's source tree in place of the work tree. $1: package, $2: version or empty.
# Sets version, as the Makefile has it.
import() {
    deb=$(find_deb "$1" "$2")
    if [ -z "$deb" ]; then
        say "download $1${2:+=$2}"
        (cd "$downloads" && apt-get download -q "$1${2:+=$2}") >/dev/null 2>&1 ||
            die "apt-get download $1${2:+=$2} failed in $downloads"
        deb=$(find_deb "$1" "$2")
    fi
    rm -rf "$work"
    mkdir -p "$work"
    say "unpack $deb"
    dpkg-deb --fsys-tarfile "$downloads/$deb" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
        xz -dc -T0 | tar -x -C "$work" --strip-components=1
    version=$(sed -n 's/^VERSION = //p;s/^PATCHLEVEL = /./p;s/^SUBLEVEL = /./p' "$work/Makefile" |
        tr -d '\n')
    say "import v$version"
    g add --all --force .
    commit "Linux $version

The source of the Debian package $(echo "$deb" | cut -d_ -f1-2 | tr _ ' '), with its patches."
    release "v$version"
}

# Edits one file by a sed script and insists that it changed.
edit() {
    [ -f "$work/$1" ] || die "the kernel has no $1"
    cp "$work/$1" "$work.before"
    sed -i "$2" "$work/$1"
    ! cmp -s "$work.before" "$work/$1" || die "nothing to edit in $1: $2"
    rm -f "$work.before"
    g add --force "$1"
}

# Where a branch begins: its files too.
checkout() {
    g checkout --quiet --force "$@"
}

# A comment below the first line of a C file: builds that file again and changes no instruction.
remark() {
    edit "$1" "1a /* $2 */"
    commit "$(dirname "$1"): $2"
}

# A point release as stable makes them: a remark in each of two files, and the Makefile's number.
point_release() {
    remark lib/string.c "No change of behaviour, for $1."
    remark fs/read_write.c "No change of behaviour, for $1."
    edit Makefile "s/^SUBLEVEL = .*/SUBLEVEL = ${1##*.}/"
    commit "Linux $1

A release of our own: it is not kernel.org's."
    release "v$1"
}

next() { echo "${1%.*}.$((${1##*.} + $2))"; }

git init --quiet --bare --initial-branch=master "$tree"
git -C "$tree" config gc.auto 0
git -C "$tree" config uploadpack.allowAnySHA1InWant true
for older in ${LINUX_OLDER:-}; do
    import "linux-source-$(echo "$older" | cut -d. -f1,2)" "$older"
done
import linux-source-6.1 ""
base=$version

say "commits of our own on v$base"
checkout -b linux-6.1.y
point_release "$(next "$base" 1)"
point_release "$(next "$base" 2)"

checkout -b slow-pipe "v$base"
edit fs/pipe.c "/^pipe_write(/,/Null write/s|^\t/\* Null write succeeds. \*/|\
\t/* Turns that do nothing but take time. */\n\
\tfor (unsigned int turn = 0; turn < $turns; turn++)\n\t\tbarrier();\n\n&|"
commit "pipe: take a little longer to write"
checkout -b no-op "v$base"
remark fs/pipe.c "Nothing is changed by this."

checkout -b broken "v$base"
edit fs/pipe.c "/^pipe_write(/,/Null write/s|^\tssize_t ret = 0;|&\n\tno_such_type_here broken;|"
commit "pipe: a change that does not compile"

checkout -b sixteen "v$base"
n=0
for file in kernel/fork.c kernel/signal.c fs/open.c fs/namei.c mm/mmap.c mm/page_alloc.c \
    lib/vsprintf.c net/socket.c net/core/sock.c drivers/block/virtio_blk.c SLOW fs/ext4/inode.c \
    kernel/time/timekeeping.c kernel/sys.c lib/string.c init/main.c; do
    n=$((n + 1))
    if [ "$file" != SLOW ]; then
        remark "$file" "Harmless edit $n of 16."
        continue
    fi
    edit kernel/sys.c "/^SYSCALL_DEFINE0(getppid)/,/^}/s|^\tint pid;|&\n\n\
\tfor (unsigned int turn = 0; turn < $turns; turn++)\n\t\tbarrier();|"
    commit "sys: getppid looks twice"
    g tag sixteen-culprit
done

checkout master
import linux-source-6.12 ""
point_release "$(next "$version" 1)"
edit Makefile 's/^PATCHLEVEL = .*/PATCHLEVEL = 13/;s/^SUBLEVEL = .*/SUBLEVEL = 0/;s/^EXTRAVERSION =.*/EXTRAVERSION = -rc1/'
remark lib/string.c "The merge window is closed."
release v6.13-rc1
g symbolic-ref HEAD refs/heads/master
say "done: $(du -sh "$tree" | cut -f1), $(git -C "$tree" rev-list --all --count) commits"
git -C "$tree" for-each-ref --format='%(objecttype) %(refname) %(objectname:short)'
