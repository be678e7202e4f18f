-- The gap between what teachers find important and what they do. Above 0: they want more than they do.
local w = require "wijzer"

-- A row is one teacher's answers; an item that was not answered is nil.
local function mean_gap(r)
  local sum, pairs_answered = 0, 0
  for i = 1, 3 do
    local vision, practice = r["vision_" .. i], r["practice_" .. i]
    if vision and practice then
      sum = sum + vision - practice
      pairs_answered = pairs_answered + 1
    end
  end
  return pairs_answered >= 2 and sum / pairs_answered or nil
end

w.indicator {
  id = "vision_practice_gap",
  title = { nl = "Kloof tussen visie en praktijk", en = "Gap between vision and practice" },
  unit = "points",
  source = w.survey "monitor-ict",
  by = { "institution", "team" },
  inputs = { gap = w.derive(mean_gap) },
  compute = function(g)
    if g.gap.n == 0 then return w.no_value "no answers" end
    return { value = g.gap.mean, ci95 = g.gap.ci95, extra = { wider_than_1 = g.gap.share(1, 4) } }
  end,
}
