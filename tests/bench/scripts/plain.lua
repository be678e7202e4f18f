-- The same functions on the same data in memory, by the Lua interpreter alone: lua5.4 plain.lua ROWS GROUPS
local here = arg[0]:match "^(.*)/[^/]*$" or "."
local functions = dofile(here .. "/functions.lua")
local items = { "vision_1", "vision_2", "vision_3", "practice_1", "practice_2", "practice_3", "a", "b", "c", "d", "e", "f" }

-- As in scripts.c: the answer of row i to item k is 1 to 5, and every 17th is missing.
local function answer(i, k)
  if (i * 12 + k) % 17 ~= 0 then return (i * 7 + k * 3) % 5 + 1 end
end

local rows = {}
for i = 0, tonumber(arg[1]) - 1 do
  local row = {}
  for k = 0, 11 do row[items[k + 1]] = answer(i, k) end
  rows[i + 1] = row
end
local began, sum = os.clock(), 0
for i = 1, #rows do sum = sum + (functions.gap(rows[i]) or 0) end
local derived = os.clock() - began

-- The statistics that compute reads, of a team of 20 to 26: straightforward Lua. The 97.5 % points of Student's t for 19
-- to 25 degrees of freedom are from R's qt(0.975, 19:25).
local t = { 2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899, 2.059539 } -- of n = 20 and on

local function summary(numbers)
  local n, total, squares = #numbers, 0, 0
  for i = 1, n do total = total + numbers[i] end
  local mean = total / n
  for i = 1, n do squares = squares + (numbers[i] - mean) ^ 2 end
  local sd = math.sqrt(squares / (n - 1))
  local half = t[n - 19] * sd / math.sqrt(n)
  table.sort(numbers)
  local middle = n // 2
  local median = n % 2 == 1 and numbers[middle + 1] or (numbers[middle] + numbers[middle + 1]) / 2
  return { n = n, mean = mean, sd = sd, median = median, ci95 = { mean - half, mean + half } }
end

local groups = {}
for i = 0, tonumber(arg[2]) - 1 do
  local numbers = {}
  for k = 0, 19 + i % 7 do numbers[k + 1] = (i + k * k) % 9 - 4 end
  groups[i + 1] = numbers
end
began = os.clock()
local results = {}
for i = 1, #groups do
  results[i] = functions.compute { gap = summary(groups[i]) }
  sum = sum + results[i].value
end
print(("%.6f %.6f %.3f"):format(derived, os.clock() - began, sum))
