# SPDX-License-Identifier: Apache-2.0
# Which accelerator and processor QEMU gets.
#
# A /dev/kvm that opens does not mean that a guest runs: nested virtualisation
# may stop in the firmware.  So it is tried, for a few seconds, once per boot of
# the host.  Sourced after kernel.sh.
# shellcheck shell=bash disable=SC2034,SC2154

accel_probe_limit=8

# accel_kvm: does a guest get to user space under KVM?
accel_kvm()
{
	local kept=$cache/kvm-probe boot answer=no log probe=$kernel

	# The debug kernel takes longer than the limit.
	[ "$probe" != debug ] || probe=6.1
	[ -w /dev/kvm ] || return 1
	boot=$(cat /proc/sys/kernel/random/boot_id)
	if [ "$(cut -d' ' -f1 "$kept" 2>/dev/null)" != "$boot" ]; then
		log=$(mktemp "$cache/kvm.XXXXXX")
		{ timeout -k 1 $accel_probe_limit qemu-system-x86_64 -accel kvm \
			-cpu host -m 256 -nodefaults -no-user-config -display none \
			-no-reboot -serial null \
			-kernel "$cache/vmlinux-$probe" \
			-initrd "$cache/initramfs-$probe" -append 'quiet vm.probe panic=-1' \
			-device virtio-serial-pci -chardev "file,id=status,path=$log" \
			-device virtserialport,chardev=status,name=status \
			</dev/null >/dev/null || true; } 2>/dev/null
		[ "$(cat "$log")" != up ] || answer=yes
		rm -f "$log"
		say "a guest under KVM reached user space: $answer"
		printf '%s %s\n' "$boot" "$answer" >"$kept"
	fi
	[ "$(cut -d' ' -f2 "$kept")" = yes ]
}

# accel_options ICOUNT PARALLEL: sets accel, the processor options for QEMU.
#
# TCG with a thread for each processor now and then loses a store into code that the
# other one is translating, so a kernel that rewrites itself, as it does to attach a
# program, meets a breakpoint that is gone ("Oops: int3", or worse).  Toggling a few
# static keys of the scheduler gets QEMU 7.2 and 10.0 there within half a minute;
# with one thread for both processors it does not happen.
accel_options()
{
	if [ -n "$1" ]; then
		# One guest instruction is one nanosecond.  TCG counts every iteration
		# of a REP instruction, so the guest must not choose them.
		accel=(-accel tcg -icount shift=0
			-cpu max,la57=off,-erms,-fsrm -smp 1)
	elif accel_kvm; then
		accel=(-accel kvm -cpu host -smp 2)
	else
		# Without -cx16, kernel 6.12 crashes at random under TCG.  It goes through each
		# iteration of a REP instruction: by words instead of bytes the hooks' programs
		# load with a fifth less of the host's time.
		accel=(-accel "tcg,thread=${2:-single}" -cpu max,la57=off,-cx16,-erms,-fsrm -smp 2)
	fi
}
