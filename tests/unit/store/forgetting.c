/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forgetting.h"

#include "store/forget.h"

#include <stdlib.h>

static int read_and_note(struct store_tx *tx, const struct store_forgetting *forgetting, struct error *error)
{
    struct forget_stretch stretch = {0};
    int result = store_forget_read(store_tx_view(tx), forgetting, &stretch, error);
    if (result == 0)
        result = store_forget_note(tx, forgetting, &stretch, error);
    free(stretch.entries);
    return result;
}

int forget_step(struct store_tx *tx, void *data, struct error *error)
{
    bool *found = data;
    struct store_forgetting forgetting;
    if (store_forget_first(store_tx_view(tx), &forgetting, found, error) != 0)
        return -1;
    if (!*found)
        return 0;
    switch (forgetting.stage) {
    case FORGET_FILES:
        return store_forget_files_done(tx, &forgetting, error);
    case FORGET_LOG:
        return read_and_note(tx, &forgetting, error);
    case FORGET_PURGE:
        return store_forget_purge(tx, &forgetting, error);
    case FORGET_SCRUB:
        return store_forget_done(tx, forgetting.id, error);
    }
    return -1;
}

int forget_steps(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    bool found = true;
    while (found)
        if (forget_step(tx, &found, error) != 0)
            return -1;
    return 0;
}
