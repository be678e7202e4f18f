-- SPDX-License-Identifier: GPL-3.0-or-later
---@meta wijzer.tests

local w = require "wijzer"

-- ## Tests
--
-- Tests stand beside scripts, in files whose names end in `_test.lua`, and are run by `wijzer script test`. Each has a
-- wijzerd of its own, with the scripts of the folder, no data, and a clock that stands at 2026-01-01T12:00:00Z until the
-- test moves it. What it sees is what a dashboard would see: nothing of fewer than 5 people, nor of fewer than 10 that
-- all answer the same.

---A test. What fails in it is named with its line; the other tests go on.
---```lua
---w.test "a team of six" (function(t)
---  t.import("monitor-ict", "fixtures/six.csv")
---  t.equal(t.value("genai_readiness", { level = "team" }).n, 6)
---end)
---```
---@param name string
---@return fun(test: fun(t: wijzer.t)) # to be called with the test
function w.test(name) end

---What a test is handed, for as long as it runs.
---@class wijzer.t
local t = {}

---Takes answers or events in, as `wijzer import` would, and waits until every indicator is current. A row that is refused
---fails the test.
---```lua
---t.import("monitor-ict", { { token = "p1", jaar = 2025, instelling = "ROC", team = "Zorg", ai_1 = 4 } })
---t.import(w.events(), { { actor = "p1", course = "Rekenen", time = "2025-11-10T09:00:00Z", duration = 30 } })
---```
---A file of events is one of xAPI statements (plugins/xapi/README.md). Their groups of level `course` are where the feed has them
---when it says nothing of `groups`, and those of level `team` are the statement's team.
---@param of string|wijzer.source # the id of an instrument that an indicator of the folder is on, or `w.events()`
---@param rows table<string, any>[]|wijzer.test_event[]|string # a row a respondent, column = answer; or a row an event; or the name of a file in the folder
---@return table # what the API answers: `accepted`, `replaced`, `duplicate` ...
function t.import(of, rows) end

---An event of a test. The names of its groups stand in it by level, as `course = "Rekenen"`: levels are those that indicators
---of the folder have. It may also be a whole statement of xAPI, whose `verb` is a table.
---@class wijzer.test_event
---@field actor string # who it is
---@field verb? string # an IRI; left out: `http://adlnet.gov/expapi/verbs/experienced`
---@field object? string # an IRI; left out: one and the same for all
---@field time? string # RFC 3339; left out: now, by the clock of the test
---@field duration? number # in minutes
---@field score? number # -1 to 1
---@field success? boolean
---@field completion? boolean
---@field id? string # a UUID: what comes again with it is the same event; left out: each row is one of its own

---The one value that fits; where none or several do, the test fails and says which there are.
---```lua
---t.near(t.value("genai_readiness", { group = "ROC/Zorg" }).value, 3.5, 1e-6)
---```
---@param indicator string
---@param where? wijzer.where
---@return table # as the API has it: `value`, `n`, `ci95`, `extra`, `withheld`, `group`, `level`, `period`, `reason`
function t.value(indicator, where) end

---All values that fit, of the latest period of each group where no period is said; of events, of the last one that has begun
---by the clock of the test.
---```lua
---t.equal(#t.values("genai_readiness", { level = "team" }), 2)
---```
---@param indicator string
---@param where? wijzer.where
---@return table[] # as for `t.value`
function t.values(indicator, where) end

---@class wijzer.where
---@field level? string
---@field group? string # its path, as in `"ROC/Zorg"`
---@field period? string # or `"all"`

---How an alert stands in a group.
---```lua
---t.equal(t.alert("genai_drop", "ROC/Zorg").state, "pending")
---```
---@param id string
---@param group string # its path
---@return table? # as the API has it: `state`, `summary`, `value` ...; nil: it was never raised there
function t.alert(id, group) end

---All alerts that are or were raised.
---```lua
---t.equal(#t.alerts(), 1)
---```
---@param id? string # only those of this rule
---@return table[]
function t.alerts(id) end

---What time it is for this test; with a time, after it has become that late. It only goes on.
---```lua
---t.clock "2026-09-01T08:00:00Z"
---```
---@param at? string # RFC 3339 in UTC, or a day
---@return string
function t.clock(at) end

---Lets time pass.
---```lua
---t.advance "3d"
---```
---@param by string # a number with s, m, h, d or w behind it
---@return string # what time it is now
function t.advance(by) end

---Fails unless the value is true, or anything but false and nil.
---```lua
---t.check(t.value("genai_readiness", { group = "ROC/Zorg" }).n > 5, "the team has answered")
---```
---@param value any
---@param what? string # to be said where it fails
function t.check(value, what) end

---Fails unless both are the same; tables are, where all their members are.
---```lua
---t.equal(t.value("genai_readiness", { group = "ROC" }).extra, { use = 0.5 })
---```
---@param actual any
---@param expected any
---@param what? string
function t.equal(actual, expected, what) end

---Fails unless two numbers are that near to each other.
---```lua
---t.near(0.1 + 0.2, 0.3)
---```
---@param actual number
---@param expected number
---@param tolerance? number # left out: 1e-9
---@param what? string
function t.near(actual, expected, tolerance, what) end

---Fails unless the function raises an error with this text in it.
---```lua
---t.fails(function() t.value "no_such_indicator" end, "there is no indicator")
---```
---@param action fun(): any
---@param text? string
---@return string # the error's message
function t.fails(action, text) end

return w
