# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds, installs and checks passthru-setup. V=1 shows the commands.

prefix ?= /usr
bindir ?= $(prefix)/bin
sysconfdir ?= /etc
docdir ?= $(prefix)/share/doc/passthru-setup
PKG_CONFIG ?= pkg-config
CC ?= cc

# The directories that systemd names; the fallbacks are for hosts without its .pc file.
pc_dir = $(or $(shell $(PKG_CONFIG) --variable=$(2) --define-variable=prefix=$(prefix) --define-variable=rootprefix=$(prefix) $(1) 2>/dev/null),$(3))
systemdsystemunitdir ?= $(call pc_dir,systemd,systemdsystemunitdir,$(prefix)/lib/systemd/system)
catalogdir ?= $(call pc_dir,systemd,catalogdir,$(prefix)/lib/systemd/catalog)
pkglibdir ?= $(prefix)/lib/passthru-setup
# Each looks in one place only, whatever the prefix.
initramfstoolsdir ?= /usr/share/initramfs-tools
dracutmodulesdir ?= $(call pc_dir,dracut,dracutmodulesdir,/usr/lib/dracut/modules.d)
dracutmodule = $(DESTDIR)$(dracutmodulesdir)/90passthru-setup

VERSION := 0.1
# libkmod is loaded when it is first needed (src/host/live-kmod.c): its headers alone are of use here.
LIBS := libsystemd libudev inih jansson

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

core_src := $(wildcard src/util/*.c src/core/*.c)
host_src := $(wildcard src/host/*.c)
main_src := $(wildcard src/*.c)
obj = $(patsubst src/%.c,$(O)/%.o,$(1))

all: $(O)/passthru-setup

$(O)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS) $(hardening) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Built anew: an archive keeps what its sources no longer have.
$(O)/libcore.a: $(call obj,$(core_src))
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

$(O)/libhost.a: $(call obj,$(host_src))
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

$(O)/passthru-setup: $(call obj,$(main_src)) $(O)/libhost.a $(O)/libcore.a
	$(call quiet,LINK,$@)$(CC) $(ALL_LDFLAGS) $(CFLAGS) -o $@ $^ $(lib_libs)


install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(systemdsystemunitdir) $(DESTDIR)$(catalogdir) \
		$(DESTDIR)$(docdir)/examples $(DESTDIR)$(sysconfdir)
	install -m 755 $(O)/passthru-setup $(DESTDIR)$(bindir)/passthru-setup
	sed 's|@bindir@|$(bindir)|g' units/passthru-setup.service.in \
		>$(DESTDIR)$(systemdsystemunitdir)/passthru-setup.service
	chmod 644 $(DESTDIR)$(systemdsystemunitdir)/passthru-setup.service
	install -m 644 units/passthru-setup.catalog $(DESTDIR)$(catalogdir)/passthru-setup.catalog
	install -d $(DESTDIR)$(pkglibdir) $(DESTDIR)$(initramfstoolsdir)/hooks \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-top $(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom $(dracutmodule)
	sed 's|@bindir@|$(bindir)|g' units/initramfs-copy.in >$(DESTDIR)$(pkglibdir)/initramfs-copy
	sed 's|@pkglibdir@|$(pkglibdir)|g' units/initramfs-tools/hook.in >$(DESTDIR)$(initramfstoolsdir)/hooks/passthru-setup
	sed 's|@pkglibdir@|$(pkglibdir)|g' units/dracut/module-setup.sh.in >$(dracutmodule)/module-setup.sh
	chmod 755 $(DESTDIR)$(pkglibdir)/initramfs-copy $(DESTDIR)$(initramfstoolsdir)/hooks/passthru-setup \
		$(dracutmodule)/module-setup.sh
	install -m 755 units/initramfs-tools/init-top $(DESTDIR)$(initramfstoolsdir)/scripts/init-top/passthru-setup
	install -m 755 units/initramfs-tools/init-bottom $(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom/passthru-setup
	install -m 644 units/dracut/passthru-setup-initramfs.service $(dracutmodule)
	install -m 644 README.md $(DESTDIR)$(docdir)/README.md
	install -m 644 conf/passthru.conf $(DESTDIR)$(docdir)/examples/passthru.conf
	@# The user's own stays as it is, its mode too.
	test -e $(DESTDIR)$(sysconfdir)/passthru.conf || { \
		sed 's/^\([^#]\)/#\1/' conf/passthru.conf >$(DESTDIR)$(sysconfdir)/passthru.conf; \
		chmod 644 $(DESTDIR)$(sysconfdir)/passthru.conf; }
	@# On the running host the catalog's index and the units are read anew; a package's own scripts do it elsewhere.
	if [ -z "$(DESTDIR)" ]; then journalctl --update-catalog; systemctl daemon-reload || :; fi

uninstall:
	rm -f $(DESTDIR)$(bindir)/passthru-setup $(DESTDIR)$(systemdsystemunitdir)/passthru-setup.service \
		$(DESTDIR)$(catalogdir)/passthru-setup.catalog $(DESTDIR)$(initramfstoolsdir)/hooks/passthru-setup \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-top/passthru-setup \
		$(DESTDIR)$(initramfstoolsdir)/scripts/init-bottom/passthru-setup
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(pkglibdir) $(dracutmodule)

clean:
	rm -rf $(O)

# The tests. Each program of tests/unit and tests/fake is linked with all of core and host, under ASan and UBSan.
test_src := $(wildcard tests/unit/test-*.c tests/fake/test-*.c)
tests := $(patsubst tests/%.c,$(O)/tests/%,$(test_src))
T := $(O)/sanitized
test_cflags := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
test_obj = $(patsubst src/%.c,$(T)/%.o,$(1))
test_helpers = $(patsubst tests/%.c,$(O)/tests/%.o,$(filter-out tests/$(1)/test-%.c,$(wildcard tests/$(1)/*.c)))

$(T)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$< (sanitized))$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(test_cflags) -MMD -MP -c $< -o $@

$(O)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(test_cflags) -Itests -MMD -MP -c $< -o $@

$(T)/libtested.a: $(call test_obj,$(core_src) $(host_src))
	$(call quiet,AR,$@)rm -f $@; $(AR) rcsD $@ $^

.SECONDEXPANSION:
$(tests): $(O)/tests/%: $(O)/tests/%.o $$(call test_helpers,$$(firstword $$(subst /, ,$$*))) $(T)/libtested.a
	$(call quiet,LINK,$@)$(CC) $(test_cflags) -o $@ $^ $(lib_libs) -lcmocka

build-tests: all $(tests)

# Everything: installs what it needs (as root), runs every tier, ends in one line. TIERS="unit golden" runs some.
check:
	tests/check $(TIERS)

bench:
	tests/deps
	tests/vm/host-setup
	$(MAKE) all
	tests/bench/run

demo:
	tests/vm/host-setup
	tests/vm/demo

hdr-check lint:
	tests/static/run

format:
	clang-format -i $(core_src) $(host_src) $(main_src) $(wildcard src/*.h src/*/*.h)

print-cflags:
	@echo '$(filter-out -DVERSION=%,$(ALL_CFLAGS))'

print-tests:
	@echo $(tests)

.PHONY: all install uninstall clean build-tests check bench demo hdr-check lint format print-cflags print-tests
.DELETE_ON_ERROR:

-include $(shell find $(O) -name '*.d' 2>/dev/null)
