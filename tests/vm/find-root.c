/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The init of a small initramfs: loads the modules that the root is reached by, mounts /dev/vda and starts its init.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char *what)
{
        dprintf(STDERR_FILENO, "find-root: %s: %s\n", what, strerror(errno));
        return 1;
}

/* One that the CPU has no use for is refused (crc32c-intel): what is missing is seen when the root is mounted. */
static void load(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
                failed(path);
        if (fd >= 0)
                close(fd);
}

/* The modules are /modules/00, /modules/01 and on, in the order in which they depend on each other. */
static void load_all(void)
{
        char path[32];

        for (int n = 0; n < 100; n++) {
                snprintf(path, sizeof(path), "/modules/%02d", n);
                if (access(path, F_OK) < 0)
                        return;
                load(path);
        }
}

int main(void)
{
        if (mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") < 0)
                return failed("/dev");
        load_all();
        if (mount("/dev/vda", "/root", "ext4", 0, NULL) < 0)
                return failed("/dev/vda");
        if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) < 0)
                return failed("/root/dev");
        if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
                return failed("/root");
        execl("/sbin/init", "/sbin/init", NULL);
        return failed("/sbin/init");
}
