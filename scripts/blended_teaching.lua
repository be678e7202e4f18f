-- Competence in blended teaching, with the reliability of the scale beside it.
local w = require "wijzer"

w.indicator {
  id = "blended_teaching",
  title = { nl = "Bekwaamheid in blended onderwijs", en = "Blended-teaching competence" },
  unit = "score 1-5",
  source = w.survey "monitor-ict",
  by = { "institution", "team" },
  inputs = {
    competence = w.scale { "blend_1", "blend_2", "blend_3", "blend_4", "blend_5", "blend_6", min_answered = 4 },
    support = w.scale { "support_1", "support_2", "support_3", min_answered = 2 },
  },
  compute = function(g)
    if g.competence.n == 0 then return w.no_value "no answers" end
    return {
      value = g.competence.mean,
      ci95 = g.competence.ci95,
      extra = { alpha = g.competence.alpha, support = g.support.mean, median = g.competence.median },
    }
  end,
}
