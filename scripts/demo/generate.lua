-- A made-up wave of the monitor, as CSV on standard output: believable, and the same for the same seed.
--   lua5.4 scripts/demo/generate.lua [--wave 2023|2025] [--teachers 8000] [--seed 1] > monitor.csv

local options = { wave = 2025, teachers = 8000, seed = 1 }
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%a+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write "Usage: lua5.4 generate.lua [--wave 2023|2025] [--teachers N] [--seed N]\n"
    os.exit(2)
  end
  options[name] = math.tointeger(tonumber(arg[i + 1]))
end

-- ---- chance: a generator of our own (xorshift64*), for math.random differs between Lua versions ----------------------

local function chance_from(seed)
  local state = seed * 0x9E3779B97F4A7C15 + 0x1234567
  local function uniform()
    state = state ~ (state >> 12)
    state = state ~ (state << 25)
    state = state ~ (state >> 27)
    return ((state * 0x2545F4914F6CDD1D) >> 11) / (1 << 53)
  end
  local function normal() -- the sum of twelve is normal enough for answers from 1 to 5
    local sum = -6
    for _ = 1, 12 do sum = sum + uniform() end
    return sum
  end
  for _ = 1, 10 do uniform() end
  return uniform, normal
end

-- ---- institutions and teams: the same in every wave ------------------------------------------------------------------

local first = { "ROC", "Vakcollege", "Mbo", "Beroepscollege" }
local places = {
  "Waterrijk", "De Veldhoven", "Zuiderkaap", "Noorderlicht", "Heidezoom", "Vijverberg", "Rivierenpoort", "Duinrand",
  "De Meanders", "Eikenhorst", "Zilvermeer", "Kanaalzicht", "Hoogeland", "Polderwijk", "Oosterschans", "Merenveld",
  "Stadsweide", "Bloesemdal", "Brugzicht", "Korenmarkt", "De Lindehof", "Havenkwartier", "Zandvoorde", "Wilgenrijk",
  "Molenstreek", "Vlietstede", "De Coöperatie", "Grensland", "Terpenland", "Veenrand", "Beukenrode", "Maaswaard",
  "IJsselkade", "Westerpoort", "Landgoed Één", "Schelpenkust", "Tuinderij", "Spoorpark", "Kompas", "Het Atelier",
  "Reünie",
}
local subjects = {
  "Verpleegkunde", "Techniek", "ICT", "Horeca", "Economie", "Bouw", "Mobiliteit", "Welzijn", "Kunst & Media",
  "Dienstverlening", "Zorg", "Handel", "Logistiek", "Groen", "Uiterlijke verzorging", "Entree", "Sport", "Toerisme",
}

local function make_teams()
  local uniform, normal = chance_from(options.seed)
  local teams, weights = {}, 0
  for i, place in ipairs(places) do
    local institution = first[(i - 1) % #first + 1] .. " " .. place
    local effect, size = 0.25 * normal(), math.exp(0.6 * normal())
    for j = 1, 6 + math.floor(uniform() * (#subjects - 6)) do
      local team = {
        institution = institution,
        name = "Team " .. subjects[j],
        ai = effect + 0.3 * normal(),
        blended = effect + 0.3 * normal(),
        skill = 0.2 * normal(),
        weight = size * math.exp(0.9 * normal()), -- a few large teams, many small ones
      }
      weights = weights + team.weight
      teams[#teams + 1] = team
    end
  end
  for _, team in ipairs(teams) do
    team.size = math.max(1, math.floor(options.teachers * team.weight / weights + 0.5))
  end
  return teams
end

-- ---- answers ---------------------------------------------------------------------------------------------------------

local words = { "helemaal mee oneens", "mee oneens", "neutraal", "mee eens", "helemaal mee eens" }

-- Items that hang together: their number, the latent trait behind them, how high they are answered, which are reversed.
local blocks = {
  { names = { "ai_1", "ai_2", "ai_3", "ai_4", "ai_5", "ai_6", "ai_10", "ai_11" }, trait = "ai", level = 2.9, reversed = { ai_3 = true } },
  { names = { "blend_1", "blend_2", "blend_3", "blend_4", "blend_5", "blend_6" }, trait = "blended", level = 3.3, reversed = { blend_5 = true } },
  { names = { "vision_1", "vision_2", "vision_3" }, trait = "vision", level = 3.9, reversed = {} },
  { names = { "practice_1", "practice_2", "practice_3" }, trait = "practice", level = 3.0, reversed = {} },
  { names = { "skill_1", "skill_2", "skill_3", "skill_4" }, trait = "skill", level = 3.5, reversed = {} },
  { names = { "support_1", "support_2", "support_3" }, trait = "support", level = 3.1, reversed = {} },
}

local growth = (options.wave - 2023) / 2 -- in waves of two years

local function traits_of(team, normal)
  local general = 0.4 * normal()
  local ai = team.ai + general + 0.6 * normal() + 0.45 * growth
  return {
    ai = ai,
    blended = team.blended + general + 0.6 * normal() + 0.1 * growth,
    vision = 0.6 * normal() + 0.1 * growth,
    practice = 0.5 * ai + 0.5 * normal() + 0.2 * growth,
    skill = team.skill + general + 0.7 * normal(),
    support = team.blended + 0.7 * normal(),
  }
end

local function answer(level, trait, reversed, uniform, normal)
  if uniform() < 0.03 then return "" end -- passed over
  if uniform() < 0.01 then return uniform() < 0.5 and "99" or "n.v.t." end
  local score = level + trait + 0.7 * normal()
  if reversed then score = 6 - score end
  local code = math.max(1, math.min(5, math.floor(score + 0.5)))
  return uniform() < 0.02 and words[code] or tostring(code) -- some exports hold the words
end

-- A field with a comma or a quote stands between quotes.
local function field(text)
  return text:find '[,"]' and '"' .. text:gsub('"', '""') .. '"' or text
end

local function print_row(cells)
  for i, cell in ipairs(cells) do cells[i] = field(cell) end
  io.write(table.concat(cells, ","), "\n")
end

local function print_heading()
  local heading = { "token", "submitdate", "jaar", "instelling", "team" }
  for _, block in ipairs(blocks) do table.move(block.names, 1, #block.names, #heading + 1, heading) end
  heading[#heading + 1] = "experience"
  print_row(heading)
end

local function print_teacher(team, token, uniform, normal)
  local finished = uniform() > 0.04
  local day, minute = 1 + math.floor(uniform() * 28), math.floor(uniform() * 600)
  local submitted = string.format("%d-%02d-%02d %02d:%02d:00", options.wave, 10 + day % 2, day, 8 + minute // 60, minute % 60)
  local cells = { token, finished and submitted or "", tostring(options.wave), team.institution, team.name }
  local traits = traits_of(team, normal)
  for number, block in ipairs(blocks) do
    for _, name in ipairs(block.names) do
      local given = answer(block.level, traits[block.trait], block.reversed[name], uniform, normal)
      cells[#cells + 1] = (finished or number <= 2) and given or "" -- who stops, stops half-way
    end
  end
  cells[#cells + 1] = tostring(math.floor(uniform() * 35))
  print_row(cells)
end

-- Two teachers in three answer in both waves, under the same token.
local function token_of(number, uniform)
  local wave = uniform() < 2 / 3 and 0 or options.wave
  return string.format("%08x", (number * 2654435761 + wave * 40503) & 0xffffffff)
end

local teams = make_teams()
local uniform, normal = chance_from(options.seed * 7919 + options.wave)
local number = 0
print_heading()
for _, team in ipairs(teams) do
  for _ = 1, team.size do
    number = number + 1
    print_teacher(team, token_of(number, uniform), uniform, normal)
  end
end
