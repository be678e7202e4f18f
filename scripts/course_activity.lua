-- How courses are worked in: by how many people, for how long, and how it goes. Of the statements that an LMS sends
-- (plugins/xapi/README.md); a course is the level `course` of the feed's `groups`.
--
-- Each is an indicator of its own: where too few people are behind one of them, the others are shown all the same.
local w = require "wijzer"

-- What was done is told by an IRI. These are of ADL's list; another LMS may have its own.
local PASSED = "http://adlnet.gov/expapi/verbs/passed"
local FAILED = "http://adlnet.gov/expapi/verbs/failed"

w.indicator {
  id = "course_people",
  title = { nl = "Wie in de cursus werkt", en = "People at work in the course" },
  unit = "people a week",
  source = w.events(),
  by = { "course" },
  period = "week",
  inputs = { people = w.distinct "actor", events = w.count() },
  compute = function(g)
    return { value = g.people.value, extra = { each = g.events.value / g.people.value } }
  end,
}

w.indicator {
  id = "course_minutes",
  title = { nl = "Minuten per persoon", en = "Minutes a person" },
  unit = "minutes a week",
  source = w.events(),
  by = { "course" },
  period = "week",
  -- Statements without a duration are left out, and so are those who send none.
  inputs = { minutes = w.sum "duration" },
  compute = function(g)
    if g.minutes.n == 0 then return w.no_value "no statement has a duration" end
    return g.minutes.value / g.minutes.n
  end,
}

w.indicator {
  id = "course_passed",
  title = { nl = "Gehaald", en = "Passed" },
  unit = "share of what was passed or failed",
  source = w.events(),
  by = { "course" },
  period = "school_year",
  inputs = {
    passed = w.derive(function(e)
      if e.verb == PASSED then return 1 end
      if e.verb == FAILED then return 0 end
    end),
  },
  compute = function(g)
    if g.passed.n == 0 then return w.no_value "nothing was passed or failed" end
    return g.passed.mean
  end,
}
