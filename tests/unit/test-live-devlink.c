/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The eswitch by devlink: what is asked of the kernel, byte by byte, and what becomes of its answers; what a captured
 * tree has instead. No kernel of Debian's has a device to try it on (netdevsim), so but for the first test the socket
 * is the one below (the program is linked with --wrap for both directions of libmnl's).
 */
#include "unit/kit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strutil.h"
#include "sys/sys.h"
#include "unit/tree.h"

#define FAMILY 0x1d
#define HANDLE "pci/0000:05:00.0"
#define NO_MODE 0xffff

ssize_t __real_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size);
ssize_t __real_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size);

struct message {
        _Alignas(struct nlmsghdr) char data[1024];
};

static struct {
        bool stands_in;   /* for the kernel */
        bool no_devlink;  /* it has no such family */
        bool silent;      /* it acknowledges what it should answer */
        bool interrupted; /* by a signal, in each wait for a message */
        int error;        /* its answer to what is about an eswitch */
        int lost;         /* or that of the socket */
        const char *words;
        uint16_t mode; /* what it has */
        unsigned families, gets, sets;
        struct message request, queue[4]; /* the last request; a ring of what waits to be received */
        unsigned n_queued, n_received;
} fake;

static const struct nlmsghdr *request(void)
{
        return (const void *) fake.request.data;
}

static const struct genlmsghdr *generic(void)
{
        return mnl_nlmsg_get_payload(request());
}

static const struct nlattr *attribute(uint16_t type)
{
        const struct nlattr *a;

        mnl_attr_for_each(a, request(), GENL_HDRLEN) if (mnl_attr_get_type(a) == type) return a;
        return NULL;
}

static void assert_text_attribute(uint16_t type, const char *text)
{
        const struct nlattr *a = attribute(type);

        assert_non_null(a);
        assert_int_equal(mnl_attr_get_payload_len(a),
                         strlen(text) + 1); /* with its NUL, as the kernel wants it (NLA_NUL_STRING) */
        assert_string_equal(mnl_attr_get_str(a), text);
}

/* A message to the one who asked, behind those that wait. */
static struct nlmsghdr *say(uint16_t type, uint16_t flags)
{
        struct nlmsghdr *msg;

        assert_true(fake.n_queued - fake.n_received < ARRAY_SIZE(fake.queue));
        msg = mnl_nlmsg_put_header(fake.queue[fake.n_queued++ % ARRAY_SIZE(fake.queue)].data);
        msg->nlmsg_type = type;
        msg->nlmsg_flags = flags;
        msg->nlmsg_seq = request()->nlmsg_seq;
        return msg;
}

static void answer(uint16_t family, uint8_t command, uint16_t type, uint16_t value)
{
        struct nlmsghdr *msg = say(family, 0);
        struct genlmsghdr *header = mnl_nlmsg_put_extra_header(msg, sizeof(*header));

        *header = (struct genlmsghdr){ .cmd = command, .version = 1 };
        if (value != NO_MODE)
                mnl_attr_put_u16(msg, type, value);
}

static void acknowledge(void)
{
        struct nlmsgerr *yes = mnl_nlmsg_put_extra_header(say(NLMSG_ERROR, NLM_F_CAPPED), sizeof(*yes));

        yes->msg = *request();
}

/* As netlink_ack() makes it: the errno, the request that it is for, and words behind that. */
static void refuse(int error, const char *words)
{
        struct nlmsghdr *msg = say(NLMSG_ERROR, words ? NLM_F_ACK_TLVS : 0);
        struct nlmsgerr *no = mnl_nlmsg_put_extra_header(msg, sizeof(no->error) + request()->nlmsg_len);

        no->error = -error;
        memcpy(&no->msg, request(), request()->nlmsg_len);
        if (words)
                mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, words);
}

static void answer_eswitch(void)
{
        const struct nlattr *mode = attribute(DEVLINK_ATTR_ESWITCH_MODE);
        bool set = generic()->cmd == DEVLINK_CMD_ESWITCH_SET;

        assert_int_equal(request()->nlmsg_type, FAMILY);
        assert_int_equal(generic()->version, DEVLINK_GENL_VERSION);
        assert_true(set || generic()->cmd == DEVLINK_CMD_ESWITCH_GET);
        assert_text_attribute(DEVLINK_ATTR_BUS_NAME, "pci");
        assert_text_attribute(DEVLINK_ATTR_DEV_NAME, "0000:05:00.0");
        assert_int_equal(mode != NULL, set);
        *(set ? &fake.sets : &fake.gets) += 1;
        if (fake.error) {
                refuse(fake.error, fake.words);
                return;
        }
        if (set) {
                assert_int_equal(mnl_attr_get_payload_len(mode), sizeof(uint16_t)); /* NLA_U16 */
                fake.mode = mnl_attr_get_u16(mode);
        } else if (!fake.silent)
                answer(FAMILY, DEVLINK_CMD_ESWITCH_GET, DEVLINK_ATTR_ESWITCH_MODE, fake.mode);
        acknowledge();
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *socket, const void *buf, size_t size)
{
        if (!fake.stands_in)
                return __real_mnl_socket_sendto(socket, buf, size);
        assert_true(size <= sizeof(fake.request.data));
        memcpy(fake.request.data, buf, size);
        assert_int_equal(request()->nlmsg_len, size);
        assert_int_equal(request()->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
        if (request()->nlmsg_type != GENL_ID_CTRL) {
                answer_eswitch();
                return (ssize_t) size;
        }
        fake.families++;
        assert_int_equal(generic()->cmd, CTRL_CMD_GETFAMILY);
        assert_text_attribute(CTRL_ATTR_FAMILY_NAME, "devlink");
        if (fake.no_devlink)
                refuse(ENOENT, NULL);
        else {
                answer(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, CTRL_ATTR_FAMILY_ID, FAMILY);
                acknowledge();
        }
        return (ssize_t) size;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size)
{
        static bool again;
        const struct nlmsghdr *msg;

        if (!fake.stands_in)
                return __real_mnl_socket_recvfrom(socket, buf, size);
        again = fake.interrupted && !again;
        if (fake.lost || again) {
                errno = fake.lost ? fake.lost : EINTR;
                return -1;
        }
        assert_true(fake.n_received < fake.n_queued); /* else the wait would have no end */
        msg = (const void *) fake.queue[fake.n_received++ % ARRAY_SIZE(fake.queue)].data;
        assert_true(msg->nlmsg_len <= size);
        memcpy(buf, msg, msg->nlmsg_len);
        return (ssize_t) msg->nlmsg_len;
}

static struct sys *open_fake(void)
{
        struct sys *sys = NULL;

        memset(&fake, 0, sizeof(fake));
        fake.stands_in = true;
        assert_int_equal(sys_open("/", &sys), 0);
        return sys;
}

/* Whatever this kernel has: there is no such device, and it says so in one of these ways. */
static void the_running_system(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        enum eswitch_mode mode = ESWITCH_UNKNOWN;
        char why[64] = "?";
        int r;

        (void) unused;
        assert_int_equal(sys_open("/", &sys), 0);
        for (int i = 0; i < 2; i++) { /* and again, on the same socket */
                r = sys->ops->eswitch_get(sys->userdata, "pci/ffff:ff:1f.7", &mode);
                assert_true((r == 0 && mode == ESWITCH_NONE) || (r == -EPERM && mode == ESWITCH_UNKNOWN));
        }
        r = sys->ops->eswitch_set(sys->userdata, "pci/ffff:ff:1f.7", ESWITCH_LEGACY, why, sizeof(why));
        if (r != -ENOENT && r != -ENODEV && r != -EPERM)
                fail_msg("%d", r);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, "no-handle", &mode), -EINVAL);
}

static void modes(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = open_fake();
        enum eswitch_mode mode = ESWITCH_UNKNOWN;
        char why[64] = "?";

        (void) unused;
        fake.mode = DEVLINK_ESWITCH_MODE_LEGACY;
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_LEGACY);
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_SWITCHDEV, why, sizeof(why)), 0);
        assert_string_equal(why, "");
        assert_int_equal(fake.mode, DEVLINK_ESWITCH_MODE_SWITCHDEV);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_SWITCHDEV);
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), 0);
        assert_int_equal(fake.mode, DEVLINK_ESWITCH_MODE_LEGACY);
        assert_int_equal(fake.families, 1); /* its number stays */
        assert_int_equal(fake.gets, 2);
        assert_int_equal(fake.sets, 2);
}

static void answers(void **unused)
{
        static const struct {
                int error;
                uint16_t mode;
                int result;
                enum eswitch_mode expected;
        } cases[] = {
                { ENODEV, 0, 0, ESWITCH_NONE },        /* no devlink of this device */
                { EOPNOTSUPP, 0, 0, ESWITCH_NONE },    /* it has no eswitch */
                { 0, NO_MODE, 0, ESWITCH_NONE },       /* it says nothing of one */
                { EPERM, 0, -EPERM, ESWITCH_UNKNOWN }, /* not known: no answer to "has it one?" */
                { EBUSY, 0, -EBUSY, ESWITCH_UNKNOWN },
                { 0, 2, -EBADMSG, ESWITCH_UNKNOWN }, /* a mode of a later kernel */
        };

        (void) unused;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CLEANUP(sys_freep) struct sys *sys = open_fake();
                enum eswitch_mode mode = ESWITCH_UNKNOWN;

                fake.error = cases[i].error;
                fake.mode = cases[i].mode;
                assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), cases[i].result);
                assert_int_equal(mode, cases[i].expected);
        }
}

static void no_devlink(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = open_fake();
        enum eswitch_mode mode = ESWITCH_UNKNOWN;

        (void) unused;
        fake.no_devlink = true;
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_NONE);
        assert_int_equal(fake.gets, 0);
        fake.no_devlink = false; /* a module that has come meanwhile */
        fake.mode = DEVLINK_ESWITCH_MODE_SWITCHDEV;
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_SWITCHDEV);
}

/* A driver's words come with its no, whole or as far as there is room, and never with the next. */
static void words(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = open_fake();
        char why[64], small[8];

        (void) unused;
        fake.error = EOPNOTSUPP;
        fake.words = "Can't change mode while VFs are there";
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_SWITCHDEV, why, sizeof(why)),
                         -EOPNOTSUPP);
        assert_string_equal(why, fake.words);
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_SWITCHDEV, small, sizeof(small)),
                         -EOPNOTSUPP);
        assert_string_equal(small, "Can't c");
        fake.words = NULL;
        fake.error = EBUSY;
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_SWITCHDEV, why, sizeof(why)), -EBUSY);
        assert_string_equal(why, "");
}

/* What is said of an eswitch when nothing is, and what ends a wait. */
static void no_answer(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = open_fake();
        char why[64], name[2048] = "pci/";
        enum eswitch_mode mode = ESWITCH_UNKNOWN;

        (void) unused;
        fake.mode = DEVLINK_ESWITCH_MODE_SWITCHDEV;
        fake.interrupted = true;
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_SWITCHDEV);
        fake.silent = true;
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_NONE);
        memset(name + 4, 'x', sizeof(name) - 5);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, name, &mode), -ENAMETOOLONG);
        fake.lost = ENOBUFS;
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), -ENOBUFS);
        assert_string_equal(why, "");
}

static void a_captured_tree(void **unused)
{
        CLEANUP_TREE char *root = tree_new();
        CLEANUP(sys_freep) struct sys *sys = NULL;
        enum eswitch_mode mode = ESWITCH_UNKNOWN;
        char why[8] = "?";

        (void) unused;
        tree_file(root, "eswitch/pci/0000:05:00.0", "switchdev\n");
        tree_file(root, "eswitch/pci/0000:06:00.0", "none\n");
        tree_file(root, "eswitch/pci/0000:07:00.0", "open\n");
        assert_int_equal(sys_open(root, &sys), 0);
        assert_int_equal(SYS_CALL(sys, eswitch_get, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_SWITCHDEV);
        assert_int_equal(SYS_CALL(sys, eswitch_get, "pci/0000:06:00.0", &mode), 0);
        assert_int_equal(mode, ESWITCH_NONE);
        assert_int_equal(SYS_CALL(sys, eswitch_get, "pci/0000:07:00.0", &mode), -EBADMSG);
        assert_int_equal(SYS_CALL(sys, eswitch_get, "pci/0000:08:00.0", &mode), -EOPNOTSUPP);
        assert_int_equal(mode, ESWITCH_NONE); /* left as it was */
        assert_int_equal(SYS_CALL(sys, eswitch_set, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), -EOPNOTSUPP);
}

static void small(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        enum eswitch_mode mode;
        char why[8];

        (void) unused;
        assert_int_equal(sys_open_small(&sys), 0);
        assert_int_equal(SYS_CALL(sys, eswitch_get, HANDLE, &mode), -EOPNOTSUPP);
        assert_int_equal(SYS_CALL(sys, eswitch_set, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), -EOPNOTSUPP);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_running_system), cmocka_unit_test(modes), cmocka_unit_test(answers),
                cmocka_unit_test(no_devlink),         cmocka_unit_test(words), cmocka_unit_test(no_answer),
                cmocka_unit_test(a_captured_tree),    cmocka_unit_test(small),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
