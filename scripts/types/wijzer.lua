-- SPDX-License-Identifier: GPL-3.0-or-later
---@meta wijzer

-- # What a script can say
--
-- Everything that a script can write, in the order in which you will need it. How to go from an export to a live
-- indicator is in [README.md](README.md).
--
-- A script is a Lua 5.4 file. Its first line asks for the module, and it then declares *instruments* (what the columns
-- of an export mean), *indicators* (what to compute, of which groups) and *alerts* (when to warn). One file may hold
-- several of each. A whole one:
--
-- ```lua
-- local w = require "wijzer"
--
-- w.instrument {
--   id = "monitor-ict",
--   respondent = "token",
--   wave = "jaar",
--   levels = { "institution", "team" },
--   groups = { institution = "instelling", team = "team" },
--   items = { ai_1 = { range = { 1, 5 } }, ai_2 = { range = { 1, 5 } }, ai_10 = {} },
-- }
--
-- w.indicator {
--   id = "genai_readiness",
--   source = w.survey "monitor-ict",
--   by = { "institution", "team" },
--   inputs = { knowledge = w.scale { "ai_1", "ai_2" } },
--   compute = function(g)
--     if g.knowledge.n == 0 then return w.no_value "no answers" end
--     return { value = g.knowledge.mean, ci95 = g.knowledge.ci95 }
--   end,
-- }
--
-- w.alert {
--   id = "genai_low",
--   on = "genai_readiness",
--   raise = function(now) return now.value < 2.5 end,
--   summary = { nl = "{group}: gereedheid is {value}", en = "{group}: readiness is {value}" },
-- }
-- ```
--
-- A key, a name or a word that does not exist is an error with the line it stands on and the nearest one that does.
-- Where a key takes `{ nl = , en = }`, one text for both languages will do.

---@class wijzer
---@field stats wijzer.stats
local w = {}

---A text in Dutch and in English, on one line; either may be left out.
---@class wijzer.text
---@field nl? string # in Dutch
---@field en? string # in English

-- ## Instruments

---Declares how the rows of a survey export become responses. The columns that it names must all be in the export; other
---columns are left alone. The export is CSV or XLSX, and how it is written (delimiter, character set, line ends, decimal sign)
---need not be told.
---```lua
---w.instrument {
---  id = "monitor-ict",
---  title = { nl = "Monitor leren en lesgeven met ict", en = "Teaching with ICT monitor" },
---  respondent = "token",
---  submitted = "submitdate",
---  wave = "jaar",
---  levels = { "institution", "team" },
---  groups = { institution = "instelling", team = "team" },
---  missing = { 99, "n.v.t." },
---  labels = { ["helemaal mee oneens"] = 1, ["helemaal mee eens"] = 5 },
---  items = {
---    ai_1 = { nl = "Ik weet hoe ...", en = "I know how ...", range = { 1, 5 } },
---    ai_3 = { range = { 1, 5 }, reverse = true },
---  },
---}
---```
---@param instrument wijzer.instrument
function w.instrument(instrument) end

---@class wijzer.instrument
---@field id string # letters, digits, `-`, `_` and `.`, at most 64; what `w.survey` and the feed's `instrument =` name
---@field title? string|wijzer.text # for people
---The column that tells respondents apart. The same respondent in the same wave replaces the earlier answers, unless
---those were sent in later, or sent in and these not; what is stored is a pseudonym. Left out: a row is known by its
---content and its place in the file.
---@field respondent? string
---@field submitted? string # the column with the date it was sent in; a row without one is not finished, and counts
---Which measurement a row belongs to: the column that says so, or a function that makes it of the row, as in
---`wave = function(row) return row.submitdate:sub(1, 4) end`. Left out: one wave, `all`.
---@field wave? string|fun(row: wijzer.export_row): string|number
---So many days after its latest response a wave is taken to be complete; 0 to 3650, left out: 14. Until then a small group
---waits for more answers before anything of it is shown. `0` where every file holds a whole wave.
---@field closes_after? integer
---@field groups table<string, string> # level = column
---@field levels? string[] # the order of `groups`, outermost first; may be left out where there is one level
---@field missing? (number|string)[] # answers that count as not given
---The number that an answer's text stands for, in every item, whatever its capitals, white space and the coding of accents:
---two labels that differ in nothing else must have one number.
---@field labels? table<string, number>
---The columns that hold answers: with what is known of them, as in `ai_1 = {}`, or only named, as in `"ai_1"`.
---@field items table<string, wijzer.instrument_item>|string[]

---A row of the export, as the function of `wave` reads it: `row.submitdate` is the text of that cell, as it stands in the
---file, and `""` where it is empty; a column that the file does not have, or has twice, is an error. `pairs` gives all of them. The
---function gives a text or a number for every row; a row of which it gives nothing, or fails, is refused with the line of
---the script. It is called when the row comes in: what is stored keeps its wave when the function changes.
---
---A wave becomes the name of a period, which everybody sees: let it name a measurement, as `2025` does, and never a person.
---It is at most 64 bytes, without control characters. The function sees a person's row, so it runs apart from the rest of
---the script: see `w.derive`.
---@class wijzer.export_row
---@field [string] string # the text of a cell, by the heading of its column

---One column of answers.
---@class wijzer.instrument_item
---@field nl? string # the question, in Dutch; a column may be headed by it instead of the id
---@field en? string # the question, in English; the same
---@field range? number[] # `{ lowest, highest }`: a row with an answer outside it is refused
---@field reverse? boolean # in a scale an answer x counts as lowest + highest - x; needs `range`
---The number that an answer of this item stands for, as in `{ A1 = 1, A2 = 2 }`: its code or its text, also where that is
---itself a number. It goes before the instrument's `labels`. `[""]` is what an empty cell stands for in a response that was
---sent off, as in `{ Y = 1, [""] = 0 }` of a box that may be ticked.
---@field labels? table<string, number>

-- ## Indicators

---Declares what is computed. For each group and period whose inputs changed, `compute` is called and its result
---published, unless too few people stand behind it.
---```lua
---w.indicator {
---  id = "genai_readiness",
---  title = { nl = "Gereedheid voor generatieve AI", en = "Generative-AI readiness" },
---  unit = "score 1-5",
---  source = w.survey "monitor-ict",
---  by = { "institution", "team" },
---  params = { fewest = { type = "integer", default = 5, min = 1, max = 50 } },
---  inputs = {
---    knowledge = w.scale { "ai_1", "ai_2", "ai_3", min_answered = 2 },
---    uses_ai = w.share { "ai_10", at_least = 4 },
---  },
---  compute = function(g)
---    if g.knowledge.n < g.params.fewest then return w.no_value "too few answers" end
---    return { value = g.knowledge.mean, ci95 = g.knowledge.ci95, extra = { use = g.uses_ai.value } }
---  end,
---}
---```
---@param indicator wijzer.indicator
function w.indicator(indicator) end

---@class wijzer.indicator
---@field id string # letters, digits, `-`, `_` and `.`, at most 64; its name in the API and in `w.alert`
---@field title? string|wijzer.text # for people
---@field unit? string # of the value, for people
---@field source wijzer.source # made by `w.survey` or `w.events`
---@field by string[] # the levels it is computed for
---@field period? wijzer.period # of events, which take this or `window`; a survey's periods are its waves
---@field window? string # of events: the last so many days, today among them: `"28d"`, `"4w"`, at most `"1000d"`
---@field min_group_size? integer # people that have to be behind what is shown, if more than `wijzer.conf` asks for
---@field params? table<string, wijzer.param> # numbers and words that a school may change without touching the script
---@field inputs table<string, wijzer.declared_input> # name = what it is of; `compute` reads it as `g.NAME`
---A function of `g` alone. It is called again whenever what it looked at changes, and not before.
---@field compute fun(g: wijzer.group): number|wijzer.result|wijzer.no_value

---How the time of events is cut, in Dutch local time. A school year begins on 1 August.
---@alias wijzer.period "day"|"week"|"month"|"school_year"

---A parameter. `wijzer.conf` sets it under `[params INDICATOR]`, and `compute` reads it as `g.params.NAME`.
---@class wijzer.param
---@field type wijzer.param_type # what it must be
---@field default number|string|boolean # its value where `wijzer.conf` sets none
---@field min? number # the lowest it may be
---@field max? number # the highest it may be
---@field nl? string # what it does, in Dutch
---@field en? string # what it does, in English

---@alias wijzer.param_type "number"|"integer"|"string"|"boolean"

---What an indicator is computed of, as `w.survey` and `w.events` make it.
---@class wijzer.source

---An input of an indicator, as `w.scale`, `w.item`, `w.share`, `w.derive`, `w.count`, `w.distinct`, `w.sum` and
---`w.rate` make it.
---@class wijzer.declared_input

-- ## Surveys
--
-- An input makes one number of each respondent's answers, or none.

---The responses to an instrument, which may be declared in another file.
---```lua
---source = w.survey "monitor-ict"
---```
---@param instrument string # its id
---@return wijzer.source
function w.survey(instrument) end

---The mean of a respondent's answers to several items, where enough of them were answered; reversed items are turned.
---```lua
---inputs = { knowledge = w.scale { "ai_1", "ai_2", "ai_3", min_answered = 2 } }
---```
---@param scale wijzer.scale
---@return wijzer.declared_input
function w.scale(scale) end

---@class wijzer.scale
---@field [integer] string # the items, 1 to 200
---@field min_answered? integer # how many must be answered; left out: all

---A respondent's answer to one item, as given: a reversed item is not turned.
---```lua
---inputs = { experience = w.item "experience" }
---```
---@param item string # its name
---@return wijzer.declared_input
function w.item(item) end

---1 for a respondent whose answer to one item lies between the two ends, else 0, so that the mean is a share.
---```lua
---inputs = { uses_ai = w.share { "ai_10", at_least = 4 } }
---```
---@param share wijzer.share
---@return wijzer.declared_input
function w.share(share) end

---It needs one of the two ends, or both.
---@class wijzer.share
---@field [integer] string # the item, one
---@field at_least? number # the lowest answer that counts
---@field at_most? number # the highest answer that counts

---A number of your own, made of one respondent's answers; nil where there is none. An infinite number or 0/0 is an
---error. Of events it is made of one event, and added up as by `w.sum`.
---
---The function sees what a single person answered, so nothing but its numbers leaves it. It runs in a second copy of the
---script, for which the file is loaded once more: what it keeps in a variable is not there for `compute`, and both have 32
---MiB. `print` and `w.log` say there that they are not available, and nothing else. The text of an error that the script
---raises, by `error` or `assert`, is not shown, only its line; what Lua and its library say of themselves, also in a
---coroutine, and an item that is misspelt in the source, are shown. The file must declare the same each time it is loaded.
---```lua
---inputs = { gap = w.derive(function(r) return r.vision_1 and r.ai_10 and r.vision_1 - r.ai_10 end) }
---inputs = { evenings = w.derive(function(e) return e.hour >= 18 and e.duration or nil end) }
---```
---@param of fun(r: wijzer.row|wijzer.event): number?
---@return wijzer.declared_input
function w.derive(of) end

---One respondent's answers, usually called `r`: `r.NAME` is the answer to an item, as given, or nil. `pairs(r)` goes
---over those that were answered. It can only be read inside the function that it was given to.
---@class wijzer.row
---@field [string] number? # the answer to that item

-- ## Events
--
-- An event is something that somebody did at some moment: an actor, a verb, an object, and perhaps measures.

---The events that fit the filters: all of them where there are none.
---```lua
---source = w.events { verb = "http://adlnet.gov/expapi/verbs/experienced" }
---```
---@param events? wijzer.events
---@return wijzer.source
function w.events(events) end

---@class wijzer.events
---@field verb? string # only events with this verb
---@field object? string # only events with this object

---How many events.
---```lua
---inputs = { events = w.count(), finished = w.count { verb = "http://adlnet.gov/expapi/verbs/completed" } }
---```
---@param count? wijzer.count
---@return wijzer.declared_input
function w.count(count) end

---Filters of an input take the place of those of `w.events`, key by key.
---@class wijzer.count
---@field verb? string # only events with this verb
---@field object? string # only events with this object

---How many different actors, verbs or objects the events have.
---```lua
---inputs = { students = w.distinct "actor" }
---```
---@param distinct wijzer.distinct_word|wijzer.distinct
---@return wijzer.declared_input
function w.distinct(distinct) end

---@alias wijzer.distinct_word "actor"|"verb"|"object"

---@class wijzer.distinct
---@field [integer] wijzer.distinct_word # of what, one
---@field verb? string # only events with this verb
---@field object? string # only events with this object

---One event, as a function of `w.derive` sees it; who did it is not there. It can only be read inside that function.
---@class wijzer.event
---@field verb string # what was done
---@field object string # with what
---@field time number # when, in seconds since 1970 UTC
---@field hour number # the hour of the day in Dutch local time, 0 to 23
---@field weekday number # the day of the week in Dutch local time, 1 (Monday) to 7
---@field duration number? # in minutes
---@field score number? # -1 to 1
---@field success number? # 0 or 1
---@field completion number? # 0 or 1

---What the events measure, added up: their `duration` (in minutes), `score` (-1 to 1), `success` or `completion` (0 or
---1), or a measure of the feed's own. An event without it is left out.
---```lua
---inputs = { minutes = w.sum "duration" }
---```
---@param sum string|wijzer.sum # the measure, as in `"duration"`
---@return wijzer.declared_input
function w.sum(sum) end

---@class wijzer.sum
---@field [integer] string # the measure, one
---@field verb? string # only events with this verb
---@field object? string # only events with this object

---How many events a day, or for each actor. Left out: a day.
---```lua
---inputs = { daily = w.rate(), each = w.rate "actor" }
---```
---@param rate? wijzer.rate_word|wijzer.rate
---@return wijzer.declared_input
function w.rate(rate) end

---@alias wijzer.rate_word "day"|"actor"

---@class wijzer.rate
---@field [integer] wijzer.rate_word # of what, one or none
---@field verb? string # only events with this verb
---@field object? string # only events with this object

-- ## What compute is given
--
-- `compute` is called with one group, usually called `g`. It can be read until `compute` returns.
--
-- A statistic that does not exist is nil: the mean of nobody, the interval of one answer.
--
-- A group that is withheld is not shown to `compute` at all, and is not there among those that `g` is compared with.
-- Withheld is a group in which fewer than `min_group_size` people (5) are behind an input, or in which fewer than twice
-- as many all gave one and the same answer; and so are as many others as it takes that nobody can compute it from what is
-- around it and beside it.

---What a group and those that it is compared with have in common.
---@class wijzer.compared
---@field group string # its path, as in `roc-midden/zorg`
---@field level string # its level, as in `team`
---@field period string # the wave, or `2026-11-23`, `2026-W48`, `2026-11`, `2026-2027`; of a window `28d`
---@field [string] wijzer.input|wijzer.event_input|wijzer.sum_input # the input of that name

---One group in one period. Its neighbours have `group`, `level`, `period` and the inputs, and no neighbours of their
---own.
---@class wijzer.group: wijzer.compared
---@field params table<string, number|string|boolean> # the indicator's `params`, with what `wijzer.conf` sets
---@field previous wijzer.compared? # the same group in the last period before this one
---@field parent wijzer.compared? # the nearest group around it that the indicator is computed for
---@field peers wijzer.compared[] # the other groups of its level in the same parent, by path
---@field children fun(self: wijzer.group, level: string): wijzer.compared[] # the groups of a level inside it, by path

---An input of a survey. `n` counts the respondents that have a number; the rest is of those numbers.
---@class wijzer.input
---@field n integer # how many; 0 where nobody answered
---@field mean number? # the sum over n
---@field value number? # the same as `mean`: of `w.share` the share
---@field sd number? # the standard deviation: divides by n - 1, so it takes two
---@field var number? # its square
---@field min number? # the lowest
---@field max number? # the highest
---@field median number? # the same as `quantile(0.5)`
---@field ci95 number[]? # `{ low, high }`: Student's t interval of the mean, mean ∓ t(0.975; n - 1) · sd / √n
---Cronbach's alpha of a scale, over the respondents that answered all its items: k/(k-1) · (1 - sum of the items'
---variances / variance of the row sums). Of other inputs nil.
---@field alpha number?
---@field quantile fun(p: number): number? # p from 0 to 1; type 7 of Hyndman & Fan, as R's default
---@field share fun(low: number, high: number): number? # the part of the numbers from `low` to `high`

---An input of events. Where nothing happened `n` is 0 and the rest is nil.
---@class wijzer.event_input
---@field n integer # how many people stand behind it: the different actors
---@field value number? # what was asked for: the count, the distinct count, the sum or the rate
---@field rate number? # how many events a day; a period that is not over counts whole

---What `w.sum` and `w.derive` have besides.
---@class wijzer.sum_input: wijzer.event_input
---@field mean number? # of an event
---@field min number? # the lowest of an event
---@field max number? # the highest of an event

-- ## What compute gives
--
-- A finite number, a table as below, or `w.no_value(reason)`. An integer stays one. Anything else is an error, also
-- nil, 0/0 and infinity.

---A value with more than the value.
---@class wijzer.result
---@field value number # finite
---@field ci95? number[] # `{ low, high }`, finite, the lowest first
---More to show: texts (at most 1024 bytes), finite numbers, booleans, and tables of them, at most 4 deep with 200 keys
---each; 16 KiB as JSON. A key is a text of at most 79 bytes or a whole number, which becomes a text: `1` and `"1"` in one
---table are an error, and so is an integer beyond 2^53, which JSON's readers would round. A line feed or another control
---character in a text becomes a space.
---@field extra? table<string, any>

---There is no value, and this is why. It is neither 0 nor an error.
---```lua
---if g.knowledge.n < 10 then return w.no_value "too few answers" end
---```
---@param reason string # for people, on one line; at most 200 bytes are kept
---@return wijzer.no_value # for `compute` to return
function w.no_value(reason) end

---@class wijzer.no_value

-- ## Alerts

---Declares when to warn about a group. An alert is *pending* while it holds, *firing* when it has held for `hold`, and
---*resolved* when it has not held for `keep`. All of it survives a restart.
---```lua
---w.alert {
---  id = "genai_drop",
---  on = "genai_readiness",
---  level = "team",
---  severity = "warning",
---  raise = function(now, before) return before and now.value < before.value - 0.5 end,
---  clear = function(now, before) return not before or now.value > before.value - 0.3 end,
---  hold = "3d",
---  keep = "1d",
---  on_no_value = "keep",
---  summary = { nl = "{group}: gereedheid daalde naar {value}", en = "{group}: readiness fell to {value}" },
---}
---```
---@param alert wijzer.alert
function w.alert(alert) end

---A length of time is a whole number with `s`, `m`, `h`, `d` or `w` behind it.
---@class wijzer.alert
---@field id string # letters, digits, `-`, `_` and `.`, at most 64
---@field title? string|wijzer.text # for people
---@field on string # the id of an indicator, which may be declared in another file
---@field level? string # only groups of this level; left out: all of the indicator's
---@field severity? wijzer.severity # left out: `"warning"`
---Does it hold? Asked while it is not firing. `now` is a group's last value (of events, that of the last period that has
---begun), `before` that of the period before it, nil where there is none or it is withheld. Anything but nil and false is yes.
---@field raise fun(now: wijzer.published, before: wijzer.published?): any
---May it end? Asked while it fires. Left out: it may when `raise` no longer says yes. Where both say yes, `raise` counts: the
---alert goes on, for else it would come and go with every change, and `GET /v1/scripts` says so.
---@field clear? fun(now: wijzer.published, before: wijzer.published?): any
---@field hold? string # how long it must hold before it fires, as in `"3d"`; left out: at once
---@field keep? string # how long it goes on firing when it no longer holds; left out: at once
---@field on_no_value? wijzer.no_value_word # where the value is missing or withheld; left out: `"keep"`
---What people read. `{group}` is the group's own name, `{path}` its path; `{level}`, `{period}`, `{value}`, `{before}`,
---`{change}`, `{n}`, `{indicator}` (its title) and `{unit}` are what they say; `{{` is a brace.
---@field summary string|wijzer.text

---@alias wijzer.severity "info"|"warning"|"critical"

---`"keep"`: what held last goes on holding; `"resolve"`: it does not hold, and ends at once; `"raise"`: it holds.
---@alias wijzer.no_value_word "keep"|"resolve"|"raise"

---A published value, as `raise` and `clear` see it.
---@class wijzer.published
---@field value number # the value
---@field n integer # how many people stand behind it
---@field ci95 number[]? # `{ low, high }` where the indicator gives one
---@field extra table<string, any> # what the indicator gave; empty where it gave nothing
---@field group string # the group's path
---@field level string # its level
---@field period string # the period it is of

-- ## Statistics
--
-- `w.stats` works on samples: lists of numbers that the script has, or inputs of a survey, so that groups are compared
-- without anybody's answers being seen. What does not exist (too few numbers, no spread) is nil. Numbers must be
-- finite; anything else is an error that names the place. Each agrees with R to 1e-9 (omega: 1e-4).

---@class wijzer.stats
local stats = {}

---@alias wijzer.sample number[]|wijzer.input

---The mean.
---```lua
---local mean = w.stats.mean { 1, 2, 4 }
---```
---@param sample wijzer.sample
---@return number?
function stats.mean(sample) end

---The standard deviation, which divides by n - 1.
---```lua
---local sd = w.stats.sd { 1, 2, 4 }
---```
---@param sample wijzer.sample
---@return number? # nil of fewer than two
function stats.sd(sample) end

---The variance, which divides by n - 1.
---```lua
---local var = w.stats.var { 1, 2, 4 }
---```
---@param sample wijzer.sample
---@return number? # nil of fewer than two
function stats.var(sample) end

---The median: the quantile at 0.5.
---```lua
---local median = w.stats.median { 1, 2, 4 }
---```
---@param sample wijzer.sample
---@return number?
function stats.median(sample) end

---The quantile. Type 7 of Hyndman & Fan (1996), R's default.
---```lua
---local lowest_tenth = w.stats.quantile({ 1, 2, 4 }, 0.1)
---```
---@param sample wijzer.sample
---@param p number # from 0 to 1
---@return number?
function stats.quantile(sample, p) end

---Student's t interval of the mean: mean ∓ t(1 - (1 - level)/2; n - 1) · sd / √n.
---```lua
---local interval = w.stats.t_interval(g.knowledge, 0.9)
---```
---@param sample wijzer.sample
---@param level? number # between 0 and 1; left out: 0.95
---@return number[]? # `{ low, high }`
function stats.t_interval(sample, level) end

---Welch's t test of two means, without the assumption of equal variances. Welch (1947).
---```lua
---local test = g.previous and w.stats.welch(g.knowledge, g.previous.knowledge)
---```
---@param a wijzer.sample
---@param b wijzer.sample
---@return wijzer.welch?
function stats.welch(a, b) end

---@class wijzer.welch
---@field t number # Welch's t
---@field df number # degrees of freedom, by Satterthwaite
---@field p number # two-sided
---@field difference number # the mean of a minus that of b
---@field ci95 number[] # `{ low, high }` of the difference

---The Mann-Whitney U test with ties, by the normal approximation with a continuity correction: R's
---`wilcox.test(a, b, exact = FALSE)`. Mann & Whitney (1947).
---```lua
---local test = g.parent and w.stats.mann_whitney(g.knowledge, g.parent.knowledge)
---```
---@param a wijzer.sample
---@param b wijzer.sample
---@return wijzer.mann_whitney?
function stats.mann_whitney(a, b) end

---@class wijzer.mann_whitney
---@field u number # in how many pairs a is larger, ties counting a half; R's W
---@field z number # the normal approximation
---@field p number # two-sided

---Cohen's d: the mean of a minus that of b, in units of the pooled standard deviation. Cohen (1988), section 2.5.
---```lua
---local d = g.previous and w.stats.cohen_d(g.knowledge, g.previous.knowledge)
---```
---@param a wijzer.sample
---@param b wijzer.sample
---@return number?
function stats.cohen_d(a, b) end

---The intraclass correlation ICC(1) by a one-way analysis of variance: how alike people of one group are. It may be
---negative, where groups differ less than chance would have it. Shrout & Fleiss (1979).
---```lua
---local teams = {}
---for i, team in ipairs(g:children "team") do teams[i] = team.knowledge end
---local alike = w.stats.icc1(teams)
---```
---@param groups wijzer.sample[] # at most 10000
---@return number?
function stats.icc1(groups) end

---Cronbach's alpha: k/(k-1) · (1 - sum of the items' variances / variance of the row sums). Cronbach (1951). The alpha
---of a `w.scale` is `g.NAME.alpha`.
---```lua
---local alpha = w.stats.alpha { { 1, 2 }, { 3, 4 }, { 5, 4 } }
---```
---@param rows (number|false)[][] # a row a respondent, of at most 200 numbers; rows with a hole or a false are left out
---@return number?
function stats.alpha(rows) end

---McDonald's omega total of one factor, with minres loadings: what `omega(x, nfactors = 1)` of R's psych gives.
---McDonald (1999).
---```lua
---local omega = w.stats.omega { { 1, 2, 2 }, { 3, 4, 3 }, { 5, 4, 5 }, { 2, 2, 3 }, { 4, 5, 4 } }
---```
---@param rows (number|false)[][] # as for `w.stats.alpha`
---@return number?
function stats.omega(rows) end

---P values adjusted for their number, so that the false discovery rate is bounded: R's `p.adjust(p, "BH")`. Benjamini &
---Hochberg (1995).
---```lua
---local adjusted = w.stats.benjamini_hochberg { 0.01, 0.04, 0.3 }
---```
---@param p number[] # from 0 to 1
---@return number[] # in the same order
function stats.benjamini_hochberg(p) end

---Wilson's score interval of a proportion, without a continuity correction: R's `prop.test(successes, n, correct =
---FALSE)`. Wilson (1927).
---```lua
---local interval = w.stats.wilson(12, 40)
---```
---@param successes number # how many did
---@param n number # of how many
---@param level? number # between 0 and 1; left out: 0.95
---@return number[]? # `{ low, high }`; nil where n is 0
function stats.wilson(successes, n, level) end

-- ## Log lines and other files

---Writes one line into the daemon's log, with the script's file and line: the values with a space between them. At most
---100 lines in one call of the script, of at most 1000 bytes; control characters become spaces. A function that sees
---somebody's answers cannot write any: see `w.derive`.
---```lua
---w.log("looked at", g.group)
---```
---@param ... any
function w.log(...) end

---The same as `w.log`.
---```lua
---print("looked at", g.group)
---```
---@param ... any
function print(...) end

---Gives the module `wijzer`, or what another file of the same folder returns. The name must be written out in the
---script. Such a file gives back functions or tables, and declares nothing itself; when it is saved, the scripts that
---require it are loaded again.
---```lua
---local w = require "wijzer"
---```
---@param name string # `"wijzer"`, or `"helpers"` for helpers.lua
---@return any
function require(name) end

-- ## The Lua there is
--
-- Lua 5.4 without what reaches outside, or makes a result depend on more than its inputs. What a script does to a
-- global stays in that script.
--
-- | left out | because |
-- |---|---|
-- | `io`, `os`, `package`, `debug` | files, time, processes and other scripts are not there |
-- | `load`, `loadfile`, `dofile`, `string.dump` | code is what stands in the file |
-- | `collectgarbage`, `warn` | memory and the log are the daemon's |
-- | `math.random`, `math.randomseed` | an indicator is a function of its inputs |
-- | `coroutine.close` | what it runs would be outside the limits |
--
-- `setmetatable` refuses `__gc`: a script cannot know when memory is freed.
--
-- A script has 32 MiB of memory, all together 1536 MiB, and a second for each call. One that takes longer is ended, tried
-- again twice, and then left alone until its file changes; the others go on meanwhile. Where some hold all of the
-- memory, one that needs at most 512 KiB goes on all the same. The text of a script and of all the files that it
-- requires is at most 1 MiB.

w.stats = stats

return w
