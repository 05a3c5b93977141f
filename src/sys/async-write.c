/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: writes that may sleep in the kernel for ever. A process in such a sleep can't be killed and can't
 * exit, and neither could a program with a thread in it: so another process does the write, and is left behind. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "sys/live.h"
#include "sys/sys.h"

/* A request: the path with its NUL, and the value. The answer: 0 or a negative errno. */
#define REQUEST_MAX (PATH_MAX + 4096)

static int do_write(int root_fd, const char *request, size_t n)
{
        size_t path = strlen(request) + 1;
        CLEANUP_CLOSE int fd = openat(root_fd, request, O_WRONLY | O_NOCTTY | O_CLOEXEC);
        ssize_t written;

        if (fd < 0)
                return -errno;
        written = write(fd, request + path, n - path);
        if (written < 0)
                return -errno;
        return (size_t) written == n - path ? 0 : -EIO;
}

/* Above the standard streams, which may be closed. */
static int open_null(void)
{
        CLEANUP_CLOSE int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

        return fd < 0 ? -errno : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static void drop_streams(int root_fd, int socket_fd)
{
        CLEANUP_CLOSE int null = open_null();

        for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
                if (fd != root_fd && fd != socket_fd) /* theirs where the program was started without a standard input */
                        (void) dup2(null, fd);
}

/* It must hold nothing that outlives it: not the lock, and not the pipe that someone reads our output from. */
static void let_go(int root_fd, int socket_fd)
{
        unsigned low = (unsigned) MIN_OF(root_fd, socket_fd), high = (unsigned) MAX_OF(root_fd, socket_fd);

        drop_streams(root_fd, socket_fd);
        if (low > STDERR_FILENO + 1)
                (void) close_range(STDERR_FILENO + 1, low - 1, 0);
        if (high > low + 1)
                (void) close_range(low + 1, high - 1, 0);
        (void) close_range(high + 1, ~0U, 0);
}

static void serve(int root_fd, int socket_fd)
{
        char request[REQUEST_MAX + 1];

        let_go(root_fd, socket_fd);
        (void) prctl(PR_SET_NAME, BLOCKED_COMM);
        for (;;) {
                ssize_t n = recv(socket_fd, request, REQUEST_MAX, 0);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        _exit(0); /* who asked has ended, or has given it up */
                request[n] = '\0';
                r = do_write(root_fd, request, (size_t) n);
                if (send(socket_fd, &r, sizeof(r), MSG_NOSIGNAL) < 0)
                        _exit(0);
        }
}

static int start_writer(struct live *live, struct writer *writer)
{
        int fds[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        pid = fork();
        if (pid < 0) {
                int r = -errno;

                close(fds[0]);
                close(fds[1]);
                return r;
        }
        if (pid == 0) {
                close(fds[0]);
                serve(live->root_fd, fds[1]);
        }
        close(fds[1]);
        *writer = (struct writer){ .pid = pid, .fd = fds[0] };
        return 0;
}

/* One that is idle, or a new one. Returns its index or -errno. */
static int find_writer(struct live *live)
{
        size_t i = live->n_writers;
        int r;

        for (size_t k = live->n_writers; k-- > 0;)
                if (live->writers[k].pid == 0)
                        i = k;
                else if (!live->writers[k].busy)
                        return (int) k;
        if (i == live->n_writers)
                ARRAY_APPEND(live->writers, live->n_writers, live->alloc_writers);
        r = start_writer(live, &live->writers[i]);
        return r < 0 ? r : (int) i;
}

/* The function that it sleeps in: the first of its kernel stack ("[<0>] vfio_unregister_group_dev+0x…"), or its wchan. */
static void find_where(int pid, char where[static 64])
{
        char path[64], line[256] = "";
        const char *name = line;
        FILE *f;

        where[0] = '\0';
        (void) snprintf(path, sizeof(path), "/proc/%d/stack", pid);
        f = fopen(path, "re");
        /* The first ones are the sleep itself: schedule, wait_for_completion and such are left out by the kernel. */
        if (!f || !fgets(line, sizeof(line), f)) {
                if (f)
                        (void) fclose(f);
                (void) snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
                f = fopen(path, "re");
                if (!f || !fgets(line, sizeof(line), f))
                        line[0] = '\0';
        }
        if (f)
                (void) fclose(f);
        if (strchr(line, ']'))
                name = strchr(line, ']') + 1;
        while (*name == ' ')
                name++;
        (void) snprintf(where, 64, "%.*s", (int) strcspn(name, "+/ \n"), name);
        if (streq(where, "0"))
                where[0] = '\0';
}

/* It ends with its socket, once it is idle. */
static void close_writer(struct writer *writer)
{
        writer->fd = close_fd(writer->fd);
        if (!writer->busy)
                (void) waitpid(writer->pid, NULL, 0);
        *writer = (struct writer){ .fd = -1 };
}

/* The one that sleeps stays behind, and is given no more to do. */
static int abandon(struct writer *writer, struct blocked_write *ret)
{
        ret->pid = writer->pid;
        find_where(writer->pid, ret->where);
        close_writer(writer);
        return -ETIMEDOUT;
}

int live_write_begin(void *userdata, const char *path, const char *value, size_t len, uint64_t limit)
{
        struct live *live = userdata;
        size_t path_len = strlen(path) + 1;
        char request[REQUEST_MAX];
        int r;

        if (live->captured)
                return -EROFS;
        if (path_len > PATH_MAX || path_len + len > sizeof(request))
                return -ENAMETOOLONG;
        live_forget_device(live);
        r = find_writer(live);
        if (r < 0)
                return r;
        memcpy(request, path, path_len);
        memcpy(request + path_len, value, len);
        if (send(live->writers[r].fd, request, path_len + len, MSG_NOSIGNAL) < 0) {
                int error = -errno;

                close_writer(&live->writers[r]); /* it was killed: the next write has another */
                return error;
        }
        live->writers[r].busy = true;
        live->writers[r].deadline = live_now(live) + limit;
        return r;
}

int live_write_end(void *userdata, int number, struct blocked_write *ret)
{
        struct live *live = userdata;
        struct writer *writer = &live->writers[number];

        live_forget_device(live);
        for (;;) {
                struct pollfd fd = { .fd = writer->fd, .events = POLLIN };
                uint64_t now = live_now(live);
                struct timespec left = { 0 };
                int r, answer;

                if (now < writer->deadline) {
                        left.tv_sec = (time_t) ((writer->deadline - now) / 1000000);
                        left.tv_nsec = (long) ((writer->deadline - now) % 1000000 * 1000);
                }
                /* Past the deadline it may have come back all the same, while another was waited for. */
                r = ppoll(&fd, 1, &left, NULL);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r == 0 && now >= writer->deadline)
                        return abandon(writer, ret);
                if (r <= 0)
                        continue;
                writer->busy = false;
                if (recv(writer->fd, &answer, sizeof(answer), 0) == (ssize_t) sizeof(answer))
                        return answer;
                close_writer(writer);
                return -EPIPE;
        }
}

void live_writers_close(struct live *live)
{
        for (size_t i = 0; i < live->n_writers; i++)
                if (live->writers[i].pid > 0)
                        close_writer(&live->writers[i]);
        free(live->writers);
        live->writers = NULL;
        live->n_writers = live->alloc_writers = 0;
}
