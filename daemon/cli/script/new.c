/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char starter[] =
    "-- An indicator to start from. Try it on an export before it goes live:\n"
    "--   wijzer script run %s.lua --data export.csv\n"
    "-- and copy it into the scripts folder: it is live a second after it is saved there.\n"
    "-- Of what an LMS sends, and not of a survey, course_activity.lua is one to start from; it ships beside "
    "README.md.\n"
    "local w = require \"wijzer\"\n"
    "\n"
    "-- How the columns of a survey export become responses. Leave this out when another script of the "
    "folder declares the\n"
    "-- instrument already.\n"
    "w.instrument {\n"
    "  id = \"%s-survey\",\n"
    "  title = { nl = \"Mijn vragenlijst\", en = \"My survey\" },\n"
    "  respondent = \"token\",       -- the column that tells respondents apart; it is replaced by a "
    "pseudonym\n"
    "  submitted = \"submitdate\",\n"
    "  wave = \"year\",              -- a column, or function(row) return row.submitdate:sub(1, 4) end\n"
    "  levels = { \"institution\", \"team\" },                    -- outermost first\n"
    "  groups = { institution = \"institution\", team = \"team\" }, -- level = column\n"
    "  missing = { 99, \"n.v.t.\" },\n"
    "  items = {\n"
    "    skill_1 = { nl = \"Ik kan ...\", en = \"I can ...\", range = { 1, 5 } },\n"
    "    skill_2 = { range = { 1, 5 } },\n"
    "    skill_3 = { range = { 1, 5 }, reverse = true },        -- agreeing means less\n"
    "  },\n"
    "}\n"
    "\n"
    "w.indicator {\n"
    "  id = \"%s\",\n"
    "  title = { nl = \"Mijn indicator\", en = \"My indicator\" },\n"
    "  unit = \"score 1-5\",\n"
    "  source = w.survey \"%s-survey\",\n"
    "  by = { \"institution\", \"team\" },\n"
    "  inputs = {\n"
    "    skill = w.scale { \"skill_1\", \"skill_2\", \"skill_3\", min_answered = 2 },\n"
    "    skilled = w.share { \"skill_1\", at_least = 4 },\n"
    "  },\n"
    "  -- Called for each group and wave whose answers changed. g.skill has n, mean, sd, median, "
    "quantile(p), ci95 and more;\n"
    "  -- g.previous, g.parent, g.peers and g:children(level) are the groups to compare with.\n"
    "  compute = function(g)\n"
    "    if g.skill.n == 0 then return w.no_value \"nobody answered\" end\n"
    "    return { value = g.skill.mean, ci95 = g.skill.ci95, extra = { skilled = g.skilled.value } }\n"
    "  end,\n"
    "}\n"
    "\n"
    "w.alert {\n"
    "  id = \"%s_drop\",\n"
    "  on = \"%s\",\n"
    "  level = \"team\",\n"
    "  severity = \"warning\",\n"
    "  raise = function(now, before) return before and now.value < before.value - 0.5 end,\n"
    "  hold = \"1d\",                 -- this long before it fires\n"
    "  summary = { nl = \"{group}: gedaald naar {value}\", en = \"{group}: fell to {value}\" },\n"
    "}\n";

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return *name && *name != '-' && strlen(name) <= 40 && strspn(name, letters) == strlen(name);
}

static void say_what_is_there(const char *file)
{
    printf("%s is written; try it with wijzer script run %s --data EXPORT.csv\n", file, file);
    if (editor_settings_write())
        puts(".luarc.json is written: an editor with the Lua language server knows wijzer's functions here");
}

static int run_new(const struct options *options)
{
    char *name = mem_copy_text(options->arguments[1]);
    const size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
        name[length - 4] = '\0';
    char *file = mem_format("%s.lua", name);
    int status = STATUS_GOOD;
    if (options->argument_count > 2)
        status = usage("one script at a time; '%s' is one too many", options->arguments[2]);
    else if (!is_name(name))
        status =
            usage("'%s' is no name for a script: letters, digits, '_' and, not as the first, '-', at most 40",
                  name);
    const int descriptor =
        status == STATUS_GOOD ? open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
    if (status == STATUS_GOOD && descriptor < 0)
        status =
            fail("%s: %s", file, errno == EEXIST ? "is there already; choose another name" : strerror(errno));
    if (descriptor >= 0) {
        const bool written = dprintf(descriptor, starter, name, name, name, name, name, name) > 0;
        if (close(descriptor) != 0 || !written)
            status = fail("%s: %s", file, strerror(errno));
        else
            say_what_is_there(file);
    }
    free(file);
    free(name);
    return status;
}

const struct script_command script_new = {
    .name = "new", .least_arguments = 1, .usage = "wijzer script new NAME", .run = run_new};
