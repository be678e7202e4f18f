-- What has to stay true of genai_readiness.lua. Run by: wijzer script test
local w = require "wijzer"

-- A team whose members all answer the same: what is worded inversely the other way round. Fewer than ten of them
-- would be withheld.
local function team(name, count, score, wave)
  local rows = {}
  for i = 1, count do
    rows[i] = {
      token = name .. i, submitdate = wave .. "-11-03 10:00:00", jaar = wave, instelling = "ROC", team = name,
      ai_1 = score, ai_2 = score, ai_3 = 6 - score, ai_4 = score, ai_5 = score, ai_6 = score,
      ai_10 = i % 2 == 0 and 5 or 1,
    }
  end
  return rows
end

w.test "readiness is the mean of the scale, and half of the team uses AI" (function(t)
  t.import("monitor-ict", team("Zorg", 10, 4, 2025))
  local value = t.value("genai_readiness", { group = "ROC/Zorg" })
  t.equal(value.value, 4)
  t.equal(value.n, 10)
  t.equal(value.extra.use, 0.5)
end)

w.test "who left three of the six open does not count" (function(t)
  local rows = team("Zorg", 11, 4, 2025)
  rows[11].ai_1, rows[11].ai_2, rows[11].ai_4 = "n.v.t.", 99, nil
  t.import("monitor-ict", rows)
  t.equal(t.value("genai_readiness", { group = "ROC/Zorg" }).n, 10)
end)

w.test "a team of four is not shown" (function(t)
  t.import("monitor-ict", team("Techniek", 4, 4, 2025))
  t.equal(t.value("genai_readiness", { group = "ROC/Techniek" }).withheld, "small_group")
end)

w.test "a drop of more than half a point is told after three days" (function(t)
  t.import("monitor-ict", team("Zorg", 10, 4, 2023))
  t.import("monitor-ict", team("Zorg", 10, 3, 2025))
  t.equal(t.alert("genai_drop", "ROC/Zorg").state, "pending")
  t.advance "3d"
  t.equal(t.alert("genai_drop", "ROC/Zorg").state, "firing")
end)
