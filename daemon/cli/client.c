/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    buf_put(data, bytes, size * count);
    return size * count;
}

static CURL *make_handle(const char *socket, const char *path, struct answer *answer)
{
    char url[4096];
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof url, "http://wijzer%s", path);
    *answer = (struct answer){0};
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer->body);
    return curl;
}

static int explain(CURLcode code, const char *socket, struct error *error)
{
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(error, ERROR_CANCELLED, "interrupted");
    if (code != CURLE_COULDNT_CONNECT)
        return error_set(error, ERROR_FAILED, "the talk with wijzerd on %s broke off: %s", socket,
                         curl_easy_strerror(code));
    struct stat status;
    if (stat(socket, &status) == 0 && S_ISSOCK(status.st_mode) && errno == EACCES)
        return error_set(error, ERROR_FAILED,
                         "%s: permission denied; join the group that owns the socket (wijzer)", socket);
    return error_set(
        error, ERROR_FAILED,
        "wijzerd is not running at %s; start it (systemctl start wijzerd), or name another socket with "
        "--socket or $WIJZER_SOCKET",
        socket);
}

static int perform(CURL *curl, const char *socket, struct answer *answer, struct error *error)
{
    const CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK) {
        answer_free(answer);
        return explain(code, socket, error);
    }
    buf_put_u8(&answer->body, 0);
    answer->body.size--;
    answer->json = cJSON_Parse((const char *)answer->body.data);
    return 0;
}

int client_get(const char *socket, const char *path, struct answer *answer, struct error *error)
{
    return perform(make_handle(socket, path, answer), socket, answer, error);
}

int client_send(const char *socket, const char *method, const char *path, const char *body,
                struct answer *answer, struct error *error)
{
    CURL *curl = make_handle(socket, path, answer);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body ? body : "");
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    const int result = perform(curl, socket, answer, error);
    curl_slist_free_all(headers);
    return result;
}

/* ---- documents ----------------------------------------------------------------------------------------- */

struct upload {
    FILE *document;
    bool (*progress)(void *data, uint64_t sent, uint64_t total); /* or NULL */
    void *data;
};

/* Where a signal ended the reading, what was read so far is not the whole. */
static size_t read_piece(char *bytes, size_t size, size_t count, void *data)
{
    const struct upload *upload = data;
    const size_t read = fread(bytes, size, count, upload->document);
    const bool is_over = read == 0 && upload->progress && !upload->progress(upload->data, 0, 0);
    return is_over ? CURL_READFUNC_ABORT : read;
}

/* Anything but 0 ends the upload. */
static int on_progress(void *data, curl_off_t down_total, curl_off_t down, curl_off_t total, curl_off_t sent)
{
    (void)down_total;
    (void)down;
    const struct upload *upload = data;
    return !upload->progress || upload->progress(upload->data, (uint64_t)sent, (uint64_t)total) ? 0 : -1;
}

static FILE *open_document(const char *file, curl_off_t *size, struct error *error)
{
    struct stat status;
    *size = -1;
    if (strcmp(file, "-") == 0)
        return stdin;
    FILE *document = fopen(file, "rbe");
    if (!document || fstat(fileno(document), &status) != 0 || S_ISDIR(status.st_mode)) {
        error_set(error, ERROR_INPUT, "%s: %s", file, document ? "is a folder" : strerror(errno));
        if (document)
            fclose(document);
        return NULL;
    }
    *size = S_ISREG(status.st_mode) ? status.st_size : -1;
    return document;
}

int client_post_file(const char *socket, const char *path, const char *file,
                     bool (*progress)(void *data, uint64_t sent, uint64_t total), void *data,
                     struct answer *answer, struct error *error)
{
    curl_off_t size;
    FILE *document = open_document(file, &size, error);
    if (!document)
        return -1;
    CURL *curl = make_handle(socket, path, answer);
    struct upload upload = {document, progress, data};
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    headers = curl_slist_append(headers, "Expect:");
    if (size < 0)
        headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_piece);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, size);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &upload);
    const int result = perform(curl, socket, answer, error);
    curl_slist_free_all(headers);
    if (document != stdin)
        fclose(document);
    return result;
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

void answer_free(struct answer *answer)
{
    buf_free(&answer->body);
    cJSON_Delete(answer->json);
    *answer = (struct answer){0};
}

/* What wijzerd had to say against it. */
static int judge(struct answer *answer)
{
    if (answer->status == 200 || answer->status == 202)
        return STATUS_GOOD;
    const char *detail = json_text(answer->json, "detail");
    fail("%s", detail ? detail : "wijzerd gave an answer that cannot be understood");
    answer_free(answer);
    return STATUS_FAILED;
}

int client_ask(const struct options *options, const char *path, struct answer *answer)
{
    struct error error;
    if (client_get(options->socket, path, answer, &error) != 0)
        return fail("%s", error.text);
    return judge(answer);
}

int client_do(const struct options *options, const char *method, const char *path, const char *body,
              struct answer *answer)
{
    struct error error;
    if (client_send(options->socket, method, path, body, answer, &error) != 0)
        return fail("%s", error.text);
    return judge(answer);
}

void client_escape(struct buf *url, const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0);
    buf_append_text(url, escaped ? escaped : "");
    curl_free(escaped);
}

void client_parameters(struct buf *url, const struct parameter *parameters)
{
    char separator = '?';
    for (; parameters->key; parameters++) {
        if (!parameters->value)
            continue;
        buf_append_format(url, "%c%s=", separator, parameters->key);
        client_escape(url, parameters->value);
        separator = '&';
    }
    buf_put_u8(url, 0);
}

static void join_page(struct answer *all, const char *list, const struct answer *page)
{
    cJSON *entries = cJSON_GetObjectItemCaseSensitive(page->json, list);
    while (entries && entries->child)
        cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(all->json, list),
                             cJSON_DetachItemViaPointer(entries, entries->child));
    cJSON_ReplaceItemInObjectCaseSensitive(all->json, "next",
                                           cJSON_Duplicate(json_get(page->json, "next"), true));
}

/* The first page's `next` says in the end that there is no more. */
int client_ask_pages(const struct options *options, const char *path, const char *list, struct answer *all)
{
    int status = client_ask(options, path, all);
    const char *next;
    while (status == STATUS_GOOD && (next = json_text(all->json, "next")) != NULL) {
        struct buf url = {0};
        struct answer page;
        buf_append_format(&url, "%s%cnext=", path, strchr(path, '?') ? '&' : '?');
        client_escape(&url, next);
        buf_put_u8(&url, 0);
        status = client_ask(options, (const char *)url.data, &page);
        buf_free(&url);
        if (status == STATUS_GOOD) {
            join_page(all, list, &page);
            answer_free(&page);
        } else {
            answer_free(all);
        }
    }
    return status;
}

void answer_print_json(const struct answer *answer)
{
    char *text = cJSON_PrintUnformatted(answer->json);
    puts(text ? text : "");
    free(text);
}
