-- SPDX-License-Identifier: GPL-3.0-or-later
-- Makes of wijzer.lua and tests.lua, which say all that a script can write, what must say the same:
--   REFERENCE.md  the chapter to read
--   .luacheckrc   what luacheck lets a script use
--   .luarc.json   what an editor with the Lua language server asks for
-- lua5.4 scripts/types/generate.lua [FOLDER] writes them into FOLDER, or else beside the scripts.

local here = arg[0]:match "^(.*)/[^/]*$" or "."

local MADE_BY = "Made by types/generate.lua of the other files in types: change those."

local function starts_with(text, beginning) return text:sub(1, #beginning) == beginning end

local function sorted_keys(of)
  local keys = {}
  for key in pairs(of) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- ---- reading ----------------------------------------------------------------------------------------------------

-- The file in blocks: lines without a blank one between them.
local function read_blocks(path)
  local blocks, block = {}, nil
  for line in io.lines(path) do
    if line == "" then
      block = nil
    else
      if not block then
        block = {}
        blocks[#blocks + 1] = block
      end
      block[#block + 1] = line
    end
  end
  return blocks
end

-- What stands behind a tag: "name? type # text", where the name, and the text, may be missing.
local function split_tag(rest, has_name)
  local what, text = rest:match "^(.-)%s+#%s+(.*)$"
  what = what or rest
  if not has_name then return { type = what, text = text } end
  local name, type = what:match "^(%[.-%])%s+(.*)$"
  if not name then name, type = what:match "^(%S+)%s+(.*)$" end
  local required_name = name:match "^(.*)%?$"
  return { name = required_name or name, optional = required_name ~= nil, type = type, text = text }
end

local readers = {}

function readers.class(element, rest)
  element.kind = "class"
  element.name, element.parent = rest:match "^(%S-):%s*(%S+)$"
  element.name = element.name or rest
end

function readers.alias(element, rest)
  element.kind = "alias"
  element.name, element.type = rest:match "^(%S+)%s+(.*)$"
end

-- Lines above a field are its text.
function readers.field(element, rest, text_above)
  local field = split_tag(rest, true)
  field.text = field.text or table.concat(text_above, " ")
  table.insert(element.fields, field)
end

function readers.param(element, rest) table.insert(element.params, split_tag(rest, true)) end

readers["return"] = function(element, rest) element.returns = split_tag(rest, false) end

-- One block of "---" lines, and the line of Lua below it.
local function read_declaration(block)
  local element = { fields = {}, params = {}, text = {} }
  local text = element.text
  for _, line in ipairs(block) do
    local tag, rest = line:match "^%-%-%-@(%a+)%s*(.*)$"
    if tag then
      assert(readers[tag], "the types have a tag that generate.lua does not know: " .. line)(element, rest, text)
      text = {}
    elseif starts_with(line, "---") then
      text[#text + 1] = line:sub(4)
    elseif starts_with(line, "local ") then
      element.kind, element.variable = "module", line:match "^local (%w+) ="
    else
      element.kind, element.name = "function", line:match "^function ([%w_.]+)%("
    end
  end
  return element
end

local function read_prose(block)
  local prose = { kind = "prose" }
  for i, line in ipairs(block) do prose[i] = line:sub(4) end
  return prose
end

-- Adds everything the file says, in its order: prose, functions, classes and aliases.
local function read_source(path, elements)
  local begun = false
  for _, block in ipairs(read_blocks(path)) do
    begun = begun or block[1]:match "^%-%- #+ " ~= nil -- above the heading: the licence
    if begun and starts_with(block[1], "---") then
      elements[#elements + 1] = read_declaration(block)
    elseif begun and starts_with(block[1], "--") then
      elements[#elements + 1] = read_prose(block)
    end
  end
end

-- The functions under the names that a script calls them by, and where to find each element.
local function make_index(elements)
  local index = { modules = {}, functions = {}, types = {} }
  for _, element in ipairs(elements) do
    if element.kind == "module" then
      -- "w", "w.stats"; what tests are handed is no member of w
      index.modules[element.variable] = element.variable == "t" and "t" or element.name:gsub("^wijzer", "w")
      index.types[element.name] = element
    elseif element.kind == "function" then
      local module, rest = element.name:match "^(%w+)(%..*)$"
      if module then element.name = index.modules[module] .. rest end
      index.functions[element.name] = element
    elseif element.kind ~= "prose" then
      index.types[element.name] = element
    end
  end
  return index
end

-- ---- types in words ---------------------------------------------------------------------------------------------

-- The parts of a type between separators that stand in no bracket.
local function split_type(type, separator)
  local parts, depth, from = {}, 0, 1
  for at = 1, #type do
    local letter = type:sub(at, at)
    if letter:find "[(<{%[]" then
      depth = depth + 1
    elseif letter:find "[)>}%]]" then
      depth = depth - 1
    elseif letter == separator and depth == 0 then
      parts[#parts + 1] = type:sub(from, at - 1)
      from = at + 1
    end
  end
  parts[#parts + 1] = type:sub(from)
  for i, part in ipairs(parts) do parts[i] = part:match "^%s*(.-)%s*$" end
  return parts
end

local function join_with_or(words)
  if #words < 2 then return words[1] end
  return table.concat(words, ", ", 1, #words - 1) .. " or " .. words[#words]
end

local plurals = { number = "numbers", string = "strings", list = "lists" }

local function in_plural(words) return (words:gsub("%a+", plurals)) end

local function short_name(class) return (class:gsub("^wijzer%.", "")) end

-- Is this the table that a function of the same name takes?
local function function_of(index, class) return index.functions[class:gsub("^wijzer", "w")] end

local function title_of(index, class)
  local owner = function_of(index, class)
  return owner and owner.name or short_name(class):gsub("_", " ")
end

local function anchor(title) return "#" .. title:lower():gsub("[^%w_ -]", ""):gsub(" ", "-") end

local describe_type

-- `result` nil: it gives nothing.
local function describe_function(index, arguments, result)
  local described = {}
  for i, argument in ipairs(arguments ~= "" and split_type(arguments, ",") or {}) do
    local name, type = argument:match "^(%w+): (.*)$"
    described[i] = name .. ": " .. describe_type(index, type)
  end
  local text = ("function(%s)"):format(table.concat(described, ", "))
  return result and ("%s that gives %s"):format(text, describe_type(index, result)) or text
end

local function describe_part(index, part)
  local element = part:match "^(.*)%[%]$"
  if element then return "list of " .. in_plural(describe_type(index, element)) end
  if starts_with(part, "(") then return describe_type(index, part:sub(2, -2)) end
  if starts_with(part, '"') then return "`" .. part .. "`" end
  local arguments, result = part:match "^fun(%b()): (.*)$"
  arguments = arguments or part:match "^fun(%b())$"
  if arguments then return describe_function(index, arguments:sub(2, -2), result) end
  local key, value = part:match "^table<(.-), (.*)>$"
  if key then return ("table of %s = %s"):format(describe_type(index, key), describe_type(index, value)) end
  if not starts_with(part, "wijzer.") then return part end
  local type = assert(index.types[part], "the types name one that they do not describe: " .. part)
  if type.kind == "alias" then return describe_type(index, type.type) end
  local title = title_of(index, part)
  return ("[%s](%s)"):format(title, anchor(title))
end

function describe_type(index, type)
  if starts_with(type, "fun(") then return describe_part(index, type) end -- a "?" or "|" at its end is of its result
  local may_be_nil = type:match "^(.*)%?$"
  local words = {}
  for i, part in ipairs(split_type(may_be_nil or type, "|")) do words[i] = describe_part(index, part) end
  local described = join_with_or(words)
  if not may_be_nil then return described end
  return described .. (described:find " " and ", or nil" or " or nil")
end

-- ---- the reference ----------------------------------------------------------------------------------------------

-- An alias is described where it is used: its words in the type, its text behind that of the key.
local function text_of(index, named)
  local alias = index.types[named.type]
  local more = alias and alias.kind == "alias" and table.concat(alias.text, " ") or ""
  local text = named.text or ""
  return text ~= "" and more ~= "" and text .. ". " .. more or text .. more
end

-- A method is shown as it is called.
local function key_and_type(index, field)
  local arguments, result = field.type:match "^fun(%b()): (.*)$"
  if not arguments or starts_with(arguments, "(g:") or starts_with(arguments, "(now:") then
    local key = field.name == "[integer]" and "1, 2 ..." or field.name == "[string]" and "NAME" or field.name
    return key, describe_type(index, field.type)
  end
  local is_method = starts_with(arguments, "(self:")
  local names = arguments:gsub("^%(self: [^,]+, ", "("):gsub(": [^,)]+", "")
  return (is_method and ":" or "") .. field.name .. names, describe_type(index, result)
end

local function write_fields(index, class, out)
  if #class.fields == 0 then return end
  out("| key | type | |\n|---|---|---|\n")
  for _, field in ipairs(class.fields) do
    local key, type = key_and_type(index, field)
    if field.optional then type = type .. ", or left out" end
    out(("| `%s` | %s | %s |\n"):format(key, type, text_of(index, field)))
  end
  out "\n"
end

local function write_text(text, out)
  if #text > 0 then
    out((table.concat(text, "\n"):gsub("([^\n])\n```lua", "%1\n\n```lua")))
    out "\n\n"
  end
end

local writers = {}

function writers.prose(_, prose, out)
  out(table.concat(prose, "\n"))
  out "\n\n"
end

-- What is not required but handed over needs a word.
function writers.module(index, module, out)
  if #module.text == 0 then return end
  out(("### %s\n\n"):format(title_of(index, module.name)))
  write_text(module.text, out)
end

function writers.alias() end

function writers.class(index, class, out)
  if not function_of(index, class.name) then out(("### %s\n\n"):format(title_of(index, class.name))) end
  write_text(class.text, out)
  if class.parent then out(("It has what %s has, and:\n\n"):format(describe_type(index, class.parent))) end
  write_fields(index, class, out)
end

-- The table that a function takes is described below it.
local function describe_param(index, param, called)
  local type = describe_type(index, param.type)
  local own_table = ("[%s](%s)"):format(called.name, anchor(called.name))
  local at = type:find(own_table, 1, true)
  if at then type = type:sub(1, at - 1) .. "a table as below" .. type:sub(at + #own_table) end
  if param.optional then type = type .. ", or nothing" end
  local text = text_of(index, param)
  return ("- `%s` (%s)%s"):format(param.name, type, text ~= "" and ": " .. text or "")
end

writers["function"] = function(index, called, out)
  out(("### %s\n\n"):format(called.name))
  write_text(called.text, out)
  local lines = {}
  for i, param in ipairs(called.params) do lines[i] = describe_param(index, param, called) end
  if called.returns then
    local text = called.returns.text
    lines[#lines + 1] = ("- gives %s%s"):format(describe_type(index, called.returns.type), text and ": " .. text or "")
  end
  out(table.concat(lines, "\n"))
  out "\n\n"
end

local function make_reference(elements, index)
  local parts = { "<!-- " .. MADE_BY .. " -->\n\n" }
  local function out(text) parts[#parts + 1] = text end
  for _, element in ipairs(elements) do writers[element.kind](index, element, out) end
  return (table.concat(parts):gsub("\n+$", "\n"))
end

-- ---- what is left of Lua's library ------------------------------------------------------------------------------

-- The names in the table that says what is left out.
local function read_left_out(elements)
  local left_out, in_table = {}, false
  for _, element in ipairs(elements) do
    for _, line in ipairs(element.kind == "prose" and element or {}) do
      if not starts_with(line, "|") then in_table = false end
      if in_table then
        local names = line:match "^|(.-)|"
        for name in names:gmatch "`([%w_.]+)`" do left_out[name] = true end
      end
      in_table = in_table or starts_with(line, "| left out |")
    end
  end
  return left_out
end

-- The globals of a script: true, or for a library the names it has. Asked of the Lua that runs this.
local function remaining_globals(left_out)
  local remaining = {}
  for name, value in pairs(_G) do
    if name ~= "arg" and not left_out[name] then
      remaining[name] = true
      if type(value) == "table" and value ~= _G then
        local kept = {}
        for member in pairs(value) do
          if not left_out[name .. "." .. member] then kept[member] = true end
        end
        remaining[name] = kept
      end
    end
  end
  return remaining
end

-- ---- luacheck ---------------------------------------------------------------------------------------------------

-- Lists names as luacheck takes them: those without members by themselves, the others with what they have.
local function write_names(names, indent, out)
  local plain = {}
  for _, name in ipairs(sorted_keys(names)) do
    if names[name] == true then plain[#plain + 1] = ("%q"):format(name) end
  end
  local line = indent
  for _, name in ipairs(plain) do
    if #line + #name > 110 then
      out(line .. "\n")
      line = indent
    end
    line = line .. (line == indent and "" or " ") .. name .. ","
  end
  if line ~= indent then out(line .. "\n") end
  for _, name in ipairs(sorted_keys(names)) do
    if names[name] ~= true then
      out(("%s%s = {\n%s  fields = {\n"):format(indent, name, indent))
      write_names(names[name], indent .. "    ", out)
      out(("%s  },\n%s},\n"):format(indent, indent))
    end
  end
end

local function write_std(name, names, out)
  out(("stds.%s = {\n  read_globals = {\n"):format(name))
  write_names(names, "    ", out)
  out "  },\n}\n"
end

-- The functions of the module, as a table of tables.
local function module_members(index)
  local members = { stats = {} }
  for name in pairs(index.functions) do
    local of_stats, of_module = name:match "^w%.stats%.(.*)$", name:match "^w%.([%w_]+)$"
    if of_stats then members.stats[of_stats] = true end
    if of_module then members[of_module] = true end
  end
  return members
end

local function make_luacheckrc(index, globals)
  local parts = {}
  local function out(text) parts[#parts + 1] = text end
  out("-- " .. MADE_BY .. "\n")
  out "-- What a script may use: luacheck --config FOLDER/.luacheckrc my-indicator.lua\n"
  write_std("wijzer", globals, out)
  out '\n-- For lines of a script without its first one, where w is a global: luacheck --std "wijzer+wijzer_lines"\n'
  write_std("wijzer_lines", { w = module_members(index) }, out)
  out '\nstd = "wijzer"\n'
  out "unused_args = false -- raise and clear are given now and before, whether they look at both or not\n"
  return table.concat(parts)
end

-- ---- the language server ----------------------------------------------------------------------------------------

-- It knows libraries as a whole; what else is left out it cannot be told.
local function make_luarc(left_out)
  local disabled = {}
  for _, name in ipairs(sorted_keys(left_out)) do
    if type(_G[name]) == "table" then disabled[#disabled + 1] = ('    "%s": "disable"'):format(name) end
  end
  return table.concat {
    '{\n  "runtime.version": "Lua 5.4",\n',
    '  "runtime.builtin": {\n', table.concat(disabled, ",\n"), "\n  },\n",
    '  "workspace.library": ["types"],\n  "workspace.checkThirdParty": false\n}\n',
  }
end

-- ---- the whole --------------------------------------------------------------------------------------------------

local function write_file(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

local folder = arg[1] or here .. "/.."
local elements = {}
read_source(here .. "/wijzer.lua", elements)
read_source(here .. "/tests.lua", elements)
local index = make_index(elements)
local left_out = read_left_out(elements)
write_file(folder .. "/REFERENCE.md", make_reference(elements, index))
write_file(folder .. "/.luacheckrc", make_luacheckrc(index, remaining_globals(left_out)))
write_file(folder .. "/.luarc.json", make_luarc(left_out))
