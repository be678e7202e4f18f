local w = require "wijzer"
local functions = require "functions"

w.instrument {
  id = "bench", groups = { team = "team" },
  items = { "vision_1", "vision_2", "vision_3", "practice_1", "practice_2", "practice_3", "a", "b", "c", "d", "e", "f" },
}
w.indicator { id = "gap", source = w.survey "bench", by = { "team" }, inputs = { gap = w.derive(functions.gap) },
  compute = functions.compute }
