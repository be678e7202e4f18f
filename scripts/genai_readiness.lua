-- How ready teachers are for generative AI: what they know of it, and how many use it.
local w = require "wijzer"

w.indicator {
  id = "genai_readiness",
  title = { nl = "Gereedheid voor generatieve AI", en = "Generative-AI readiness" },
  unit = "score 1-5",
  source = w.survey "monitor-ict",
  by = { "institution", "team" },
  -- A school can set these in wijzer.conf, under [params genai_readiness].
  params = { fewest = { type = "integer", default = 5, min = 1, max = 50 } },
  inputs = {
    -- The mean of a teacher's answers, if at least four of the six were given.
    knowledge = w.scale { "ai_1", "ai_2", "ai_3", "ai_4", "ai_5", "ai_6", min_answered = 4 },
    uses_ai = w.share { "ai_10", at_least = 4 },
  },
  -- Called for a group whenever its answers changed. It depends on nothing but g.
  compute = function(g)
    if g.knowledge.n < g.params.fewest then return w.no_value "too few answers" end
    return {
      value = g.knowledge.mean,
      ci95 = g.knowledge.ci95,
      extra = { alpha = g.knowledge.alpha, sd = g.knowledge.sd, use = g.uses_ai.value },
    }
  end,
}

-- A team that fell by more than half a point since the wave before; once it is told, until it is nearly back.
w.alert {
  id = "genai_drop",
  on = "genai_readiness",
  level = "team",
  severity = "warning",
  title = { nl = "Gereedheid voor AI daalt", en = "Readiness for AI falls" },
  raise = function(now, before) return before and now.value < before.value - 0.5 end,
  clear = function(now, before) return not before or now.value > before.value - 0.3 end,
  hold = "3d", -- while an import is mended it may come and go
  summary = {
    nl = "{group}: gereedheid daalde van {before} naar {value}",
    en = "{group}: readiness fell from {before} to {value}",
  },
}
