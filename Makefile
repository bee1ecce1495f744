# SPDX-License-Identifier: Apache-2.0
# Bailiwick: build, install, test.  `make help` is the menu.

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

VERSION := 0.1.0
B := build

# Kernels the module is built for: the two of the test machine, and `running`
# where that kernel's headers are installed.
KERNELS ?= $(if $(wildcard /lib/modules/$(shell uname -r)/build/Makefile),running) 6.1 6.12
# The kernel whose types the eBPF programs are compiled with; libbpf relocates
# them to the kernel they are loaded into.
BTF_KERNEL ?= 6.1

PREFIX ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= /lib/systemd/system
MODDIR ?= /lib/modules
DESTDIR ?=

CC := gcc
CLANG ?= clang-14
LLVM_STRIP ?= llvm-strip-14
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)

# Quiet two-column lines; V=1 shows the commands.
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n'
endif

# --- userspace ----------------------------------------------------------

ROOMS := base dns diag parse model image compile load event journal metrics sink state daemon ctl
SOURCES := $(filter-out %-main.c,$(foreach r,$(ROOMS),$(wildcard userspace/$(r)/*.c)))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDEN ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
OPT ?= -O2 -g
PKGS := libbpf libfyaml jansson sqlite3 libsystemd libnl-3.0 libnl-genl-3.0 libseccomp libcap libcrypto libssl libzstd libcares
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CPPFLAGS := -D_GNU_SOURCE -DBAILIWICK_VERSION='"$(VERSION)"' -I. -Iuserspace -Iinclude/uapi -I$(B)/ebpf
CFLAGS := -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SANITIZE)
LDFLAGS := -pie -Wl,-z,relro,-z,now $(SANITIZE)

rooms = $(foreach r,$(1),$(if $(wildcard userspace/$(r)/*.c),$(B)/lib/$(r).a))

# Each program links exactly the rooms it may know: the controller has no YAML parser.
CLIENT_ROOMS := ctl model image diag event base
CTL_ROOMS := ctl dns compile model parse diag event journal load image base
DAEMON_ROOMS := daemon metrics sink journal event load image state base
CLIENT_LIBS := -ljansson
CTL_LIBS := -lcares -lfyaml -ljansson -lbpf -lnl-genl-3 -lnl-3 -lseccomp -lcap -lcrypto -lzstd
DAEMON_LIBS := -ljansson -lsqlite3 -lsystemd -lbpf -lnl-genl-3 -lnl-3 -lseccomp -lcap -lssl -lcrypto -lzstd

all: userspace module man ## build the programs, the eBPF object and the module
userspace: $(B)/bailiwick $(B)/commands $(B)/bailiwickd $(B)/sink-nats $(B)/canary $(B)/metrics ## build the programs alone

# What somebody waits for in an emergency is not loaded behind OpenSSL: the room beside
# the ones it may use is not in the link at all, so what would need more does not link.
$(B)/bailiwick: $(B)/userspace/ctl/bailiwick-main.o $(call rooms,$(CLIENT_ROOMS))
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(CLIENT_LIBS)

$(B)/commands: $(B)/userspace/ctl/commands-main.o $(call rooms,$(CTL_ROOMS))
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(CTL_LIBS)

$(B)/bailiwickd: $(call rooms,$(DAEMON_ROOMS))
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group $(DAEMON_LIBS)

# The only one that reads what anybody on the machine may send over TCP.
$(B)/metrics: $(call rooms,metrics base)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ -Wl,--start-group $^ -Wl,--end-group -lmicrohttpd

# The process of a NATS sink: the one program that needs its library.
$(B)/sink-nats: $(B)/userspace/daemon/sink-nats-main.o $(call rooms,$(DAEMON_ROOMS))
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -Wl,--as-needed $(DAEMON_LIBS) -lnats -lpthread

# Static: the hook self-test must run where it may open no library.
$(B)/canary: userspace/load/canary-main.c
	$(say) CC $@
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) -std=gnu11 $(OPT) $(WARN) -static -MMD -MF $@.d -o $@ $<

define room_archive
$(B)/lib/$(1).a: $(patsubst %.c,$(B)/%.o,$(filter userspace/$(1)/%,$(SOURCES)))
	$(say) AR $$@
	$(Q)mkdir -p $$(@D) && rm -f $$@ && ar crs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_archive,$(r))))

$(B)/userspace/%.o: userspace/%.c
	$(say) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/userspace/load/object.o: $(B)/ebpf/bailiwick.skel.h

# --- eBPF ---------------------------------------------------------------

# The maps first: libbpf 1.1 misplaces what is defined after it was referred to.
BPF_SOURCES := ebpf/maps.bpf.c $(filter-out ebpf/maps.bpf.c,$(wildcard ebpf/*.bpf.c))
BPF_OBJECTS := $(BPF_SOURCES:%.c=$(B)/%.o)
BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter \
	-Wno-missing-declarations -D__TARGET_ARCH_x86 -Iinclude/uapi -Iebpf -I. -I$(B)/ebpf

ebpf: $(B)/ebpf/bailiwick.skel.h ## build the eBPF object and its skeleton

$(B)/ebpf/vmlinux.h:
	$(say) BTF $@
	$(Q)mkdir -p $(@D) && tests/vm/vmlinux-btf $(BTF_KERNEL) $@

$(B)/ebpf/%.bpf.o: ebpf/%.bpf.c | $(B)/ebpf/vmlinux.h
	$(say) BPF $<
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/ebpf/bailiwick.bpf.o: $(filter-out $(B)/ebpf/bailiwick.bpf.o,$(BPF_OBJECTS))
	$(say) BPFLINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/ebpf/bailiwick.skel.h: $(B)/ebpf/bailiwick.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name bailiwick_bpf > $@

# --- module -------------------------------------------------------------

KMOD_SOURCES := Kbuild $(wildcard kmod/*.[ch] kmod/*/*.[ch] include/uapi/bailiwick/*.h)
kernel_headers = $(if $(filter running,$(1)),/lib/modules/$(shell uname -r)/build,$$$$(tests/vm/headers $(1)))

module: $(foreach k,$(KERNELS),$(B)/kmod-$(k)/bailiwick.ko) ## build the module for every kernel of KERNELS

# The sources are copied, so that builds for several kernels do not meet.  The debug
# kernel's (tests/vm/debug-kernel) tests itself when it is loaded.
define module_build
$(B)/kmod-$(1)/bailiwick.ko: $(KMOD_SOURCES)
	$(say) KMOD $$@
	$(Q)mkdir -p $$(@D) && cp -r --parents $(KMOD_SOURCES) $$(@D)/ && \
		headers=$(call kernel_headers,$(1)) && \
		env -u MAKEFLAGS -u MAKELEVEL $(MAKE) -s --no-print-directory -C "$$$$headers" M=$(CURDIR)/$$(@D) KCFLAGS=-Werror $(if $(filter debug,$(1)),DEBUG=1) modules \
		> $$(@D)/log 2>&1 || { cat $$(@D)/log; exit 1; }
	$(Q)! grep -i 'warning' $$(@D)/log
endef
$(foreach k,$(sort $(KERNELS) debug),$(eval $(call module_build,$(k))))

# --- manual pages -------------------------------------------------------

MAN := $(patsubst userspace/man/%.scd,$(B)/man/%,$(wildcard userspace/man/*.scd))
man: $(MAN)
$(B)/man/%: userspace/man/%.scd
	$(say) MAN $@
	$(Q)mkdir -p $(@D) && scdoc < $< > $@

# --- installation -------------------------------------------------------

D := $(DESTDIR)
install: all ## install into DESTDIR (PREFIX, SYSCONFDIR, UNITDIR, MODDIR)
	$(say) INSTALL $(or $(DESTDIR),/)
	$(Q)install -D -m 755 $(B)/bailiwick '$(D)$(PREFIX)/bin/bailiwick'
	$(Q)install -D -m 755 $(B)/commands '$(D)$(PREFIX)/lib/bailiwick/commands'
	$(Q)install -D -m 755 $(B)/bailiwickd '$(D)$(PREFIX)/sbin/bailiwickd'
	$(Q)install -D -m 755 $(B)/sink-nats '$(D)$(PREFIX)/lib/bailiwick/sink-nats'
	$(Q)install -D -m 755 $(B)/canary '$(D)$(PREFIX)/lib/bailiwick/canary'
	$(Q)install -D -m 755 $(B)/metrics '$(D)$(PREFIX)/lib/bailiwick/metrics'
	$(Q)install -d '$(D)$(SYSCONFDIR)/bailiwick/policy.d'
	$(Q)cd policy && find . -type f | while read -r f; do \
		install -D -m 644 "$$f" "$(D)$(PREFIX)/share/bailiwick/$$f"; done
	$(Q)for p in $(MAN); do \
		install -D -m 644 "$$p" "$(D)$(PREFIX)/share/man/man$${p##*.}/$${p##*/}"; done
	$(Q)for f in README.md docs/*.md; do \
		install -D -m 644 "$$f" "$(D)$(PREFIX)/share/doc/bailiwick/$${f##*/}"; done
	$(Q)install -D -m 644 userspace/daemon/bailiwick.service '$(D)$(UNITDIR)/bailiwick.service'
	$(Q)for f in userspace/daemon/bailiwick.sysusers:$(PREFIX)/lib/sysusers.d/bailiwick.conf \
		userspace/sink/bailiwick.catalog:$(PREFIX)/lib/systemd/catalog/bailiwick.catalog \
		userspace/metrics/grafana.json:$(PREFIX)/share/bailiwick/grafana.json \
		userspace/daemon/bailiwickd.conf:$(SYSCONFDIR)/bailiwick/bailiwickd.conf \
		userspace/ctl/bailiwick.bash:$(PREFIX)/share/bash-completion/completions/bailiwick; do \
		[ ! -e "$${f%%:*}" ] || install -D -m 644 "$${f%%:*}" "$(D)$${f#*:}"; done
	$(Q)for ko in $(KERNELS:%=$(B)/kmod-%/bailiwick.ko); do \
		release=$$(/sbin/modinfo -F vermagic "$$ko" | cut -d' ' -f1) && \
		install -D -m 644 "$$ko" "$(D)$(MODDIR)/$$release/updates/bailiwick.ko"; done
	$(Q)[ -n '$(D)' ] || depmod -a

stage: all
	$(Q)rm -rf $(B)/stage && $(MAKE) -s --no-print-directory install DESTDIR=$(CURDIR)/$(B)/stage KERNELS='$(KERNELS)'

# --- tests --------------------------------------------------------------

include tests/tests.mk

deps: ## install what building and testing need (apt, as root)
	$(Q).ci/install-deps

demo: deps ## the whole product in the test machine, narrated
	$(Q)$(MAKE) --no-print-directory stage
	$(Q)tests/vm/demo/run

compdb: ## compile_commands.json for editors
	$(Q)bear --output $(B)/compile_commands.json -- $(MAKE) -B userspace

clean: ## remove what was built; the test machine's images stay
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name vm -exec rm -rf {} + 2>/dev/null || true

distclean: ## remove everything that was built
	$(Q)rm -rf $(B)

help: ## this menu
	@echo 'Bailiwick $(VERSION)'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26
	@echo '  V=1 shows commands; KERNELS="running" builds the module for this machine alone'

.PHONY: all userspace ebpf module man install stage deps demo compdb clean distclean help

-include $(OBJECTS:.o=.d) $(B)/userspace/daemon/sink-nats-main.d $(BPF_OBJECTS:.o=.d) $(B)/canary.d
