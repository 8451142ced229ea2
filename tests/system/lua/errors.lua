-- SPDX-License-Identifier: Apache-2.0
-- What errors say, tracebacks, and the ends of stack and memory.
print(pcall(error, "text"))
print(pcall(error, "text", 0))
print(pcall(error))
print(pcall(function() error("level 1") end))
local function called() error("level 2", 2) end
print(pcall(function() called() end))
print(select(2, pcall(error, setmetatable({}, { __tostring = function() return "an object" end }))))
local t = {}
print(pcall(function() return t.a.b end))
print(pcall(function() t.method() end))
print(pcall(function() t:method() end))
print(pcall(function() return undefined.field end))
print(pcall(function() return #5 end))
print(pcall(function() return {} .. "x" end))
print(pcall(function() return {} < {} end))
print(pcall(function() return -{} end))
print(pcall(function() t[nil] = 1 end))
print(pcall(function() t[0 / 0] = 1 end))
print(pcall(function() return 2 ^ 53 | 0, 2.5 | 0 end))
print(pcall(setmetatable, 1, {}))
print(pcall(string.rep))
print(pcall(("x").rep, "x", {}))
print(pcall(ipairs))
print(pcall(next, {}, "no such key"))
print(pcall(string.char, 256))
print(pcall(tostring))
print(pcall(select, 0))
print(assert(1, "unused"), pcall(assert, false), pcall(assert, nil, "message"), pcall(assert, false, { 1 }) == false)

-- xpcall, with what the handler is given, and an error inside it
print(xpcall(function(...) return select("#", ...) end, print, 1, nil, 3))
print(xpcall(error, function(m) return "handled " .. m end, "this"))
print(xpcall(error, function() error("again") end, "this"))

-- traceback
local function deep(n)
    if n > 0 then deep(n - 1) return n end
    print(debug.traceback("at the bottom", 1))
end
deep(3)
local function deeper(n) if n == 0 then return debug.traceback() end return (deeper(n - 1)) end
print(select(2, deeper(40):gsub("\n", "")), deeper(40):find("skipping") ~= nil)
local co = coroutine.create(function() local inside = 1 coroutine.yield(inside) end)
coroutine.resume(co)
print(debug.traceback(co), debug.traceback(co, nil) == debug.traceback(co), debug.traceback({}) ~= nil)
local info = debug.getinfo(1, "Sl")
print(info.short_src, info.what, info.currentline, debug.getinfo(print).what, debug.getinfo(deep, "u").nparams)
local lines = {}
debug.sethook(function(_, line) lines[#lines + 1] = line end, "l")
local one = 1
local two = one + 1
debug.sethook()
print("hook", #lines, lines[2] - lines[1])

-- recursion that does not end, in Lua, in C, in coroutines, in the parser, in patterns
local function forever(n) return 1 + forever(n + 1) end
print(pcall(forever, 1))
local depth = 0
local function count() depth = depth + 1 return 1 + count() end
print(pcall(count), depth > 100000)
local function through_c() return table.concat({ pcall(through_c) and "" or "" }) end
print(pcall(through_c))
local meta = setmetatable({}, {})
getmetatable(meta).__index = function(s, k) return s[k .. "x"] end
local ok, why = pcall(function() return meta.a end)
print(ok, why:match("C stack overflow") or why:match("stack overflow"))
local function nest(n) return coroutine.wrap(function() return nest(n + 1) end)() end
ok, why = pcall(nest, 1)
print(ok, why:match("C stack overflow"))
print(select(2, load("return " .. ("("):rep(300) .. "1" .. (")"):rep(300), "=nested")))
print(pcall(string.match, ("a"):rep(300000), (".-"):rep(300000) .. "b"))
print(select("#", table.unpack({}, 1, 100000)), pcall(table.unpack, {}, 1, 1e7))

-- a string that is larger than any memory
print(pcall(string.rep, "x", math.maxinteger))
print(pcall(string.rep, "x", 1 << 46))
print("alive", #("x"):rep(1000))
