-- What has to stay true of course_activity.lua. Run by: wijzer script test
local w = require "wijzer"

local PASSED = "http://adlnet.gov/expapi/verbs/passed"
local FAILED = "http://adlnet.gov/expapi/verbs/failed"
local WEEK = { group = "Rekenen", period = "2025-W46" }

-- Each of so many students does it once, on Monday 10 November 2025.
local function class(count, event)
  local rows = {}
  for i = 1, count do
    rows[i] = { actor = "student " .. i, course = "Rekenen", time = "2025-11-10T09:00:00Z" }
    for key, value in pairs(event) do rows[i][key] = value end
  end
  return rows
end

w.test "who does more than one thing is one person" (function(t)
  t.import(w.events(), class(6, {}))
  t.import(w.events(), class(6, { time = "2025-11-16T22:59:59Z" })) -- Sunday, just before midnight in the Netherlands
  local value = t.value("course_people", WEEK)
  t.equal(value.value, 6)
  t.equal(value.extra.each, 2)
end)

w.test "a week ends at midnight in the Netherlands" (function(t)
  t.import(w.events(), class(6, {}))
  t.import(w.events(), class(6, { time = "2025-11-16T23:00:00Z" }))
  t.equal(t.value("course_people", WEEK).extra.each, 1)
end)

w.test "a course of four is not shown" (function(t)
  t.import(w.events(), class(4, {}))
  t.equal(t.value("course_people", WEEK).withheld, "small_group")
end)

w.test "minutes are those of the statements that have a duration" (function(t)
  t.import(w.events(), class(6, { duration = 30 }))
  t.import(w.events(), class(6, { duration = 60 }))
  t.import(w.events(), class(6, {}))
  t.equal(t.value("course_minutes", WEEK).value, 90)
end)

w.test "where no statement has a duration there is nothing to show" (function(t)
  t.import(w.events(), class(6, {}))
  t.equal(#t.values("course_minutes"), 0)
end)

w.test "the share of what was passed, over a school year" (function(t)
  t.import(w.events(), class(12, { verb = PASSED }))
  t.import(w.events(), class(4, { verb = FAILED, time = "2025-08-01T08:00:00Z" }))
  t.import(w.events(), class(4, { verb = FAILED, time = "2025-07-31T08:00:00Z" })) -- of the year before
  t.near(t.value("course_passed", { group = "Rekenen", period = "2025-2026" }).value, 12 / 16, 1e-12)
end)
