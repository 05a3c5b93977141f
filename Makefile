# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds, installs and checks passthru-setup. V=1 shows the commands.

prefix ?= /usr
# Like lspci(8) and udevadm(8) it is in /usr/bin: most of its verbs are of use without root.
bindir ?= $(prefix)/bin
statedir ?= /var/lib/passthru-setup
docdir ?= $(prefix)/share/doc/passthru-setup
schemadir ?= $(prefix)/share/passthru-setup/schema
mandir ?= $(prefix)/share/man
PKG_CONFIG ?= pkg-config
CC ?= cc

# The directories that systemd names; the fallbacks are for hosts without its .pc file.
pc_dir = $(or $(shell $(PKG_CONFIG) --variable=$(2) --define-variable=prefix=$(prefix) --define-variable=rootprefix=$(prefix) $(1) 2>/dev/null),$(3))
systemdsystemunitdir ?= $(call pc_dir,systemd,systemdsystemunitdir,$(prefix)/lib/systemd/system)
# Debian 12 says /lib/udev, which is a link's way to the same.
udevdir ?= $(patsubst /lib/%,$(prefix)/lib/%,$(call pc_dir,udev,udevdir,$(prefix)/lib/udev))
catalogdir ?= $(call pc_dir,systemd,catalogdir,$(prefix)/lib/systemd/catalog)
pkglibdir ?= $(prefix)/lib/passthru-setup
bashcompletionsdir ?= $(call pc_dir,bash-completion,completionsdir,$(prefix)/share/bash-completion/completions)
fishcompletionsdir ?= $(call pc_dir,fish,completionsdir,$(prefix)/share/fish/vendor_completions.d)
# Each looks in one place only, whatever the prefix.
zshcompletionsdir ?= /usr/share/zsh/vendor-completions
initramfstoolsdir ?= /usr/share/initramfs-tools
hooksdir ?= $(prefix)/share/passthru-setup/hooks
# libvirt looks nowhere else, and its AppArmor profile lets it run nothing else.
libvirthooksdir ?= /etc/libvirt/hooks/qemu.d
# Only where mkinitcpio is; a package for Arch names it.
initcpiodir ?= $(wildcard /usr/lib/initcpio)
dracutmodulesdir ?= $(call pc_dir,dracut,dracutmodulesdir,/usr/lib/dracut/modules.d)

VERSION := 0.2
# libkmod is loaded when it is first needed (src/sys/kmod.c): its headers alone are of use here.
LIBS := libsystemd libudev inih jansson libmnl smartcols expat

O ?= build
CFLAGS ?= -O2 -g
warnings := -Wall -Wextra -Wshadow -Wformat=2 -Wno-format-nonliteral -Wmissing-prototypes -Wstrict-prototypes \
	-Wpointer-arith -Wundef -Wvla -Wwrite-strings
hardening := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
lib_cflags := $(shell $(PKG_CONFIG) --cflags $(LIBS) libkmod 2>/dev/null)
lib_libs = $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Isrc $(warnings) $(lib_cflags) $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now -Wl,--as-needed -pie $(LDFLAGS)

ifneq ($(V),1)
quiet = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

# Each program's main and what only it has; all other rooms (src/ROOMS) are a library.
helper_src := src/helper/udev-helper.c
main_src := $(wildcard src/cmd/*.c)
lib_src := $(filter-out $(helper_src) $(main_src),$(wildcard src/*/*.c))
obj = $(patsubst src/%.c,$(O)/%.o,$(1))

# udev starts the helper for every device that comes, and the initramfs has no libraries: it is linked statically.
# HELPER_LDFLAGS=-pie makes it a program as any other.
HELPER_LDFLAGS ?= -static-pie

all: $(O)/passthru-setup $(O)/passthru-setup-helper

$(O)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS) $(hardening) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Built anew: an archive keeps what its sources no longer have.
$(O)/libpassthru.a: $(call obj,$(lib_src))
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

$(O)/passthru-setup: $(call obj,$(main_src)) $(O)/libpassthru.a
	$(call quiet,LINK,$@)$(CC) $(ALL_LDFLAGS) $(CFLAGS) -o $@ $^ $(lib_libs)

$(O)/passthru-setup-helper: $(call obj,$(helper_src)) $(O)/libpassthru.a
	$(call quiet,LINK,$@)$(CC) -Wl,-z,relro,-z,now $(HELPER_LDFLAGS) -Wl,--gc-sections $(CFLAGS) -o $@ $^ -linih

units := passthru-setup.service passthru-setup@.service passthru-setup-claim.service passthru-setup-early.service \
	passthru-setup-ready@.service
schemas := $(wildcard conf/schema/*.json)
pages := passthru-setup.8 passthru-setup-capture.8 passthru-setup.service.8 passthru.conf.5
# What a page is looked for by besides its name.
unit_links := $(filter-out passthru-setup.service,$(units))
page_links := $(unit_links:=.8) passthru.conf.d.5
installed_page = $(DESTDIR)$(mandir)/man$(patsubst .%,%,$(suffix $(1)))/$(1)
# A file with the directories that it names: from, to, mode.
with_directories = sed -e 's|@bindir@|$(bindir)|g' -e 's|@udevdir@|$(udevdir)|g' -e 's|@pkglibdir@|$(pkglibdir)|g' \
	$(1) >$(DESTDIR)$(2) && chmod $(3) $(DESTDIR)$(2)

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(systemdsystemunitdir) $(DESTDIR)$(catalogdir) \
		$(DESTDIR)$(docdir)/examples $(DESTDIR)$(udevdir)/rules.d $(DESTDIR)$(statedir)
	install -m 755 $(O)/passthru-setup $(DESTDIR)$(bindir)/passthru-setup
	install -m 755 conf/passthru-setup-capture $(DESTDIR)$(bindir)/passthru-setup-capture
	install -m 755 $(O)/passthru-setup-helper $(DESTDIR)$(udevdir)/passthru-setup-helper
	$(foreach unit,$(units),$(call with_directories,units/$(unit).in,$(systemdsystemunitdir)/$(unit),644) &&) :
	$(call with_directories,udev-rules/60-passthru-setup.rules.in,$(udevdir)/rules.d/60-passthru-setup.rules,644)
	install -m 644 units/passthru-setup.catalog $(DESTDIR)$(catalogdir)/passthru-setup.catalog
	install -d $(DESTDIR)$(pkglibdir) $(DESTDIR)$(initramfstoolsdir)/hooks \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-top $(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom \
		$(DESTDIR)$(dracutmodulesdir)/90passthru-setup
	$(call with_directories,units/initramfs-copy.in,$(pkglibdir)/initramfs-copy,755)
	$(call with_directories,units/initramfs-tools/hook.in,$(initramfstoolsdir)/hooks/passthru-setup,755)
	$(call with_directories,units/dracut/module-setup.sh.in,$(dracutmodulesdir)/90passthru-setup/module-setup.sh,755)
	install -m 755 units/initramfs-tools/init-top $(DESTDIR)$(initramfstoolsdir)/scripts/init-top/passthru-setup
	install -m 755 units/initramfs-tools/init-bottom $(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom/passthru-setup
	install -m 644 units/dracut/passthru-setup-initramfs.service $(DESTDIR)$(dracutmodulesdir)/90passthru-setup
ifneq ($(initcpiodir),)
	install -d $(DESTDIR)$(initcpiodir)/install $(DESTDIR)$(initcpiodir)/hooks
	$(call with_directories,units/mkinitcpio/install.in,$(initcpiodir)/install/passthru-setup,644)
	$(call with_directories,units/mkinitcpio/hook.in,$(initcpiodir)/hooks/passthru-setup,644)
	install -m 644 units/dracut/passthru-setup-initramfs.service $(DESTDIR)$(pkglibdir)
endif
	install -d $(DESTDIR)$(hooksdir) $(DESTDIR)$(libvirthooksdir)
	$(call with_directories,units/hooks/libvirt.in,$(hooksdir)/libvirt,755)
	$(call with_directories,units/hooks/libvirt.in,$(libvirthooksdir)/passthru-setup,755)
	$(call with_directories,units/hooks/proxmox.in,$(hooksdir)/proxmox,755)
	install -d $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8
	$(foreach page,$(pages),install -m 644 man/$(page) $(call installed_page,$(page)) &&) :
	ln -sf passthru.conf.5 $(call installed_page,passthru.conf.d.5)
	$(foreach unit,$(unit_links),\
		ln -sf passthru-setup.service.8 $(call installed_page,$(unit).8) &&) :
	install -d $(DESTDIR)$(bashcompletionsdir) $(DESTDIR)$(fishcompletionsdir) $(DESTDIR)$(zshcompletionsdir)
	install -m 644 conf/completions/passthru-setup $(DESTDIR)$(bashcompletionsdir)/passthru-setup
	install -m 644 conf/completions/passthru-setup.fish $(DESTDIR)$(fishcompletionsdir)/passthru-setup.fish
	install -m 644 conf/completions/_passthru-setup $(DESTDIR)$(zshcompletionsdir)/_passthru-setup
	install -d $(DESTDIR)$(schemadir)
	install -m 644 $(schemas) $(DESTDIR)$(schemadir)
	sed 's|tests/golden/picture.svg|picture.svg|' README.md >$(DESTDIR)$(docdir)/README.md
	install -m 644 tests/golden/picture.svg $(DESTDIR)$(docdir)/picture.svg
	install -m 644 conf/passthru.conf $(DESTDIR)$(docdir)/examples/passthru.conf
	@# On the running host the catalog's index and the units are read anew; a package's own scripts do it elsewhere.
	if [ -z "$(DESTDIR)" ]; then journalctl --update-catalog; systemctl daemon-reload || :; \
		udevadm control --reload || :; fi

uninstall:
	rm -f $(DESTDIR)$(bindir)/passthru-setup $(DESTDIR)$(bindir)/passthru-setup-capture $(units:%=$(DESTDIR)$(systemdsystemunitdir)/%) \
		$(DESTDIR)$(udevdir)/passthru-setup-helper $(DESTDIR)$(udevdir)/rules.d/60-passthru-setup.rules \
		$(DESTDIR)$(catalogdir)/passthru-setup.catalog $(DESTDIR)$(initramfstoolsdir)/hooks/passthru-setup \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-top/passthru-setup \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom/passthru-setup \
		$(DESTDIR)$(libvirthooksdir)/passthru-setup \
		$(addprefix $(DESTDIR)$(initcpiodir)/,$(if $(initcpiodir),install/passthru-setup hooks/passthru-setup)) \
		$(foreach page,$(pages) $(page_links),$(call installed_page,$(page))) \
		$(DESTDIR)$(bashcompletionsdir)/passthru-setup $(DESTDIR)$(fishcompletionsdir)/passthru-setup.fish \
		$(DESTDIR)$(zshcompletionsdir)/_passthru-setup
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(schemadir:/schema=) $(DESTDIR)$(pkglibdir) $(DESTDIR)$(dracutmodulesdir)/90passthru-setup

# The Debian package, of a copy of the working tree, in build/deb.
deb:
	debian/make-deb $(O)/deb

# A signed apt repository with it, in build/repo. URL= says where it will be served, KEY= which key signs it.
repo: deb
	debian/make-repo $(O)/deb $(O)/repo

clean:
	rm -rf $(O)

# The tests. Each program of tests/unit and tests/fake is linked with the library, under ASan and UBSan.
# Those on the fake kernel take longest, and begin.
test_src := $(wildcard tests/fake/test-*.c tests/unit/test-*.c)
tests := $(patsubst tests/%.c,$(O)/tests/%,$(test_src))
T := $(O)/sanitized
test_cflags := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
# Each basic block calls a function, which does nothing (tests/counted.c) but in tests/fake/test-linear.c.
counted_cflags := -fsanitize-coverage=trace-pc
test_obj = $(patsubst src/%.c,$(T)/%.o,$(1))
test_helpers = $(patsubst tests/%.c,$(O)/tests/%.o,$(filter-out tests/$(1)/test-%.c,$(wildcard tests/$(1)/*.c)))

$(T)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$< (sanitized))$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(test_cflags) $(counted_cflags) -MMD -MP -c $< -o $@

$(O)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(test_cflags) -Itests -MMD -MP -c $< -o $@

$(T)/libtested.a: $(call test_obj,$(lib_src)) $(O)/tests/counted.o
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

comma := ,
# They have functions of their own in place of libkmod's and of libmnl's socket.
$(O)/tests/unit/test-live-kmod: test_ldflags := -Wl,--wrap=dlsym
$(O)/tests/unit/test-live-devlink $(O)/tests/unit/test-live-vf: test_ldflags := $(addprefix -Wl$(comma)--wrap=mnl_socket_,sendto recvfrom)

# It runs the programs themselves: the main one with little address space, the helper with a calloc() that fails.
$(O)/tests/unit/test-out-of-memory: $(O)/passthru-setup $(O)/tests/unit/passthru-setup-helper

$(O)/tests/unit/passthru-setup-helper: tests/unit/out-of-memory/calloc.c $(call obj,$(helper_src)) $(O)/libpassthru.a
	$(call quiet,LINK,$@)$(CC) $(ALL_CFLAGS) -Wl,--wrap=calloc -o $@ $^ -linih

.SECONDEXPANSION:
$(tests): $(O)/tests/%: $(O)/tests/%.o $$(call test_helpers,$$(firstword $$(subst /, ,$$*))) $(T)/libtested.a
	$(call quiet,LINK,$@)$(CC) $(test_cflags) $(test_ldflags) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(lib_libs) -lcmocka

# The fuzz targets' corpora are replayed as tests, by programs that are built as all other tests are.
fuzz_targets := $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
replays := $(fuzz_targets:%=$(O)/tests/fuzz/replay-%)
fuzz_helpers := $(filter-out tests/fake/test-%.c tests/fuzz/fuzz-%.c tests/fuzz/replay.c,$(wildcard tests/fake/*.c tests/fuzz/*.c))

$(replays): $(O)/tests/fuzz/replay-%: $(O)/tests/fuzz/fuzz-%.o $(O)/tests/fuzz/replay.o \
		$(fuzz_helpers:tests/%.c=$(O)/tests/%.o) $(T)/libtested.a
	$(call quiet,LINK,$@)$(CC) $(test_cflags) -o $@ $^ $(lib_libs) -lcmocka

build-tests: all $(tests) $(replays)

# The same targets with libFuzzer, which clang alone has.
F := $(O)/fuzz
fuzz_cc ?= clang
fuzz_cflags := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_obj = $(patsubst %.c,$(F)/%.o,$(1))

$(F)/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,FUZZCC,$<)$(fuzz_cc) $(CPPFLAGS) $(ALL_CFLAGS) $(fuzz_cflags) -fsanitize=fuzzer-no-link -Itests -MMD -MP -c $< -o $@

$(F)/libtested.a: $(call fuzz_obj,$(lib_src))
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

$(fuzz_targets:%=$(F)/fuzz-%): $(F)/fuzz-%: $(F)/tests/fuzz/fuzz-%.o $(call fuzz_obj,$(fuzz_helpers)) $(F)/libtested.a
	$(call quiet,LINK,$@)$(fuzz_cc) $(fuzz_cflags) -fsanitize=fuzzer -o $@ $^ $(lib_libs) -lcmocka

build-fuzz: $(fuzz_targets:%=$(F)/fuzz-%)

# The libraries, and cmocka for the tests: named at once, and not by a header that a compiler lacks.
require = @missing=; for l in $(1); do $(PKG_CONFIG) --exists $$l || missing="$$missing $$l"; done; \
	[ -z "$$missing" ] || { echo "Missing libraries:$$missing (as pkg-config names them)"; exit 1; } >&2

libraries:
	$(call require,$(LIBS) libkmod)

test-libraries:
	$(call require,$(LIBS) libkmod cmocka)

# They are asked for before the first compile, whatever is built.
$(call obj,$(lib_src) $(main_src) $(helper_src)): | libraries
$(test_src:tests/%.c=$(O)/tests/%.o) $(call test_obj,$(lib_src)): | test-libraries

# The tests that need neither root nor anything installed.
test: all build-tests
	tests/unit/run $(tests) $(replays)
	tests/golden/run

# Everything: installs what it needs (as root), runs every tier, ends in one line. TIERS="unit golden" runs some.
check:
	tests/check $(TIERS)

# Each target for FUZZ_TIME seconds; FUZZ_TARGETS="plan state" runs some.
fuzz:
	tests/deps build fuzz
	$(MAKE) build-fuzz
	FUZZ_TIME=$(or $(FUZZ_TIME),60) tests/fuzz/run $(or $(FUZZ_TARGETS),$(fuzz_targets))

bench:
	tests/deps
	tests/vm/host-setup
	$(MAKE) all
	tests/bench/run

coverage:
	tests/deps build check coverage
	tests/coverage/run

# host-setup brings python3 too.
demo:
	@echo "make demo boots a Debian 13 guest with an emulated NIC, an NVMe drive and mediated devices."
	@echo "What it takes is made first: 3 to 4 minutes the first time, some seconds after that."
	@tests/vm/host-setup
	@tests/vm/demo

# README's picture.
picture: all
	tests/golden/run --picture

hdr-check lint:
	tests/static/run

format:
	clang-format -i $(lib_src) $(main_src) $(helper_src) $(wildcard src/*/*.h)

# The map of the source in src/README.md.
code-map:
	tests/static/rooms --write

# The synopsis and the options in the manual, of the program's help.
manual: all
	tests/static/documented write $(O)/passthru-setup

print-cflags:
	@echo '$(filter-out -DVERSION=%,$(ALL_CFLAGS))'

print-tests:
	@echo $(tests) $(replays)

.PHONY: all libraries test-libraries test install uninstall deb repo clean build-tests build-fuzz check fuzz bench demo picture hdr-check lint format code-map manual print-cflags print-tests
.DELETE_ON_ERROR:

-include $(shell find $(O) -name '*.d' -type f 2>/dev/null)
