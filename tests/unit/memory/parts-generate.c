/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other programs' files, and what generate makes of them, without memory. */
#include <stdlib.h>
#include <string.h>

#include "import/generate.h"
#include "unit/facts.h"
#include "unit/memory/fault.h"
#include "unit/memory/parts.h"

#define UUID "83c32df7-d52e-4ec1-9668-1f3c7e4df107"

static int add_cmdline(struct rivals *r, const char *file, char *text, size_t len)
{
        return rivals_add_cmdline(r, file, text, len, true);
}

/* An entry of each kind, and a mistake. */
static const struct {
        int (*add)(struct rivals *r, const char *file, char *text, size_t len);
        const char *file, *text;
} files[] = {
        { rivals_add_driverctl, "/d/pci-0000:0b:00.0", "vfio-pci\n" },
        { rivals_add_driverctl, "/d/vmbus-x", "x" },
        { rivals_add_mdevctl, "/m/mtty/" UUID,
          "{\"mdev_type\": \"mtty-2\", \"start\": \"manual\", \"attrs\": [{\"level\": \"3\"}, {\"mode\": \"x\"}]}" },
        { rivals_add_mdevctl, "/m/mtty/" UUID, "{" },
        { rivals_add_modprobe, "/etc/modprobe.d/v.conf",
          "options vfio-pci ids=1000:97,x,10de:2484 disable_vga=1\nsoftdep nouveau pre: vfio-pci\nblacklist radeon\n"
          "options igb max_vfs=7\ninstall vfio-pci /sbin/x.sh\nblacklist pcspkr\n" },
        { rivals_add_modules, INITRAMFS_MODULES, "vfio\nvfio_pci ids=10de:2484 disable_vga=1\n" },
        { rivals_add_grub, "/etc/default/grub", "GRUB_CMDLINE_LINUX=\"pci-stub.ids=10de:2484\"\n" },
        { rivals_add_link, "/l", "[Match]\nOriginalName=e\n[SR-IOV]\n" },
        { rivals_add_script, "/etc/rc.local",
          "D=0000:0b:00.0\necho vfio-pci >/sys/bus/pci/devices/$D/driver_override; /usr/local/bin/x\n"
          "echo 1 >/sys/class/net/e/device/sriov_numvfs\n" },
        { rivals_add_initramfs, "/etc/dracut.conf", "add_drivers+=\" vfio vfio_pci \"\n" },
        { add_cmdline, "/proc/cmdline", "quiet vfio-pci.ids=10de:2484,dead:beef" },
        { rivals_add_sysfs, "/etc/sysfs.conf",
          "bus/pci/devices/0000:04:00.0/sriov_numvfs = 2\nx\nclass/net/e/sriov_numvfs = 1" },
};

static int add_file(struct rivals *rivals, size_t i, bool counted)
{
        CLEANUP_FREE char *text = xstrdup(files[i].text);
        size_t len = strlen(text);

        return counted ? IN_CORE(files[i].add(rivals, files[i].file, text, len))
                       : files[i].add(rivals, files[i].file, text, len);
}

int part_rivals(const struct world *w, struct strbuf *text)
{
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        int r = 0;

        (void) w;
        for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++)
                r = add_file(&rivals, i, true);
        for (size_t i = 0; i < rivals.n && r == 0; i++)
                strbuf_addf(text, "%s:%u %s %zu\n", rivals.items[i].file, rivals.items[i].line,
                            rival_kind_name(rivals.items[i].kind), rivals.items[i].n_attrs);
        for (size_t i = 0; i < rivals.n_lines && r == 0; i++)
                strbuf_addf(text, "%s:%u %d\n", rivals.lines[i].file, rivals.lines[i].line, rivals.lines[i].what);
        for (size_t i = 0; i < rivals.notes.n && r == 0; i++)
                strbuf_addf(text, "%s: %s\n", rivals.notes.items[i].file, rivals.notes.items[i].text);
        return r;
}

int part_generate(const struct world *w, struct strbuf *text)
{
        CLEANUP_RIVALS struct rivals rivals = { 0 };
        const struct generate_input input = { w->p.inv, &rivals, (1U << GENERATE_SOURCES) - 1 };
        char *written = NULL;
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                assert_int_equal(add_file(&rivals, i, false), 0);
        r = IN_CORE(generate_config(&input, &written));
        if (r == 0)
                part_add(text, written);
        return r;
}
