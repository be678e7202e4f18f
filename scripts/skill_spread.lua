-- How unequally digital skill is spread inside a group: the distance between the best and the least skilled tenth.
local w = require "wijzer"

w.indicator {
  id = "skill_spread",
  title = { nl = "Spreiding van digitale vaardigheid", en = "Spread of digital skill" },
  unit = "points between the 10th and the 90th percentile",
  source = w.survey "monitor-ict",
  by = { "institution", "team" },
  inputs = { skill = w.scale { "skill_1", "skill_2", "skill_3", "skill_4", min_answered = 3 } },
  compute = function(g)
    if g.skill.n < 2 then return w.no_value "a spread takes at least two answers" end
    return {
      value = g.skill.quantile(0.9) - g.skill.quantile(0.1),
      extra = { sd = g.skill.sd, mean = g.skill.mean },
    }
  end,
}
