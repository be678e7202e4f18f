/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/parameters.h"

#include "http/sent.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* The decoded text, to be freed; NULL: it is none. */
static char *decode(const char *text, size_t size)
{
    char *decoded = mem_alloc(size + 1);
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char byte = text[i] == '+' ? ' ' : text[i];
        if (byte == '%') {
            const bool is_whole = size - i > 2;
            const int high = is_whole ? hex_digit(text[i + 1]) : -1;
            const int low = is_whole ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                goto garbled;
            byte = (char)(high * 16 + low);
            i += 2;
        }
        decoded[length++] = byte;
    }
    if (utf8_valid(decoded, length))
        return decoded;
garbled:
    free(decoded);
    return NULL;
}

/* Takes both over. */
static void add(struct parameters *parameters, char *name, char *value)
{
    parameters->list = mem_resize(parameters->list, parameters->count + 1, sizeof *parameters->list);
    parameters->list[parameters->count++] = (struct xapi_parameter){name, value};
}

static int read_one(struct parameters *parameters, const char *text, size_t size, struct error *error)
{
    const char *equals = memchr(text, '=', size);
    const size_t name_size = equals ? (size_t)(equals - text) : size;
    char *name = decode(text, name_size);
    char *value = equals ? decode(equals + 1, size - name_size - 1) : mem_copy_text("");
    int result = 0;
    if (!name || !value)
        result =
            error_set(error, ERROR_INPUT,
                      "%s" SENT "%s" SENT_END " is not well encoded; percent-encode its bytes as UTF-8",
                      name ? "the value of the parameter " : "the name of a parameter", name ? name : "");
    else if (parameters_find(parameters, name))
        result = error_set(error, ERROR_INPUT,
                           "the parameter " SENT "%.100s" SENT_END " is there twice; give it once", name);
    else if (parameters->count == PARAMETERS_MOST)
        result = error_set(error, ERROR_INPUT, "there are more than %d parameters", PARAMETERS_MOST);
    if (result == 0) {
        add(parameters, name, value);
        return 0;
    }
    free(name);
    free(value);
    return -1;
}

int parameters_read(struct parameters *parameters, const char *text, size_t size, struct error *error)
{
    const char *const end = text + size;
    while (text < end) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        const char *stop = ampersand ? ampersand : end;
        if (stop > text && read_one(parameters, text, (size_t)(stop - text), error))
            return -1;
        text = stop + 1;
    }
    return 0;
}

void parameters_add(struct parameters *parameters, const char *name, const char *value)
{
    add(parameters, mem_copy_text(name), mem_copy_text(value));
}

const char *parameters_find(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->list[i].name, name) == 0)
            return parameters->list[i].value;
    return NULL;
}

char *parameters_take(struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++) {
        struct xapi_parameter *one = &parameters->list[i];
        if (strcmp(one->name, name) != 0)
            continue;
        char *value = one->value;
        free(one->name);
        *one = parameters->list[--parameters->count];
        return value;
    }
    return NULL;
}

void parameters_free(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        free(parameters->list[i].name);
        free(parameters->list[i].value);
    }
    free(parameters->list);
    *parameters = (struct parameters){0};
}

/* RFC 3986, 2.3. */
static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("-._~", byte));
}

static void put_encoded(const char *text, struct buf *out)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (is_unreserved(byte))
            buf_put_u8(out, byte);
        else
            buf_append_format(out, "%%%02X", byte);
    }
}

void parameters_put(const char *name, const char *value, struct buf *out)
{
    if (out->size && out->data[out->size - 1] != '?')
        buf_put_u8(out, '&');
    put_encoded(name, out);
    buf_put_u8(out, '=');
    put_encoded(value, out);
}
