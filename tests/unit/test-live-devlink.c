/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The eswitch by devlink: what is asked of the kernel, byte by byte, and what becomes of its answers; what a captured
 * tree has instead. No kernel of Debian's has a device to try it on (netdevsim), so but for the first test the socket
 * is the one below (the program is linked with --wrap=dlsym), while messages are made and taken apart by libnl itself.
 */
#include "unit/kit.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sys.h"
#include "unit/tree.h"
#include "util/strutil.h"

#define FAMILY 0x1d
#define HANDLE "pci/0000:05:00.0"
#define NO_MODE 0xffff

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);

static struct {
        bool stands_in;  /* for the kernel */
        bool no_devlink; /* it has no such family */
        int error;       /* its answer to what is about an eswitch */
        const char *words;
        uint16_t mode; /* what it has */
        unsigned families, gets, sets;
        nl_recvmsg_msg_cb_t valid, ack, any;
        nl_recvmsg_err_cb_t on_error;
        void *arg, *error_arg;
        struct nlmsghdr *request; /* the last one */
} fake;

/* libnl as it is installed; the functions that come out of it make and read messages, and need no socket. */
static void *real(const char *name)
{
        void *library = dlopen("libnl-3.so.200", RTLD_NOW), *function = library ? __real_dlsym(library, name) : NULL;

        assert_non_null(function);
        dlclose(library); /* the one under test holds it */
        return function;
}

#define REAL(name) ((__typeof__(name) *) real(#name))

static int connect_to_kernel(struct nl_sock *socket, int protocol)
{
        (void) socket;
        assert_int_equal(protocol, NETLINK_GENERIC);
        return 0;
}

static int set_callback(struct nl_sock *socket, enum nl_cb_type type, enum nl_cb_kind kind,
                        nl_recvmsg_msg_cb_t function, void *arg)
{
        (void) socket;
        assert_int_equal(kind, NL_CB_CUSTOM);
        *(type == NL_CB_VALID ? &fake.valid : type == NL_CB_ACK ? &fake.ack : &fake.any) = function;
        fake.arg = arg;
        return 0;
}

static int set_error_callback(struct nl_sock *socket, enum nl_cb_kind kind, nl_recvmsg_err_cb_t function, void *arg)
{
        (void) socket;
        assert_int_equal(kind, NL_CB_CUSTOM);
        fake.on_error = function;
        fake.error_arg = arg;
        return 0;
}

static int no_socket(const struct nl_sock *socket)
{
        (void) socket;
        return -1;
}

static int keep_request(struct nl_sock *socket, struct nl_msg *msg)
{
        struct nlmsghdr *header = REAL(nlmsg_hdr)(msg);

        (void) socket;
        free(fake.request);
        fake.request = malloc(header->nlmsg_len);
        assert_non_null(fake.request);
        memcpy(fake.request, header, header->nlmsg_len);
        return (int) header->nlmsg_len;
}

static const struct genlmsghdr *generic(void)
{
        return NLMSG_DATA(fake.request);
}

static const struct nlattr *attribute(int type)
{
        return REAL(nlmsg_find_attr)(fake.request, GENL_HDRLEN, type);
}

static void assert_text_attribute(int type, const char *text)
{
        const struct nlattr *a = attribute(type);

        assert_non_null(a);
        assert_int_equal(a->nla_len,
                         NLA_HDRLEN + strlen(text) + 1); /* with its NUL, as the kernel wants it (NLA_NUL_STRING) */
        assert_string_equal((const char *) a + NLA_HDRLEN, text);
}

static void answer(uint16_t family, uint8_t command, int type, uint16_t value)
{
        struct genlmsghdr header = { .cmd = command, .version = 1 };
        struct nl_msg *msg = REAL(nlmsg_alloc_simple)(family, 0);

        assert_non_null(msg);
        assert_int_equal(REAL(nlmsg_append)(msg, &header, sizeof(header), NLMSG_ALIGNTO), 0);
        if (value != NO_MODE)
                assert_int_equal(REAL(nla_put)(msg, type, sizeof(value), &value), 0);
        fake.any(msg, fake.arg);
        fake.valid(msg, fake.arg);
        REAL(nlmsg_free)(msg);
}

/* As netlink_ack() makes it: the errno, the request that it is for, and words behind that. */
static void refuse(int error, const char *words)
{
        struct nlmsgerr no = { .error = -error };
        struct nl_msg *msg = REAL(nlmsg_alloc_simple)(NLMSG_ERROR, words ? NLM_F_ACK_TLVS : 0);
        size_t payload = fake.request->nlmsg_len - NLMSG_HDRLEN;

        assert_non_null(msg);
        no.msg = *fake.request;
        assert_int_equal(REAL(nlmsg_append)(msg, &no, sizeof(no), 0), 0);
        assert_int_equal(REAL(nlmsg_append)(msg, (char *) fake.request + NLMSG_HDRLEN, payload, NLMSG_ALIGNTO), 0);
        if (words)
                assert_int_equal(REAL(nla_put)(msg, NLMSGERR_ATTR_MSG, (int) strlen(words) + 1, words), 0);
        fake.any(msg, fake.arg);
        fake.on_error(NULL, NLMSG_DATA(REAL(nlmsg_hdr)(msg)), fake.error_arg);
        REAL(nlmsg_free)(msg);
}

static void answer_eswitch(void)
{
        const struct nlattr *mode = attribute(DEVLINK_ATTR_ESWITCH_MODE);
        bool set = generic()->cmd == DEVLINK_CMD_ESWITCH_SET;

        assert_int_equal(fake.request->nlmsg_type, FAMILY);
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
                assert_int_equal(mode->nla_len, NLA_HDRLEN + sizeof(uint16_t)); /* NLA_U16 */
                memcpy(&fake.mode, (const char *) mode + NLA_HDRLEN, sizeof(fake.mode));
        } else
                answer(FAMILY, DEVLINK_CMD_ESWITCH_GET, DEVLINK_ATTR_ESWITCH_MODE, fake.mode);
        fake.ack(NULL, fake.arg);
}

static int answer_request(struct nl_sock *socket)
{
        (void) socket;
        assert_int_equal(fake.request->nlmsg_flags & (NLM_F_REQUEST | NLM_F_ACK), NLM_F_REQUEST | NLM_F_ACK);
        if (fake.request->nlmsg_type != GENL_ID_CTRL) {
                answer_eswitch();
                return 0;
        }
        fake.families++;
        assert_int_equal(generic()->cmd, CTRL_CMD_GETFAMILY);
        assert_text_attribute(CTRL_ATTR_FAMILY_NAME, "devlink");
        if (fake.no_devlink)
                refuse(ENOENT, NULL);
        else {
                answer(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, CTRL_ATTR_FAMILY_ID, FAMILY);
                fake.ack(NULL, fake.arg);
        }
        return 0;
}

#define FUNCTION(name, function)                                                                                      \
        {                                                                                                             \
#name, (void *) (function)                                                                            \
        }

void *__wrap_dlsym(void *library, const char *name)
{
        static const struct {
                const char *name;
                void *function;
        } functions[] = {
                FUNCTION(nl_connect, connect_to_kernel),
                FUNCTION(nl_socket_modify_cb, set_callback),
                FUNCTION(nl_socket_modify_err_cb, set_error_callback),
                FUNCTION(nl_socket_get_fd, no_socket),
                FUNCTION(nl_send_auto, keep_request),
                FUNCTION(nl_recvmsgs_default, answer_request),
        };

        for (size_t i = 0; fake.stands_in && i < ARRAY_SIZE(functions); i++)
                if (streq(name, functions[i].name))
                        return functions[i].function;
        return __real_dlsym(library, name);
}

static struct sys *open_fake(void)
{
        struct sys *sys = NULL;

        free(fake.request);
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
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), 0);
        assert_int_equal(mode, ESWITCH_SWITCHDEV);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, "pci/0000:06:00.0", &mode), 0);
        assert_int_equal(mode, ESWITCH_NONE);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, "pci/0000:07:00.0", &mode), -EBADMSG);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, "pci/0000:08:00.0", &mode), -EOPNOTSUPP);
        assert_int_equal(mode, ESWITCH_NONE); /* left as it was */
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), -EROFS);
        assert_string_equal(why, "");
}

static void small(void **unused)
{
        CLEANUP(sys_freep) struct sys *sys = NULL;
        enum eswitch_mode mode;
        char why[8] = "?";

        (void) unused;
        assert_int_equal(sys_open_small(&sys), 0);
        assert_int_equal(sys->ops->eswitch_get(sys->userdata, HANDLE, &mode), -EOPNOTSUPP);
        assert_int_equal(sys->ops->eswitch_set(sys->userdata, HANDLE, ESWITCH_LEGACY, why, sizeof(why)), -EOPNOTSUPP);
        assert_string_equal(why, "");
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_running_system),
                cmocka_unit_test(modes),
                cmocka_unit_test(answers),
                cmocka_unit_test(no_devlink),
                cmocka_unit_test(words),
                cmocka_unit_test(a_captured_tree),
                cmocka_unit_test(small),
        };
        int r = cmocka_run_group_tests(tests, NULL, NULL);

        free(fake.request);
        return r;
}
