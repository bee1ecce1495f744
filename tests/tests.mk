# SPDX-License-Identifier: Apache-2.0
# What `make test` and its parts run; included by the top-level Makefile.

UNIT_SOURCES := $(wildcard tests/unit/*/*.c)
UNIT_TESTS := $(UNIT_SOURCES:%.c=$(B)/%)
UNIT_LIBS := -lcmocka -lcares -lfyaml -ljansson -lsqlite3 -lsystemd -lbpf -lnl-genl-3 -lnl-3 -lseccomp -lcap -lssl -lcrypto -lzstd
# main() of the two programs must not meet the tests'.
UNIT_ROOMS := $(call rooms,$(ROOMS))

$(B)/tests/unit/%: tests/unit/%.c $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
-include $(UNIT_TESTS:=.d)

# It looks into the stream with the library that the sink's own program has.
$(B)/tests/unit/sink/nats: UNIT_LIBS += -lnats

$(B)/tests/decide/%: tests/decide/%.c $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
$(B)/tests/load/%: tests/load/%.c $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
DECIDE_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/decide/*.c))
-include $(DECIDE_TESTS:=.d)

# The decision once more as bytecode: the same decide.h in a program of its own.
ASK := $(B)/tests/decide/kernel/ask
$(ASK).bpf.o: tests/decide/kernel/ask.bpf.c | $(B)/ebpf/vmlinux.h
	$(say) BPF $<
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
$(ASK).skel.h: $(ASK).bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name ask_bpf > $@
$(ASK): tests/decide/kernel/ask.c $(ASK).skel.h $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -I$(@D) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
-include $(ASK).d $(ASK).bpf.d

$(B)/tests/verifier/%: tests/verifier/%.c $(B)/ebpf/bailiwick.skel.h
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< -lbpf
VERIFIER_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/verifier/*.c))
-include $(VERIFIER_TESTS:=.d)

# The labelling programs as host code, over trees of the kernel's own structures.
# One instruction is the verifier's alone (BOUNDED) and is written as C.
LABEL_EBPF := maps scratch place pseudo walk object path subtree
LABEL_HEADERS := $(wildcard ebpf/*.h tests/label/*.h tests/label/shim/bpf/*.h) tests/tests.mk
LABEL_OBJECTS := $(LABEL_EBPF:%=$(B)/label/%.bpf.o) $(B)/label/tree.o $(B)/label/host.o
LABEL_CFLAGS := -std=gnu11 $(OPT) -Wall -Wextra -Werror -Wno-unused-parameter -Wno-attributes -Wno-unknown-pragmas \
	-fno-strict-aliasing $(SANITIZE) -Itests/label/shim -I$(B)/ebpf -Iinclude/uapi -I$(B)/label/ebpf
LABEL_TESTS := $(B)/tests/label/walk $(B)/tests/label/trees
as_host_code = (echo '\#line 1 "$<"' && sed 's/asm volatile("%0 &= %1" : "+r"(\([a-z_]*\)) : "i"(\([a-z_]*\)));/\1 \&= (\2);/' $<) > $@

$(B)/label/ebpf/%: ebpf/%
	$(Q)mkdir -p $(@D) && $(as_host_code)
$(B)/label/%.bpf.o: $(B)/label/ebpf/%.bpf.c $(patsubst %,$(B)/label/%,$(wildcard ebpf/*.h)) $(LABEL_HEADERS) | $(B)/ebpf/vmlinux.h
	$(say) CC ebpf/$*.bpf.c
	$(Q)$(CC) $(LABEL_CFLAGS) -c -o $@ $<
$(B)/label/tree.o: tests/label/tree.c $(patsubst %,$(B)/label/%,$(wildcard ebpf/*.h)) $(LABEL_HEADERS) | $(B)/ebpf/vmlinux.h
	$(say) CC $<
	$(Q)$(CC) $(LABEL_CFLAGS) -c -o $@ $<
$(B)/label/host.o: tests/label/host.c $(LABEL_HEADERS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS) -c -o $@ $<
$(B)/tests/label/%: tests/label/%.c $(LABEL_OBJECTS) $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -Itests/label $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< $(LABEL_OBJECTS) -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
-include $(LABEL_TESTS:=.d)

KMOD_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/kmod/*.c))
$(B)/tests/kmod/%: tests/kmod/%.c $(UNIT_ROOMS)
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
-include $(KMOD_TESTS:=.d)

# Made here, once: making a key takes the emulated machine half a minute.
$(B)/tests/kmod/keys.inc:
	$(say) KEYS $@
	$(Q)mkdir -p $(@D) && for name in author second_author approver stranger; do \
		echo "static const char $${name}_pem[] =" && \
		openssl genrsa 2048 2>/dev/null | sed 's/.*/"&\\n"/' && echo ';' || exit 1; done > $@
WITH_KEYS := $(addprefix $(B)/tests/kmod/,trust quarantine reload fuzz)
$(WITH_KEYS): $(B)/tests/kmod/keys.inc
$(WITH_KEYS): CPPFLAGS += -I$(B)

# What takes a guard out; without the guards within programs, which take their time.
MUTANTS := $(B)/mutants/exchange $(B)/mutants/programs
$(B)/mutants/exchange: tests/mutants/exchange.c
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< -lbpf
$(B)/mutants/programs: tests/mutants/programs
	$(Q)mkdir -p $(@D) && cp $< $@
-include $(B)/mutants/exchange.d
mutants: $(MUTANTS) $(B)/ebpf/bailiwick.bpf.o ## eBPF objects without a guard, for the slow matrices
	$(Q)nice tests/mutants/build $(B)/mutants $(B)/ebpf '$(CLANG)' '$(BPFTOOL)' $(BPF_CFLAGS)

# The judge of the metrics' tests is Prometheus' own.
$(B)/promtool: tests/vm/promtool
	$(say) FETCH $@
	$(Q)tests/vm/promtool $@

test-programs: $(B)/promtool $(UNIT_TESTS) $(DECIDE_TESTS) $(VERIFIER_TESTS) $(KMOD_TESTS) $(ASK) $(LABEL_TESTS)

# The kernel's self-test harness comes from Debian's linux-source, at build time.
kselftest: $(B)/kselftest-harness/.done
	$(Q)$(MAKE) -s --no-print-directory -C tests/kselftest OUTPUT=$(CURDIR)/$(B)/kselftest all
$(B)/kselftest-harness/.done:
	$(say) HARNESS $(@D)
	$(Q)tests/vm/kselftest-harness && touch $@

lint: ## include arrows, sizes, names, licences, twins
	$(Q)tests/lint/run

test: deps ## everything but the slow matrices; ends with the totals
	$(Q)$(MAKE) --no-print-directory stage test-programs kselftest
	$(Q)tests/harness/run default

test-all: deps ## the slow matrices too
	$(Q)$(MAKE) --no-print-directory stage test-programs kselftest mutants
	$(Q)tests/harness/run all

# The kernel that watches itself, and a module with mistakes for it to notice.  Both
# modules are that build's: what it was made of is their key.
DEBUG_KERNEL := $(wildcard $(or $(BAILIWICK_VM_CACHE),$(B)/vm)/vmlinux-debug.key)
TRIP := $(B)/trip/trip.ko
$(B)/kmod-debug/bailiwick.ko $(TRIP): $(DEBUG_KERNEL)
$(TRIP): tests/debug/Kbuild tests/debug/trip.c
	$(say) KMOD $@
	$(Q)mkdir -p $(@D) && cp tests/debug/Kbuild tests/debug/trip.c $(@D)/ && \
		headers=$$(tests/vm/headers debug) && \
		env -u MAKEFLAGS -u MAKELEVEL $(MAKE) -s --no-print-directory -C "$$headers" M=$(CURDIR)/$(@D) KCFLAGS=-Werror modules \
		> $(@D)/log 2>&1 || { cat $(@D)/log; exit 1; }

test-debug-kernel: deps ## the module in a kernel with KASAN, lockdep, kmemleak, UBSAN
	$(Q)nice tests/vm/debug-kernel
	$(Q)rm -rf $(B)/stage-debug && $(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(B)/stage-debug KERNELS=debug
	$(Q)$(MAKE) --no-print-directory test-programs kselftest $(TRIP)
	$(Q)BAILIWICK_STAGE=$(CURDIR)/$(B)/stage-debug tests/harness/run debug

test-host: ## lint, unit and golden tests alone: no test machine
	$(Q)$(MAKE) --no-print-directory userspace test-programs
	$(Q)tests/harness/run host

san: ## unit, golden and differential tests under ASan and UBSan
	$(Q)$(MAKE) --no-print-directory B=$(B)/san OPT='-O1 -g' HARDEN= \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' userspace test-programs
	$(Q)B=$(B)/san tests/harness/run host

COVERAGE_LEAST := 90
COVERAGE_FILES := ebpf/decide.h $(filter-out ebpf/maps.bpf.c ebpf/pseudo.bpf.c,$(LABEL_EBPF:%=ebpf/%.bpf.c))
coverage: userspace $(B)/ebpf/vmlinux.h ## lines of decision and labelling the host's tests run
	$(Q)rm -rf $(B)/coverage && mkdir -p $(B)/coverage/ebpf && ln $(B)/ebpf/vmlinux.h $(B)/coverage/ebpf/
	$(Q)$(MAKE) --no-print-directory B=$(B)/coverage OPT='-O0 -g' HARDEN= SANITIZE=--coverage \
		UNIT_ROOMS='$(UNIT_ROOMS)' coverage-programs
	$(Q)for t in $(B)/coverage/tests/decide/* $(B)/coverage/tests/label/*; do \
		if [ -x $$t ]; then $$t >$$t.log 2>&1 || { cat $$t.log; exit 1; }; fi; done
	$(Q)tests/harness/coverage $(COVERAGE_LEAST) $(B)/coverage $(COVERAGE_FILES)
coverage-programs: $(DECIDE_TESTS) $(LABEL_TESTS)

bench: deps ## instructions per operation, in the counting machine
	$(Q)$(MAKE) --no-print-directory stage
	$(Q)tests/bench/run

OPENS ?= 200000
load: deps ## a flood of OPENS=200000 denials, through auditd and through Bailiwick
	$(Q)$(MAKE) --no-print-directory stage $(B)/tests/load/rate
	$(Q)rm -rf $(B)/load-journal && $(B)/tests/load/rate $(OPENS) $(B)/load-journal; rm -rf $(B)/load-journal
	$(Q)tests/load/run $(OPENS)

CUTS ?= 100
powercut: deps ## the machine is killed CUTS=100 times while denials flow
	$(Q)$(MAKE) --no-print-directory stage
	$(Q)tests/powercut/run $(CUTS)

reboot: deps ## who is in quarantine, over two boots of the machine
	$(Q)$(MAKE) --no-print-directory stage
	$(Q)tests/reboot/run

FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/*.c))
$(B)/tests/fuzz/%: tests/fuzz/%.c $(UNIT_ROOMS)
	$(say) FUZZ $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -Wno-missing-prototypes -fsanitize=fuzzer \
		-o $@ $< -Wl,--start-group $(UNIT_ROOMS) -Wl,--end-group $(UNIT_LIBS)
fuzz-programs: $(FUZZERS)

T ?= 60
fuzz: ## libFuzzer on every parser, T=60 seconds each
	$(Q)$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang-14 OPT='-O1 -g' HARDEN= \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' fuzz-programs
	$(Q)$(MAKE) --no-print-directory userspace && rm -rf $(B)/fuzz/seeds && \
		tests/fuzz/image-seeds $(B)/fuzz/seeds/image $(B)/bailiwick
	$(Q)for f in $(notdir $(basename $(wildcard tests/fuzz/*.c))); do \
		mkdir -p $(B)/fuzz/corpus/$$f && echo "  FUZZ     $$f for $(T) s" && \
		$(B)/fuzz/tests/fuzz/$$f -max_total_time=$(T) -artifact_prefix=$(B)/fuzz/ \
			$(B)/fuzz/corpus/$$f $$(ls -d tests/fuzz/seeds/$$f $(B)/fuzz/seeds/$$f 2>/dev/null) >$(B)/fuzz/$$f.log 2>&1 || \
		{ tail -n 40 $(B)/fuzz/$$f.log; exit 1; }; tail -n 2 $(B)/fuzz/$$f.log; done

.PHONY: test-debug-kernel mutants coverage coverage-programs fuzz fuzz-programs bench load powercut reboot test-programs kselftest lint test test-all test-host san
