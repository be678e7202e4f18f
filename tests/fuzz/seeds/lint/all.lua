local w = require "wijzer"
w.instrument { id = "m", respondent = "token", wave = function(row) return row["jaar"] end, levels = { "t" },
  groups = { t = "team" }, missing = { 99, "n.v.t." }, labels = { ["mee eens"] = 4 }, items = { a = { range = { 1, 5 } } } }
local floor <const> = 2,5
w.indicator { id = "i", source = w.survey "m", by = { "t" }, params = { p = { type = "number", default = 1 } },
  inputs = { s = w.scale { "a", min_answered = 1 }, d = w.derive(function(r) return r.a and r.b - 1 end) },
  compute = function(g) for _, c in ipairs(g:children("t")) do if c.s.n > g.params.p then return c.s.mean end end
    return { value = g.s.mean, extra = { x = [[y]], z = 0x1p4 } } end }
w.alert { id = "x", on = "i", raise = function(now, before) return before and now.value < before.value end,
  summary = { nl = "{group}: {value}" } }
