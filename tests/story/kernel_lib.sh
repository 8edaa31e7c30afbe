# Sourced by the stories about kernels: a tiny tree with a kernel's Makefile, so that the recipe's
# whole way is walked in a second.
# shellcheck shell=bash
# shellcheck source=tests/story/bob_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/bob_lib.sh"

# kernel_tree FOLDER: options are in Kconfig, "NAME" or "NAME NEEDED", one a line.
kernel_tree() {
    toy_tree "$1"
    mkdir -p "$1/scripts/kconfig"
    echo 'olddefconfig:' >"$1/scripts/kconfig/Makefile"
    printf '%s\n' 64BIT MODULES NET 'VIRTIO_NET NET' KERNEL_LZ4 LOCALVERSION_AUTO >"$1/Kconfig"
    cat >"$1/Makefile" <<'MAKE'
VERSION = 6
PATCHLEVEL = 1
SUBLEVEL = 0
RELEASE = $(VERSION).$(PATCHLEVEL).$(SUBLEVEL)$(LOCALVERSION)
S := $(CURDIR)
all: $(O)/arch/x86/boot/bzImage
tinyconfig:
	echo CONFIG_64BIT=y >$(O)/.config
%_defconfig:
	@echo "*** Can't find default configuration \"arch/x86/configs/$@\"!" >&2; exit 1
olddefconfig:
	awk 'FNR == NR { needs[$$1] = $$2; known[$$1]; next } { split($$0, part, "="); name = substr(part[1], 8) } \
	     /^CONFIG_/ && name in known { value[name] = part[2] } \
	     END { for (name in value) if (needs[name] == "" || needs[name] in value) print "CONFIG_" name "=" value[name] }' \
	    $(S)/Kconfig $(O)/.config | sort >$(O)/.new
	mv $(O)/.new $(O)/.config
$(O)/main.o: $(S)/main.c
	$(CC) $(KCFLAGS) -c -g -o $@ $<
$(O)/arch/x86/boot/bzImage: $(O)/main.o
	mkdir -p $(O)/arch/x86/boot $(O)/include/config $(O)/include/generated
	$(CC) -Wl,--build-id -o $(O)/vmlinux $<
	echo '#define UTS_VERSION "#$(KBUILD_BUILD_VERSION) SMP $(KBUILD_BUILD_TIMESTAMP)"' >$(O)/include/generated/utsversion.h
	echo $(RELEASE) >$(O)/include/config/kernel.release
	echo "$(KBUILD_BUILD_USER)@$(KBUILD_BUILD_HOST)" | cat $(O)/main.o - >$@
	echo "0000 T main" >$(O)/System.map
image_name:
	@echo arch/x86/boot/bzImage
modules_install:
	mkdir -p $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/kernel
	cp $(O)/main.o $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/kernel/loop.ko
	touch $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/modules.order $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/modules.builtin
	ln -s $(S) $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/build
bindeb-pkg: all
	echo deb >$(O)/../linux-image-$(RELEASE)_amd64.deb
MAKE
    echo 'int main(void) { return 0; }' >"$1/main.c"
}

# kernel_release TREE TAG: what the work tree holds, as that version.
kernel_release() {
    sed -i "s/^SUBLEVEL = .*/SUBLEVEL = ${2##*.}/" "$1/Makefile"
    echo "// $2" >>"$1/main.c"
    git -C "$1" add -A
    git -C "$1" commit -q -m "Linux ${2#v}"
    git -C "$1" tag "$2"
}

# kernel_config TREE
kernel_config() {
    cat >"$MARVIN_CONFIG/trees.d/linux.ini" <<INI
[tree linux]
url = $1
kind = kernel
config = tinyconfig
fragments = fragments/base
INI
    mkdir -p "$MARVIN_CONFIG/fragments"
    printf '%s\n' '# what a test needs' CONFIG_MODULES=y CONFIG_NET=y CONFIG_VIRTIO_NET=y '# CONFIG_LOCALVERSION_AUTO is not set' \
        >"$MARVIN_CONFIG/fragments/base"
}

# build_of SUBJECT COLUMN: of the last build of a release
build_of() {
    sql "SELECT $2 FROM build b JOIN job j ON j.id = b.job_id JOIN release r ON r.subject_id = j.subject_id
        LEFT JOIN build_config c ON c.build_id = b.id LEFT JOIN artifact a ON a.hash = b.artifact_hash
        WHERE r.name = '$1' ORDER BY b.id DESC LIMIT 1"
}

# log_of RELEASE: what its last build printed
log_of() {
    local hash
    hash=$(build_of "$1" b.log_hash)
    zstd -dcq "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"* 2>/dev/null || cat "$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}"*
}
