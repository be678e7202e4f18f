-- Made by types/generate.lua of the other files in types: change those.
-- What a script may use: luacheck --config FOLDER/.luacheckrc my-indicator.lua
stds.wijzer = {
  read_globals = {
    "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print",
    "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring",
    "type", "xpcall",
    coroutine = {
      fields = {
        "create", "isyieldable", "resume", "running", "status", "wrap", "yield",
      },
    },
    math = {
      fields = {
        "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp", "floor", "fmod", "frexp",
        "huge", "ldexp", "log", "log10", "max", "maxinteger", "min", "mininteger", "modf", "pi", "pow", "rad",
        "sin", "sinh", "sqrt", "tan", "tanh", "tointeger", "type", "ult",
      },
    },
    string = {
      fields = {
        "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep",
        "reverse", "sub", "unpack", "upper",
      },
    },
    table = {
      fields = {
        "concat", "insert", "move", "pack", "remove", "sort", "unpack",
      },
    },
    utf8 = {
      fields = {
        "char", "charpattern", "codepoint", "codes", "len", "offset",
      },
    },
  },
}

-- For lines of a script without its first one, where w is a global: luacheck --std "wijzer+wijzer_lines"
stds.wijzer_lines = {
  read_globals = {
    w = {
      fields = {
        "alert", "count", "derive", "distinct", "events", "indicator", "instrument", "item", "log", "no_value",
        "rate", "scale", "share", "sum", "survey", "test",
        stats = {
          fields = {
            "alpha", "benjamini_hochberg", "cohen_d", "icc1", "mann_whitney", "mean", "median", "omega",
            "quantile", "sd", "t_interval", "var", "welch", "wilson",
          },
        },
      },
    },
  },
}

std = "wijzer"
unused_args = false -- raise and clear are given now and before, whether they look at both or not
