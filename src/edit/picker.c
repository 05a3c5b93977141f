/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picker of add: questions that lead from a class of devices to a section. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/macro.h"
#include "base/strutil.h"
#include "config/config-keys.h"
#include "device/device-class.h"
#include "device/suggest.h"
#include "edit/edit.h"

struct picking {
        const struct inventory *inv;
        const struct plan *plan;
        const struct config *config;
        const struct edit_dialog *dialog;
        struct edit_choice *choice;
};

void edit_choice_clear(struct edit_choice *choice)
{
        free(choice->name);
        free(choice->vfs);
        *choice = (struct edit_choice){ 0 };
}

/* Shows text and asks until check() takes the answer. */
static int ask(const struct edit_dialog *dialog, const struct strbuf *text, bool (*check)(void *arg, char *answer, const char **ret_wrong),
               void *arg)
{
        CLEANUP_STRBUF struct strbuf again = { 0 };
        const char *shown = text->text;

        for (;;) {
                CLEANUP_FREE char *answer = NULL;
                const char *wrong = "", *question;
                int r = dialog->ask(dialog->userdata, shown, &answer);

                if (r < 0)
                        return r;
                if (check(arg, answer, &wrong))
                        return 0;
                question = strrchr(text->text, '\n');
                strbuf_free(&again);
                strbuf_addf(&again, "%s\n%s", wrong, question ? question + 1 : text->text);
                shown = again.text;
        }
}

struct number {
        uint64_t n, max;
        bool zero; /* may be 0 */
};

static bool check_number(void *arg, char *answer, const char **ret_wrong)
{
        struct number *number = arg;

        *ret_wrong = number->zero ? "Give a number up to what it has." : "Give one of these numbers.";
        if (!*answer)
                return number->zero || number->n > 0; /* what it is by default */
        return parse_unsigned(answer, 10, number->max, &number->n) == 0 && (number->zero || number->n > 0);
}

/* A number from 1 to max. */
static int ask_number(const struct edit_dialog *dialog, const struct strbuf *text, size_t max, size_t *ret)
{
        struct number number = { .max = max, .n = max == 1 };
        int r = ask(dialog, text, check_number, &number);

        *ret = (size_t) number.n;
        return r;
}

static bool check_answer(void *arg, char *answer, const char **ret_wrong)
{
        int *yes = arg;
        bool said;

        *ret_wrong = "Answer yes or no.";
        if (!*answer)
                return true;
        if (streq(answer, "y") || streq(answer, "Y"))
                *yes = 1;
        else if (streq(answer, "n") || streq(answer, "N"))
                *yes = 0;
        else if (parse_boolean(answer, &said) == 0)
                *yes = said;
        else
                return false;
        return true;
}

int edit_confirm(const struct edit_dialog *dialog, const char *question, bool preset)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        int yes = preset, r;

        strbuf_addf(&text, "%s [%s] ", question, preset ? "Y/n" : "y/N");
        r = ask(dialog, &text, check_answer, &yes);
        return r < 0 ? r : yes;
}

/* What can be handed over and is nobody's yet. Of a card that goes as a whole its first function stands for all. */
static bool is_offered(const struct picking *p, size_t function, enum device_class class)
{
        const struct pci_function *f = &p->inv->functions[function];

        return device_class_of(f) == class && f->physfn == NO_INDEX && !pci_function_is_bridge(f) && !device_is_of_chipset(f) &&
               !plan_item_of(p->plan, function);
}

static int pick_class(const struct picking *p, enum device_class *ret)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };
        enum device_class classes[DEVICE_CLASS_MAX];
        size_t n = 0, number;
        int r;

        strbuf_add(&text, "What is to be handed over?\n");
        for (enum device_class class = 0; class < DEVICE_CLASS_MAX; class++) {
                size_t n_devices = 0;

                for (size_t i = 0; i < p->inv->n_functions; i++)
                        n_devices += is_offered(p, i, class);
                if (n_devices == 0)
                        continue;
                classes[n++] = class;
                strbuf_addf(&text, "%3zu) %s (%zu)\n", n, device_class_name(class), n_devices);
        }
        if (n == 0)
                return -ENODEV;
        strbuf_addf(&text, "Number%s: ", n == 1 ? " [1]" : "");
        r = ask_number(p->dialog, &text, n, &number);
        if (r == 0)
                *ret = classes[number - 1];
        return r;
}

static void add_device_line(struct strbuf *b, const struct pci_function *f)
{
        char address[PCI_ADDRESS_MAX];

        strbuf_addf(b, "%s  ", pci_address_format(&f->address, address));
        add_function_name(b, f);
        strbuf_addf(b, ", %s\n", f->driver ? f->driver : "no driver");
}

static int pick_device(const struct picking *p, enum device_class class)
{
        CLEANUP_FREE size_t *functions = xcalloc(p->inv->n_functions + 1, sizeof(*functions));
        CLEANUP_STRBUF struct strbuf text = { 0 };
        size_t n = 0, number;
        int r;

        strbuf_add(&text, "Which one?\n");
        for (size_t i = 0; i < p->inv->n_functions; i++) {
                if (!is_offered(p, i, class))
                        continue;
                functions[n++] = i;
                strbuf_addf(&text, "%3zu) ", n);
                add_device_line(&text, &p->inv->functions[i]);
        }
        strbuf_addf(&text, "Number%s: ", n == 1 ? " [1]" : "");
        r = ask_number(p->dialog, &text, n, &number);
        if (r == 0)
                p->choice->device = (struct edit_device){ .function = functions[number - 1] };
        return r;
}

/* The VFs that it is to have; or the functions that are to go with it. */
static int pick_extent(const struct picking *p)
{
        const struct pci_function *f = &p->inv->functions[p->choice->device.function];
        CLEANUP_FREE size_t *card = NULL;
        size_t n = device_card(p->inv, p->choice->device.function, &card);
        CLEANUP_STRBUF struct strbuf text = { 0 };
        int r;

        if (f->totalvfs > 0) {
                struct number number = { .max = f->totalvfs, .zero = true };

                strbuf_addf(&text, "How many VFs, up to %u? 0 hands over the device itself. [0] ", f->totalvfs);
                r = ask(p->dialog, &text, check_number, &number);
                if (r < 0)
                        return r;
                if (number.n > 0) {
                        p->choice->vfs = xasprintf("%u", (unsigned) number.n);
                        p->choice->keys[p->choice->n_keys++] =
                                (struct edit_key){ config_key_name(KEY_VFS), p->choice->vfs };
                        return 0;
                }
                strbuf_free(&text);
        }
        if (n < 2)
                return 0;
        strbuf_add(&text, "The card has these functions too:\n");
        for (size_t i = 0; i < n; i++)
                if (card[i] != p->choice->device.function) {
                        strbuf_add(&text, "     ");
                        add_device_line(&text, &p->inv->functions[card[i]]);
                }
        strbuf_add(&text, "Hand them over with it?");
        r = edit_confirm(p->dialog, text.text, true);
        if (r > 0)
                p->choice->keys[p->choice->n_keys++] = (struct edit_key){ config_key_name(KEY_FUNCTIONS), "all" };
        return r < 0 ? r : 0;
}

static bool check_name(void *arg, char *answer, const char **ret_wrong)
{
        const struct picking *p = arg;

        if (!*answer)
                return true;
        *ret_wrong = "That name is taken.";
        if (config_find_name(p->config, answer))
                return false;
        *ret_wrong = "A name has letters, digits and _ - . : @ + only.";
        if (!config_is_section_name(answer) || answer[0] == '.')
                return false;
        free(p->choice->name);
        p->choice->name = xstrdup(answer);
        return true;
}

/* "gpu", "gpu2": what is still free. */
static char *free_name(const struct config *config, const char *word)
{
        char *name = xstrdup(word);

        for (unsigned n = 2; config_find_name(config, name); n++) {
                free(name);
                name = xasprintf("%s%u", word, n);
        }
        return name;
}

static int pick_name(const struct picking *p, enum device_class class)
{
        CLEANUP_STRBUF struct strbuf text = { 0 };

        p->choice->name = free_name(p->config, device_class_name(class));
        strbuf_addf(&text, "Name of its section [%s]: ", p->choice->name);
        return ask(p->dialog, &text, check_name, (void *) p);
}

int edit_pick(const struct inventory *inv, const struct plan *plan, const struct config *config, const struct edit_dialog *dialog,
              struct edit_choice *ret)
{
        struct picking p = { inv, plan, config, dialog, ret };
        enum device_class class = DEVICE_OTHER;
        int r = pick_class(&p, &class);

        if (r == 0)
                r = pick_device(&p, class);
        if (r == 0)
                r = pick_extent(&p);
        if (r == 0)
                r = pick_name(&p, class);
        if (r < 0)
                edit_choice_clear(ret);
        return r;
}
