/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt: domains and networks, by expat. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strutil.h"
#include "base/uuid.h"
#include "vmdef/vmdef.h"

#define DEPTH_MAX 64

struct reader {
        struct vmdefs *defs;
        const char *file;
        XML_Parser parser;
        struct vm vm;
        struct strbuf path; /* "/domain/devices/hostdev" */
        struct strbuf name;
        unsigned depth;
        unsigned n_hostdevs, n_interfaces, n_disks;
        bool open;      /* in an element that may name a device: */
        bool is_device; /* it does, by what its attributes say */
        struct vm_device device;
        const char *wrong;
};

static const char *attribute(const char **attributes, const char *name)
{
        for (size_t i = 0; attributes[i]; i += 2)
                if (streq(attributes[i], name))
                        return attributes[i + 1];
        return NULL;
}

static bool attribute_is(const char **attributes, const char *name, const char *value)
{
        return streq_ptr(attribute(attributes, name), value);
}

/* Expat 2.9 deprecates the one, older ones don't have the other. */
static unsigned line_of(const struct reader *r)
{
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
        return (unsigned) XML_GetCurrentLineNumber64(r->parser);
#else
        return (unsigned) XML_GetCurrentLineNumber(r->parser);
#endif
}

static void stop(struct reader *r, const char *why)
{
        r->wrong = why;
        (void) XML_StopParser(r->parser, XML_FALSE);
}

/* As virStrToLong() reads it: hexadecimal behind 0x. A domain may be left out. */
static bool read_number(const char **attributes, const char *name, uint64_t max, bool needed, uint64_t *ret)
{
        const char *text = attribute(attributes, name), *hex = text ? after_prefix(text, "0x") : NULL;

        *ret = 0;
        if (!text)
                return !needed;
        return parse_unsigned(hex ? hex : text, hex ? 16 : 10, max, ret) == 0;
}

static void note_address(struct reader *r)
{
        const struct config_loc loc = { r->file, line_of(r) };

        diag_add(&r->defs->notes, DIAG_WARNING, &loc,
                 "expected the address of a PCI device: domain, bus, slot and function");
}

static bool read_address(const char **attributes, struct pci_address *ret)
{
        uint64_t domain, bus, slot, function;

        if (!read_number(attributes, "domain", UINT32_MAX, false, &domain) ||
            !read_number(attributes, "bus", 0xff, true, &bus) || !read_number(attributes, "slot", 0x1f, true, &slot) ||
            !read_number(attributes, "function", 7, true, &function))
                return false;
        *ret = (struct pci_address){ (uint32_t) domain, (uint8_t) bus, (uint8_t) slot, (uint8_t) function };
        return true;
}

static void device_begin(struct reader *r, const char *key, unsigned number)
{
        r->open = true;
        r->is_device = false;
        r->device = (struct vm_device){ .number = number, .line = line_of(r) };
        replace_string(&r->device.key, key);
}

/* Its strings are given away, or freed. */
static void device_end(struct reader *r)
{
        struct vm_device device = r->device;

        r->device = (struct vm_device){ 0 };
        if (r->is_device && (device.has_address || device.has_uuid || device.network || device.interface))
                *(struct vm_device *) ARRAY_APPEND(r->vm.devices, r->vm.n_devices, r->vm.alloc_devices) = device;
        else {
                free(device.key);
                free(device.network);
                free(device.interface);
        }
        r->open = r->is_device = false;
}

static void on_source_address(struct reader *r, const char **attributes)
{
        const char *uuid = attribute(attributes, "uuid");

        if (uuid)
                r->device.has_uuid = uuid_parse(uuid, r->device.uuid) == 0;
        else
                r->device.has_address = read_address(attributes, &r->device.address);
        if (!r->device.has_address && !r->device.has_uuid)
                note_address(r);
}

static void on_domain(struct reader *r, const char *path, const char **attributes)
{
        if (streq(path, "/hostdev")) {
                device_begin(r, "hostdev", ++r->n_hostdevs);
                r->is_device = attribute_is(attributes, "type", "pci") || attribute_is(attributes, "type", "mdev");
                r->device.managed = attribute_is(attributes, "managed", "yes");
        } else if (streq(path, "/interface")) {
                device_begin(r, "interface", ++r->n_interfaces);
                r->is_device =
                        attribute_is(attributes, "type", "hostdev") || attribute_is(attributes, "type", "network");
                r->device.managed = attribute_is(attributes, "managed", "yes");
        } else if (streq(path, "/disk")) {
                device_begin(r, "disk", ++r->n_disks);
                r->is_device = attribute_is(attributes, "type", "nvme");
        } else if (streq(path, "/interface/source") && r->is_device)
                replace_string(&r->device.network, attribute(attributes, "network"));
        else if (streq(path, "/disk/source") && r->is_device)
                r->device.managed = attribute_is(attributes, "managed", "yes");
        else if (r->is_device && (streq(path, "/hostdev/source/address") || streq(path, "/interface/source/address") ||
                                  streq(path, "/disk/source/address")))
                on_source_address(r, attributes);
}

/* Each of its addresses is a device, and the PF stands for all of its VFs. */
static void on_forward(struct reader *r, const char *path, const char **attributes)
{
        bool managed = r->device.managed;

        if (streq(path, "/forward")) {
                device_begin(r, "forward", 1);
                r->is_device = attribute_is(attributes, "mode", "hostdev");
                r->device.managed = attribute_is(attributes, "managed", "yes");
        } else if (streq(path, "/forward/address") && r->is_device) {
                device_end(r);
                device_begin(r, "forward", 1);
                r->is_device = true;
                r->device.managed = managed;
                on_source_address(r, attributes);
        } else if (streq(path, "/forward/pf") && r->is_device)
                replace_string(&r->device.interface, attribute(attributes, "dev"));
}

static void on_start(void *userdata, const char *name, const char **attributes)
{
        struct reader *r = userdata;
        const char *below;

        if (++r->depth > DEPTH_MAX) {
                stop(r, "its elements are nested too deeply");
                return;
        }
        strbuf_addf(&r->path, "/%s", name);
        if (r->depth == 1 && !streq(name, "domain") && !streq(name, "network"))
                stop(r, "it is neither a domain nor a network");
        else if (r->depth == 1)
                r->vm.network = streq(name, "network");
        else if ((below = after_prefix(r->path.text, "/domain/devices")))
                on_domain(r, below, attributes);
        else if ((below = after_prefix(r->path.text, "/network")))
                on_forward(r, below, attributes);
}

static void on_end(void *userdata, const char *name)
{
        struct reader *r = userdata;
        static const char *const ends[] = { "/domain/devices/hostdev", "/domain/devices/interface",
                                            "/domain/devices/disk", "/network/forward" };

        if (r->wrong)
                return; /* of an empty element expat still tells the end */
        for (size_t i = 0; i < ARRAY_SIZE(ends) && r->open; i++)
                if (streq(r->path.text, ends[i]))
                        device_end(r);
        r->path.len -= strlen(name) + 1;
        r->path.text[r->path.len] = '\0';
        r->depth--;
}

static void on_text(void *userdata, const char *text, int len)
{
        struct reader *r = userdata;

        if (r->path.text && (streq(r->path.text, "/domain/name") || streq(r->path.text, "/network/name")))
                strbuf_addn(&r->name, text, (size_t) len);
}

/* libvirt writes none, and entities could be anything. */
static void on_doctype(void *userdata, const char *name, const char *sysid, const char *pubid, int has_internal)
{
        (void) name;
        (void) sysid;
        (void) pubid;
        (void) has_internal;
        stop(userdata, "a document type has no place in it");
}

static void finish(struct reader *r, bool autostart)
{
        const struct config_loc loc = { r->file, 0 };
        char *name = r->name.text ? strip(r->name.text) : NULL;

        if (isempty(name)) {
                diag_add(&r->defs->notes, DIAG_WARNING, &loc, "it has no name");
                return;
        }
        r->vm.engine = VM_LIBVIRT;
        r->vm.autostart = autostart;
        replace_string(&r->vm.id, name);
        replace_string(&r->vm.file, r->file);
        *(struct vm *) ARRAY_APPEND(r->defs->items, r->defs->n, r->defs->alloc) = r->vm;
        r->vm = (struct vm){ 0 };
}

static void reader_clear(struct reader *r)
{
        r->is_device = false;
        device_end(r);
        vm_clear(&r->vm);
        XML_ParserFree(r->parser);
        strbuf_free(&r->path);
        strbuf_free(&r->name);
}

void vmdef_add_libvirt(struct vmdefs *defs, const char *file, bool autostart, char *text, size_t len)
{
        CLEANUP(reader_clear) struct reader r = { .defs = defs, .file = file, .parser = XML_ParserCreate(NULL) };
        struct config_loc loc = { file, 0 };

        if (!r.parser || len > INT32_MAX)
                return;
        XML_SetUserData(r.parser, &r);
        XML_SetElementHandler(r.parser, on_start, on_end);
        XML_SetCharacterDataHandler(r.parser, on_text);
        XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
        if (XML_Parse(r.parser, text, (int) len, XML_TRUE) == XML_STATUS_OK) {
                finish(&r, autostart);
                return;
        }
        loc.line = line_of(&r);
        diag_add(&defs->notes, DIAG_WARNING, &loc, "%s%s", r.wrong ? "" : "it is not well-formed: ",
                 r.wrong ? r.wrong : XML_ErrorString(XML_GetErrorCode(r.parser)));
}
