/*
 * In which mode a virtual machine runs. /dev/kvm cannot be believed: on some computers it opens,
 * the first instructions run, and a guest dies minutes later. So KVM is used where a boot has
 * proved it: a guest that worked for a while. The answer is kept in STATE/vm/kvm with the
 * computer's kernel and processor, and asked again when they change.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/vm.h"

/*
 * The mode for accel = kvm|icount|tcg|auto: "kvm", "tcg" or "icount". auto: kvm where it is proved,
 * else icount. The first time it may take a minute and a half, with boot's kernel. *ret_why (may be
 * NULL): why KVM is not used, where it was wished; freed by the caller. ERROR_MACHINE: accel = kvm,
 * and it does not work (why).
 */
bool vm_mode_choose(const Machine *machine, const char *state, const VmBoot *boot,
                    int64_t deadline_ms, const char **ret_mode, char **ret_why, GError **error);

/* A guest has died of KVM after all: from now on it does not work here. */
void vm_accel_condemn(const char *state, const char *why);
